import { mkdirSync } from "node:fs";
import { SpangateError } from "../../errors.ts";
import { realDisk } from "../../exporters/audit/disk.ts";
import { acceptedMembers, isAlarm, type Judged, judgeMembers } from "../../exporters/audit/merge.ts";
import { findMembers } from "../../exporters/audit/members.ts";
import { timeline } from "../../exporters/audit/timeline.ts";
import { parseNote } from "../../exporters/audit/tree/note.ts";
import { openByHand } from "../../exporters/audit/upkeep/by-hand.ts";
import { bestSeal, loadTree } from "../../exporters/audit/export/tree.ts";
import { action, type AddCommand, EXIT, exitCodes, usage } from "../command.ts";
import { plural, print, style, table } from "../output.ts";
import { mustBeFolder, several, source } from "./common.ts";

interface Options {
  readonly into?: string;
  readonly key?: readonly string[];
  readonly timeline?: boolean;
  readonly json?: boolean;
}

export const merge: AddCommand = (program) => {
  program.command("merge").argument("<source...>", "audit directories, or folders of exported tiles")
    .summary("one root over the logs of many processes")
    .description("Keeps a log of logs: each run adds the newest checkpoint of every member, after a proof that it goes on from the one before, and prints one root over all of them. A member that was cut back, or that has two histories, is named. Order across logs is no fact, so records are not mixed; --timeline shows them by time, as a view.")
    .option("--into <directory>", "the merged log; a directory of its own")
    .option("--key <key>", "verifier key of a member (repeatable); default: taken from the log itself the first time", several)
    .option("--timeline", "print the records of all sources by time, origin and index, one a line; changes nothing")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("every member is accepted", "a member is forked, rolled back or not verified"))
    .action(action((sources: string[], { into, key = [], timeline: view, json }: Options) => {
      sources.forEach(mustBeFolder);
      if (view) {
        for (const { origin, text } of timeline(realDisk, sources)) process.stdout.write(json ? `${JSON.stringify({ origin, record: JSON.parse(text) as unknown })}\n` : `${text}\n`);
        return EXIT.ok;
      }
      if (into === undefined) throw usage("merge needs --into, or --timeline");
      const members = findMembers(realDisk, sources);
      if (members.length === 0) throw usage(`no log with a checkpoint in ${sources.join(", ")}`);
      mkdirSync(into, { recursive: true, mode: 0o700 });
      const log = openByHand(into, source());
      let judged: Judged[];
      try {
        judged = judgeMembers(members, acceptedMembers(realDisk, into), key);
        for (const { origin, checkpoint, state, detail } of judged) log.append("member", { origin, checkpoint, state, detail });
        if (!log.flush()) throw log.problem ?? new SpangateError("SG_AUDIT_UNWRITABLE", { directory: into, problem: "the member records could not be made safe" });
      } finally {
        log.close();
      }
      const tree = loadTree(realDisk, log.folder);
      const seal = tree && bestSeal(realDisk, tree, tree.leaves.length);
      const parsed = seal && parseNote(seal.note);
      const [origin = "", size = "", root = ""] = typeof parsed === "object" ? parsed.text.split("\n") : [];
      const alarms = judged.filter(isAlarm);
      print(json, { members: judged, origin, size: Number(size), root, checkpoint: seal?.note }, () => [
        plural(judged.length, "member"), table(judged.map(({ origin: name, state, size: records }) => [isAlarm({ state }) ? style("red", state.toUpperCase()) : state, plural(records, "record"), name])),
        ...judged.filter(({ detail }) => detail !== undefined).map(({ origin: name, detail }) => `  ${name}:\n    ${detail as string}`),
        "", `root ${root}`, `  of ${size} records of ${origin}`,
      ].join("\n"));
      if (alarms.length > 0) {
        const problem = new SpangateError("SG_AUDIT_MEMBER", { directory: into, problem: alarms.map(({ origin: name, state }) => `${name}: ${state}`).join(", ") });
        process.stderr.write(`${problem.line}\n`);
      }
      return alarms.length > 0 ? EXIT.found : EXIT.ok;
    }));
};
