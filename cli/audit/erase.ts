import { openByHand } from "../../exporters/audit/upkeep/by-hand.ts";
import { countSubjects, eraseSubject, subjectId } from "../../exporters/audit/upkeep/erase.ts";
import { mustNotBeHeld } from "../../exporters/audit/upkeep/holds.ts";
import { Vault } from "../../exporters/audit/vault.ts";
import { action, type AddCommand, EXIT, exitCodes, usage } from "../command.ts";
import { plural, print, table } from "../output.ts";
import { confirm, DIRECTORY, logsOf, source } from "./common.ts";

interface Options {
  readonly subject?: string;
  readonly basis?: string;
  readonly actor?: string;
  readonly list?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export const erase: AddCommand = (program) => {
  program.command("erase").argument(...DIRECTORY)
    .summary("erase what the log keeps of a person")
    .description("Destroys the key of a subject's values: arguments and results of their calls, and who the pseudonym was. Records, hashes and proofs stay as they are; the values read as erased, in every copy of the log. What was copied out of it decrypted is out of reach.")
    .option("--subject <who>", "the person or service as the application names them, or their id of 32 digits")
    .option("--basis <basis>", 'why it may and must be done, like "GDPR art. 17(1)(a)"')
    .option("--actor <who>", "who does it")
    .option("--list", "the subjects that the log has values of, by id; changes nothing")
    .option("--yes", "do not ask")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("erased", "there is nothing of this subject to erase"))
    .action(action(async (directory: string, { subject, basis, actor, list, yes, json }: Options) => {
      logsOf(directory);
      const vault = Vault.open(directory, source().vaultKey, false);
      if (!vault) throw usage(`the vault's key is not here: set SPANGATE_VAULT_KEY, or restore ${directory}/vault/master.key`);
      if (list) {
        const subjects = countSubjects(directory, vault);
        print(json, { subjects }, () => [plural(subjects.length, "subject"), ...(subjects.length ? [table(subjects.map((one) => [one.subject, plural(one.values, "value"), one.erased ? "erased" : ""]))] : [])].join("\n"));
        return EXIT.ok;
      }
      if (subject === undefined || basis === undefined || actor === undefined) throw usage("erase needs --subject, --basis and --actor; --list names the subjects");
      const id = subjectId(vault, subject);
      mustNotBeHeld(directory, "the erasure");
      if (!vault.subjects().includes(id)) {
        print(json, { erased: false, subject: id }, () => `there is nothing of ${id} to erase`);
        return EXIT.found;
      }
      await confirm(`This destroys the key of every value of ${id}; nobody can undo it. Go on?`, yes);
      const log = openByHand(directory, source());
      try {
        const erased = eraseSubject(directory, log, vault, { subject: id, actor, basis });
        print(json, { erased, subject: id, log: log.id }, () => `${id} is erased; processes at work notice within a second`);
        return erased ? EXIT.ok : EXIT.found;
      } finally {
        log.close();
      }
    }));
};
