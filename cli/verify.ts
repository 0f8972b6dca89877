import { existsSync, readFileSync } from "node:fs";
import { messageOf, oneLine } from "../errors.ts";
import { parseHead, readKnownHeads } from "../exporters/audit/verify/heads.ts";
import { type PathOptions, verifyPaths } from "../exporters/audit/verify/paths.ts";
import type { LogReport, Outcome, Problem, Report } from "../exporters/audit/verify/report.ts";
import { parsePublicKey, parseRevocations, untrusted } from "../exporters/audit/verify/trust.ts";
import { verifierOf } from "../exporters/audit/tree/cosignature.ts";
import { CHECKING, duration } from "../policies/schema/units.ts";
import { action, type AddCommand, EXIT, usage } from "./command.ts";
import { plural, print, progress, style } from "./output.ts";
import { judged, kept, leave, untouched } from "./scheduled.ts";

/** What the exit codes mean; 2 is a wrong command line. */
const CODES: Readonly<Record<Outcome, number>> = { proven: 0, tampered: 1, incomplete: 3, unverifiable: 4 };

interface Options {
  readonly json?: boolean;
  readonly key?: readonly string[];
  readonly revoked?: string;
  readonly knownHead?: readonly string[];
  readonly witnessKey?: readonly string[];
  readonly witnessQuorum?: string;
  readonly with?: string;
  readonly values: boolean;
  readonly grace?: string;
  readonly textfile?: string;
  readonly state?: string;
}

export const verify: AddCommand = (program) => {
  const several = (value: string, before: readonly string[] = []): string[] => [...before, value];
  program.command("verify").argument("<path...>", "audit directories, logs, segments, tiles or exports")
    .summary("prove that an audit log is whole")
    .description("Says of each record of an audit log whether it is proven, and what was altered, deleted, inserted or cut off. Takes an audit directory, the folder of one log, one segment, C2SP tiles, or what an OTLP backend exports (OTLP-JSON, Jaeger, Tempo, ClickHouse). Changes nothing.")
    .option("--key <key>", "a key of the log: verifier key, public key in base64, or a file with either (repeatable)", several)
    .option("--revoked <file>", "keys that are not believed: lines of `<key> <first index or time> <reason>`")
    .option("--known-head <head>", "a head that was kept elsewhere: a file, or `origin size root` (repeatable)", several)
    .option("--witness-key <vkey>", "known heads must be cosigned by this witness (repeatable)", several)
    .option("--witness-quorum <n>", "how many of the witnesses must have cosigned (default: all)")
    .option("--with <directory>", "an audit directory that has what an export lacks")
    .option("--grace <duration>", "the last records need no checkpoint yet while the newest sealed one is younger, like 1m: for a log that is written to")
    .option("--state <file>", "known heads from run to run: those of the last are compared, those of this one are kept")
    .option("--textfile <file>", "also as metrics for node_exporter's textfile collector, a file that ends in .prom")
    .option("--no-values", "leave the values behind records encrypted")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", HELP)
    .action(action((paths: string[], options: Options) => {
      try {
        return run(paths, options);
      } catch (thrown) {
        if (options.textfile !== undefined) untouched(options.textfile);
        throw thrown;
      }
    }));
};

function run(paths: readonly string[], options: Options): number {
  for (const path of paths) if (!existsSync(path)) throw usage(`cannot read ${path}: it is not there`);
  const trust = trustOf(options);
  const known = kept(paths, options);
  // Without their notes: witnesses have cosigned what was kept elsewhere, and not our own memory.
  const heads = [...(trust.heads ?? []), ...known.map(({ origin, size, root }) => ({ origin, size, root }))];
  const bar = progress("records read");
  let report: Report;
  try {
    const found = verifyPaths(paths, { ...trust, heads, with: options.with, now: Date.now(), grace: graceOf(options), step: (_log, records) => bar.step(records) });
    report = judged(found, known, options);
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof RangeError) throw usage(`${paths.join(" ")} is neither a log nor an export: ${messageOf(thrown)}`);
    throw thrown;
  } finally {
    bar.end();
  }
  if (report.logs.length === 0) throw usage(`there is no audit log in ${paths.join(" ")}`);
  absent(trust.heads ?? [], report);
  print(options.json, report, () => text(report, options.state !== undefined));
  const isLeft = leave(paths, report, known, options);
  return isLeft || report.outcome === "tampered" ? CODES[report.outcome] : EXIT.usage;
}

/** Says which known heads were compared with nothing: with several logs in a directory, one that was deleted would pass in silence. */
function absent(heads: readonly { readonly origin: string }[], { logs }: Report): void {
  const origins = new Set(logs.map(({ origin }) => origin));
  const gone = [...new Set(heads.map(({ origin }) => origin))].filter((origin) => !origins.has(origin));
  if (gone.length > 0) process.stderr.write(`spangate: known heads are of ${plural(gone.length, "log")} that ${gone.length === 1 ? "is" : "are"} not here, and were not compared: ${gone.join(", ")}\n`);
}

const HELP = `
Exit codes:
  0  every record is proven
  1  tampered with: records altered, inserted, forked or missing; or the log is
     shorter than a known head
  2  the command line is wrong, or a file cannot be read
  3  incomplete: not all is proven, and nothing speaks against it: a backend
     lost records, or no checkpoint covers the last ones yet
  4  unverifiable: no checkpoint of a key that is known; a log of version 1

Without --key the key is taken from the log itself, and whoever can write the
log could have made that too. That a log was cut back to an older checkpoint
shows only with --known-head, or from run to run with --state, which tells of a
log that is gone, too. --textfile is written whatever the outcome; where nothing
could be verified (2) it stays as it was, and its time stands still.
docs/verification.md has the rest.`;

