import { Argument } from "commander";
import { SpangateError } from "../../errors.ts";
import { openByHand, recordHuman } from "../../exporters/audit/upkeep/by-hand.ts";
import { addHold, readHolds, releaseHold } from "../../exporters/audit/upkeep/holds.ts";
import { action, type AddCommand, AUDIT_DIRECTORY, EXIT, exitCodes, usage } from "../command.ts";
import { plural, print, table } from "../output.ts";
import { logsOf, source, whoami } from "./common.ts";

const ACTIONS = ["add", "list", "release"] as const;

interface Options {
  readonly audit: string;
  readonly actor: string;
  readonly why?: string;
  readonly json?: boolean;
}

export const hold: AddCommand = (program) => {
  program.command("hold").addArgument(new Argument("<what>", "what to do").choices(ACTIONS)).argument("[name]", "name of the hold, like case-2026-17")
    .summary("legal holds: while one stands, nothing is pruned or erased")
    .description("A hold keeps the whole audit directory as it is: retention stops, erasure is refused. It stands in holds.json; adding and releasing it are records of the log.")
    .option("--why <reason>", "why it is needed, or needed no more (add, release)")
    .option("--actor <who>", "who does it", whoami())
    .option("--audit <directory>", "an audit directory", AUDIT_DIRECTORY)
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("done; list: no hold stands", "list: a hold stands"))
    .action(action((what: (typeof ACTIONS)[number], name: string | undefined, { audit, actor, why, json }: Options) => {
      logsOf(audit);
      if (what === "list") {
        const holds = readHolds(audit);
        print(json, { holds }, () => (holds.length === 0 ? "no legal hold" : [plural(holds.length, "legal hold"), table(holds.map((one) => [one.name, one.since.slice(0, 10), one.who, one.why]))].join("\n")));
        return holds.length > 0 ? EXIT.found : EXIT.ok;
      }
      if (name === undefined || why === undefined) throw usage(`hold ${what} needs a name and --why`);
      const log = openByHand(audit, source());
      try {
        if (what === "add") {
          // The hold first: a record that could not be written must not leave the log unprotected.
          addHold(audit, { name, who: actor, why, since: new Date().toISOString() });
        } else releaseHold(audit, name);
        if (!recordHuman(log, { actor, action: `hold ${what}`, subject: name, reason: why })) throw log.problem ?? new SpangateError("SG_AUDIT_UNWRITABLE", { directory: audit, problem: "the record could not be made safe" });
      } finally {
        log.close();
      }
      print(json, { [what === "add" ? "added" : "released"]: name, log: log.id }, () => (what === "add" ? `${name} stands: nothing is pruned or erased` : `${name} is released`));
      return EXIT.ok;
    }));
};
