import { rotateKeys } from "../../exporters/audit/upkeep/rotate-key.ts";
import { action, type AddCommand, EXIT } from "../command.ts";
import { plural, print } from "../output.ts";
import { confirm, DIRECTORY, logsOf, source } from "./common.ts";

export const rotateKey: AddCommand = (program) => {
  program.command("rotate-key").argument(...DIRECTORY)
    .summary("another key signs from here on")
    .description("Makes a new signing key, writes a record of it, sealed by the old key, into every log that nobody writes to, and puts it in the place of the old one. Processes at work find it with their next heartbeat and do the same for their logs. Proofs of what the old key has signed stay as good as they were.")
    .option("--reason <reason>", "why", "rotation")
    .option("--yes", "do not ask")
    .option("--json", "one JSON object on standard output")
    .action(action(async (directory: string, { reason, yes, json }: { reason: string; yes?: boolean; json?: boolean }) => {
      logsOf(directory);
      await confirm("The old private key is deleted. Go on?", yes);
      const rotation = rotateKeys(directory, source(), reason);
      const { previous, key, logs, busy } = rotation;
      print(json, rotation, () => [
        `old key  ${previous}`, `new key  ${key}`, `recorded in ${plural(logs.length, "log")}`,
        ...(busy.length ? [`${plural(busy.length, "log")} in use: its process writes the record with its next heartbeat`] : []),
        "Give the new public key to whoever verifies without the old one.",
      ].join("\n"));
      return EXIT.ok;
    }));
};