function trustOf({ key = [], revoked, knownHead = [], witnessKey = [], witnessQuorum, values }: Options): PathOptions {
  const quorum = witnessQuorum === undefined ? undefined : Number(witnessQuorum);
  if (quorum !== undefined && !(Number.isInteger(quorum) && quorum > 0 && quorum <= witnessKey.length)) throw usage(`--witness-quorum ${witnessQuorum} is no number from 1 to that of the witnesses`);
  return {
    keys: key.map((one) => parsePublicKey(one) ?? (existsSync(one) ? keyOfFile(one) : notKey(one))),
    revoked: revoked === undefined ? [] : parseRevocations(read(revoked), revoked),
    heads: knownHead.flatMap((head) => parseHead(head) ?? readKnownHeads(head)),
    witnesses: witnessKey.length === 0 ? undefined : { verifiers: witnessKey.map(witnessOf), quorum },
    values, vaultKey: process.env["SPANGATE_VAULT_KEY"] || undefined,
  };
}

function graceOf({ grace }: Options): number | undefined {
  if (grace === undefined) return undefined;
  const parsed = duration.safeParse(grace, CHECKING);
  if (!parsed.success) throw usage(`--grace: ${parsed.error.issues[0]?.message ?? "not a duration"}`);
  return parsed.data;
}

function notKey(text: string): never {
  throw untrusted(text, "it is neither an Ed25519 public key nor a file that is there");
}

function keyOfFile(file: string): NonNullable<ReturnType<typeof parsePublicKey>> {
  const content = read(file);
  const key = parsePublicKey(content) ?? content.split("\n").map((line) => parsePublicKey(line)).find((one) => one !== undefined);
  if (!key) throw untrusted(file, "it has no Ed25519 public key");
  return key;
}

function witnessOf(key: string): Exclude<ReturnType<typeof verifierOf>, string> {
  const verifier = verifierOf(existsSync(key) ? read(key).trim() : key);
  if (typeof verifier === "string") throw untrusted(key, verifier);
  return verifier;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw untrusted(file, messageOf(thrown));
  }
}

function text(report: Report, isKept: boolean): string {
  const { keys, logs, outcome } = report;
  const records = logs.reduce((sum, log) => sum + log.records, 0);
  const proven = logs.reduce((sum, log) => sum + log.counts.proven + log.counts.pruned, 0);
  const ownKey = keys === "log" && logs.some(({ key }) => key !== undefined);
  return [
    ...logs.map(logText), "",
    ...(ownKey ? ["The key was taken from the log itself: whoever can write the log could have", "made it. With --key it is the one that you know.", ""] : []),
    `${VERDICT[outcome]}: ${proven.toLocaleString("en")} of ${plural(records, "record")} in ${plural(logs.length, "log")} proven.`,
    // With --state it is kept.
    ...(isKept && outcome === "proven" ? [] : [NEXT[outcome]]),
  ].join("\n");
}

const VERDICT: Readonly<Record<Outcome, string>> = {
  proven: style("green", "PROVEN"), tampered: style("red", "TAMPERED"), incomplete: style("yellow", "INCOMPLETE"), unverifiable: style("yellow", "UNVERIFIABLE"),
};
const NEXT: Readonly<Record<Outcome, string>> = {
  proven: "Next: keep its checkpoint elsewhere (--json has it), for --known-head.",
  tampered: "Next: keep the files as evidence, and verify what your OTLP backend has.",
  incomplete: "Next: verify again when its process goes on with it or closes it; give an\nexport its log (--with).",
  unverifiable: "Next: pass the key that signed with --key.",
};

function logText({ log, records, head, key, counts, states, values, unfinished, problems, problemCount, notes }: LogReport): string {
  const told = countsText(counts);
  const valuesTold = countsText(values);
  return [
    // Whoever can write the directory names its folders, and what they altered is quoted.
    style("bold", `log ${oneLine(log)}`),
    `  ${plural(records, "record")}: ${told || "none"}`,
    ...(head === "" ? [] : [`  head    ${oneLine(head)}`]),
    ...(key === undefined ? [] : [`  key     ${oneLine(key.slice(key.indexOf("+") + 1))}`]),
    ...(states.length ? [`  state   ${states.join(", ")}`] : []),
    ...(valuesTold ? [`  values  ${valuesTold}`] : []),
    ...problems.flatMap(problemText),
    ...(problemCount > problems.length ? [`  … and ${plural(problemCount - problems.length, "more problem")}`] : []),
    ...notes.map((one) => wrapped("note: ", one)),
    ...(unfinished ? [wrapped("note: ", `${plural(unfinished, "allowed call has", "allowed calls have")} no outcome: still running, or the process ended`)] : []),
  ].join("\n");
}

function problemText({ kind, index, segment, line, detail, means }: Problem): string[] {
  const place = segment === "" ? "" : ` at ${segment}${line ? `:${line}` : ""}`;
  return [`  ${style(means === "tampered" ? "red" : "yellow", kind.toUpperCase())} record ${index}${oneLine(place)}`, wrapped("  ", detail)];
}

function countsText(counts: object): string {
  return Object.entries(counts as Record<string, number>).filter(([, count]) => count > 0).map(([what, count]) => `${count.toLocaleString("en")} ${what}`).join(", ");
}

/** Long sentences in lines of 80 characters. */
function wrapped(before: string, sentence: string): string {
  const lines = [`  ${before}`];
  for (const word of oneLine(sentence).split(" ")) {
    const line = lines.at(-1) as string;
    if (line.trim() !== "" && line.trim() !== before.trim() && line.length + word.length > 79) lines.push(`    ${word}`);
    else lines[lines.length - 1] = line.endsWith(" ") ? line + word : `${line} ${word}`;
  }
  return lines.join("\n");
}
