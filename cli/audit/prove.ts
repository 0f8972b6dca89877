import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { realDisk } from "../../exporters/audit/disk.ts";
import { announcedKeys } from "../../exporters/audit/export/keys.ts";
import { checkProof, type CheckedProof, proveRecord } from "../../exporters/audit/export/prove.ts";
import { acceptedMembers } from "../../exporters/audit/merge.ts";
import { originOfLog } from "../../exporters/audit/upkeep/by-hand.ts";
import { action, type AddCommand, EXIT, exitCodes, usage } from "../command.ts";
import { print, style } from "../output.ts";
import { output } from "../write.ts";
import { DIRECTORY, logsOf, several } from "./common.ts";

interface Options {
  readonly output?: string;
  readonly through?: string;
  readonly verify?: boolean;
  readonly key?: readonly string[];
  readonly witnessKey?: readonly string[];
  readonly force?: boolean;
  readonly json?: boolean;
}

export const prove: AddCommand = (program) => {
  program.command("prove").argument("<record>", "<log>:<index>, or just the index where there is one log; with --verify a proof").argument(...DIRECTORY)
    .summary("a proof that a record is in the log, that holds offline")
    .description("Writes a C2SP tlog-proof: the record, its way to the root and the signed checkpoint. With --through it proves in two steps that the record is also under the root of a merged log. With --verify it checks a proof by keys alone.")
    .option("-o, --output <file>", "write to a file; with --through also to <file>.through")
    .option("--through <directory>", "a merged log that has accepted a checkpoint of this log")
    .option("--verify", "check the proof in the file <record>, and <record>.through where it is there")
    .option("--key <key>", "verifier key of the log, and of the merged log (repeatable)", several)
    .option("--witness-key <key>", "verifier key of a witness that must have cosigned (repeatable)", several)
    .option("--force", "write over a file that is there")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("written; --verify: it is proven", "--verify: nothing is proven"))
    .action(action((record: string, directory: string, options: Options) => (options.verify ? verifyProof(record, options) : makeProof(record, directory, options))));
};

function makeProof(record: string, directory: string, { output: file, through, force, json }: Options): number {
  const { log, index } = place(record, logsOf(directory));
  const folder = join(directory, log);
  if (through !== undefined && file === undefined && !json) throw usage("--through makes two proofs; say with -o where they go");
  const member = through === undefined ? undefined : memberOver(through, originOfLog(realDisk, folder), index);
  const proof = proveRecord(realDisk, folder, index, member?.note);
  const second = member && proveRecord(realDisk, join(through as string, member.log), member.index);
  if (json) {
    print(true, { log, index, origin: proof.origin, size: proof.size, proof: proof.text, keys: announcedKeys(realDisk, folder).map(({ key }) => key), ...(second && { through: { origin: second.origin, index: second.index, size: second.size, proof: second.text } }) }, () => "");
    return EXIT.ok;
  }
  output(file, proof.text, force);
  if (second) output(`${file as string}.through`, second.text, force);
  return EXIT.ok;
}

function verifyProof(file: string, { key = [], witnessKey = [], json }: Options): number {
  if (key.length === 0) throw usage("--verify needs --key, the key of the log");
  const checked = checkProof(readFileSync(file, "utf8"), key, witnessKey);
  const second = `${file}.through`;
  const through = typeof checked !== "string" && existsSync(second) ? checkProof(readFileSync(second, "utf8"), key) : undefined;
  const problem = typeof checked === "string" ? checked : typeof through === "string" ? `${second}: ${through}` : through && !holds(through, checked) ? `${second} is of another checkpoint` : undefined;
  if (problem !== undefined || typeof checked === "string") {
    print(json, { proven: false, problem }, () => `${style("red", "NOT PROVEN")}: ${problem as string}`);
    return EXIT.found;
  }
  print(json, { proven: true, ...checked, ...(through && { through }) }, () => [
    `${style("green", "PROVEN")}: record ${checked.index} of ${checked.origin},`, `under a checkpoint of ${checked.size} records`,
    ...(through ? [`which is record ${(through as CheckedProof).index} of ${(through as CheckedProof).origin},`, `under a checkpoint of ${(through as CheckedProof).size} records`] : []),
    ...Object.entries(checked.cosigned).map(([name, at]) => `cosigned by ${name} at ${at}`),
    ...(checked.record ? [`it is a ${checked.record.t} of ${new Date(Number(BigInt(checked.record.ts) / 1_000_000n)).toISOString()} (the host's clock)`] : []),
  ].join("\n"));
  return EXIT.ok;
}

/** The smallest accepted checkpoint of a log that covers a record. */
function memberOver(directory: string, origin: string | undefined, index: number): { readonly note: string; readonly log: string; readonly index: number } {
  logsOf(directory);
  const member = acceptedMembers(realDisk, directory).get(origin ?? "")?.find(({ size }) => size > index);
  if (!member) throw usage(`${directory} has accepted no checkpoint of ${origin ?? "this log"} that covers record ${index}; run spangate audit merge first`);
  return member;
}

function holds({ record }: CheckedProof, { checkpoint, origin }: CheckedProof): boolean {
  return record?.t === "member" && record.origin === origin && record.checkpoint === checkpoint && !["fork", "rollback", "unverified"].includes(record.state);
}

function place(record: string, logs: readonly string[]): { readonly log: string; readonly index: number } {
  const [, log, digits] = /^(?:([0-9a-f]{32}):)?(0|[1-9]\d{0,14})$/.exec(record) ?? [];
  if (digits === undefined) throw usage(`${record} is no record: <log>:<index>, or the index alone`);
  if (log === undefined && logs.length > 1) throw usage(`there are ${logs.length} logs; say which: ${logs[0]}:${digits}`);
  if (log !== undefined && !logs.includes(log)) throw usage(`there is no log ${log}`);
  return { log: log ?? (logs[0] as string), index: Number(digits) };
}
