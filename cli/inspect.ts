import { setTimeout } from "node:timers/promises";
import { Option } from "commander";
import { messageOf, oneLine } from "../errors.ts";
import { KEYS } from "../exporters/audit/bodies.ts";
import { type Placed, type Position, readRecords } from "../exporters/audit/reader.ts";
import { Vault } from "../exporters/audit/vault.ts";
import { compilePatterns } from "../policies/pattern.ts";
import { EFFECTS } from "../policies/schema/rule.ts";
import { duration } from "../policies/schema/units.ts";
import { action, type AddCommand, AUDIT_DIRECTORY, EXIT, usage } from "./command.ts";
import { effect as styled, filled, style } from "./output.ts";

/** How often a followed log is looked at, in milliseconds. */
const INTERVAL = 500;
const TYPES = Object.keys(KEYS);

interface Options {
  readonly effect?: string;
  readonly tool?: string;
  readonly rule?: string;
  readonly shadow?: boolean;
  readonly session?: string;
  readonly caller?: string;
  readonly since?: string;
  readonly type?: string;
  readonly lines: string;
  readonly values?: boolean;
  readonly follow?: boolean;
  readonly json?: boolean;
}

export const inspect: AddCommand = (program) => {
  program.command("inspect").argument("[directory]", "an audit directory", AUDIT_DIRECTORY)
    .summary("read, filter and follow the audit log")
    .addOption(new Option("--effect <effect>", "decisions with this effect").choices(EFFECTS))
    .option("--tool <pattern>", "records of tools that match; * any characters, ? one")
    .option("--rule <pattern>", "decisions by rules that match")
    .option("--shadow", "decisions that shadow rules would have made otherwise")
    .option("--session <pattern>", "decisions of sessions that match")
    .option("--caller <pattern>", "decisions of callers that match")
    .option("--since <duration>", "not older than this, like 15m or 2d")
    .addOption(new Option("--type <type>", "records of this type").choices(TYPES))
    .option("--values", "also what the vault keeps: arguments and results")
    .option("-n, --lines <count>", "the last so many; 0 for all", "20")
    .option("-f, --follow", "go on with what is written from now on; ends with Ctrl-C")
    .option("--json", "records as they are, one a line")
    .action(action(async (directory: string, options: Options) => {
      const wanted = filter(options);
      const count = Number(options.lines);
      if (!Number.isInteger(count) || count < 0) throw usage(`--lines takes a whole number, and not ${options.lines}`);
      if (options.values && !Vault.open(directory, process.env["SPANGATE_VAULT_KEY"] || undefined, false)) throw usage(`the vault's key is not here: set SPANGATE_VAULT_KEY, or restore ${directory}/vault/master.key`);
      const read = new Map<string, Position>();
      const show = ({ record, place, value: kept }: Placed): void => {
        const value = options.values ? kept : undefined;
        process.stdout.write(`${options.json ? oneLine(JSON.stringify({ ...record, ...(typeof value === "object" ? { value } : {}) })) : line({ ...record, value: typeof value === "object" ? value.text : value }, place)}\n`);
      };
      for (const placed of last(records(directory, read), wanted, count || Infinity)) show(placed);
      while (options.follow) {
        await setTimeout(INTERVAL);
        for (const placed of records(directory, read)) if (wanted(placed)) show(placed);
      }
      return EXIT.ok;
    }));
};

function* records(directory: string, read: Map<string, Position>): Generator<Placed> {
  try {
    yield* readRecords(directory, read);
  } catch (thrown) {
    throw usage(`cannot read ${directory}: ${messageOf(thrown)}`);
  }
}

/** The last so many records that are wanted, of all logs together; no more than that many of each log are kept. */
function last(all: Iterable<Placed>, wanted: (placed: Placed) => boolean, count: number): Placed[] {
  const kept = new Map<string, Placed[]>();
  for (const placed of all) {
    if (!wanted(placed)) continue;
    const list = kept.get(placed.record.log) ?? [];
    kept.set(placed.record.log, list);
    list.push(placed);
    if (list.length > 2 * count) list.splice(0, list.length - count);
  }
  const found = [...kept.values()].flat().sort((a, b) => (BigInt(a.record.ts) < BigInt(b.record.ts) ? -1 : 1));
  return count === Infinity ? found : found.slice(-count);
}

type Entry = Readonly<Record<string, unknown>>;

function filter({ effect, tool, rule, session, caller, since, type, shadow }: Options): (placed: Placed) => boolean {
  const tests: ((entry: Entry) => boolean)[] = [];
  if (type !== undefined) tests.push((entry) => entry["t"] === type);
  if (shadow) tests.push((entry) => entry["shadow"] !== undefined);
  if (effect !== undefined) tests.push((entry) => entry["effect"] === effect);
  for (const [key, pattern] of Object.entries({ tool, rule, session, caller })) {
    if (pattern === undefined) continue;
    const fits = compilePatterns([pattern]);
    tests.push((entry) => typeof entry[key] === "string" && fits(entry[key]));
  }
  if (since !== undefined) {
    const parsed = duration.safeParse(since);
    if (!parsed.success) throw usage(`--since: ${parsed.error.issues[0]?.message ?? "not a duration"}`);
    const from = BigInt(Date.now() - parsed.data) * 1_000_000n;
    tests.push((entry) => BigInt(entry["ts"] as string) >= from);
  }
  return ({ record }) => tests.every((test) => test(record as unknown as Entry));
}

/** One record on one line: when, what, which tool, for whom, why. Names that a model made up begin no line, and move no cursor. */
function line(entry: Entry, place: string): string {
  const time = new Date(Number(BigInt(entry["ts"] as string) / 1_000_000n)).toISOString().slice(0, 19).replace("T", " ");
  const at = `${style("dim", time)} ${style("dim", `#${place.split(":")[1] ?? ""}`)}`;
  const said = (key: string, before = ""): string => (entry[key] === undefined ? "" : ` ${before}${oneLine(String(entry[key]))}`);
  switch (entry["t"]) {
    case "decision": return filled(`${at} ${styled(oneLine(String(entry["effect"])))}${said("tool")}${said("caller", "for ")}${style("dim", said("rule", "by "))}${style("yellow", said("shadow", "shadow "))}`, String(entry["value"] ?? ""));
    case "outcome": return `${at} ${style("dim", `outcome of${said("ref")}`)}${said("tool")}${said("status")}${said("ms")} ms`;
    case "effect": return `${at} ${style("dim", `effect of${said("decision")}`)}${said("tool")} ${entry["refused"] ? "refused" : "noted"}${said("target")}${style("dim", said("rule", "by "))}${entry["last"] ? ", and more that are only counted" : ""}`;
    default: return `${at} ${style("bold", oneLine(String(entry["t"])))}${said("policy")}`;
  }
}
