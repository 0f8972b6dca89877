import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, SpangateError } from "../../errors.ts";
import { realDisk } from "../../exporters/audit/disk.ts";
import { sqlite } from "../../exporters/audit/lock.ts";
import { parseRecord } from "../../exporters/audit/record.ts";
import { resume } from "../../exporters/audit/resume.ts";
import { linesOf, listLogs, listSegments, OLD_RECORDS, RECORD } from "../../exporters/audit/segment.ts";
import { holdKey, KEY_FILE } from "../../exporters/audit/signer.ts";
import { UNKNOWN_KEY, type Verifier } from "../../exporters/audit/tree/note.ts";
import { plural } from "../output.ts";
import { type Check, type Context, failed, type Finding, ok, skipped, warning } from "./check.ts";

/** A look at the end of each log; with more than these, `spangate verify` is the tool. */
const MAX_LOGS = 100;
/** Bytes at the end of a segment that hold its last records. */
const TAIL = 3 * 65_535;
/** How far the last record may be ahead of the clock, in milliseconds. */
const TOLERANCE = 1_000;

/** What is wrong with one log, and how far ahead of the clock its last record is. */
interface Look {
  readonly name: string;
  readonly state: "clean" | "running" | "unclean" | "version 1" | "another key" | "damaged" | "unreadable";
  readonly problem?: string;
  readonly ahead?: number;
}

export const logs: Check = {
  name: "logs",
  run(context) {
    const { auditDirectory } = context.environment;
    if (!existsSync(auditDirectory)) return [skipped("none yet")];
    let names: string[];
    try {
      names = listLogs(realDisk, auditDirectory);
    } catch (thrown) {
      return [failed(`${auditDirectory} cannot be read: ${messageOf(thrown)}`, "Let this user read it.")];
    }
    if (names.length === 0) return [skipped("none yet")];
    const verifiers = verifiersOf(context);
    const looks = names.slice(-MAX_LOGS).map((name) => look(join(auditDirectory, name), name, verifiers));
    return [...describe(looks), ...(names.length > MAX_LOGS ? [skipped(`${plural(names.length - MAX_LOGS, "older log")}: spangate verify looks at all`)] : [])];
  },
};

function describe(looks: readonly Look[]): Finding[] {
  const of = (state: Look["state"]): readonly Look[] => looks.filter((one) => one.state === state);
  const named = (some: readonly Look[]): string => some.map(({ name }) => name).join(", ");
  const [old, unclean, running, ahead] = [of("version 1"), of("unclean"), of("running"), looks.filter((one) => (one.ahead ?? 0) > TOLERANCE)];
  return [
    ok(`${plural(looks.length, "log")}, ${running.length === 0 ? "no process is writing" : `${plural(running.length, "process", "processes")} writing: ${named(running)}`}`),
    ...of("another key").map(({ name }) => failed(`${name} is sealed by another key than the one that is set here; the next process begins a new log beside it`, "Run doctor with the environment of the service. Where the key was replaced, append the public key before it to keys/retired.txt in the audit directory; else spangate verify, with the key that you know.")),
    ...of("damaged").map(({ name, problem }) => failed(`${name} is damaged: ${problem}`, "spangate verify names what was changed; keep the files as evidence. A new log is begun beside it.")),
    ...of("unreadable").map(({ name, problem }) => failed(`${name} cannot be read: ${problem}`, "Let this user read it, or run doctor as the user of the service.")),
    ...(unclean.length ? [warning(`${plural(unclean.length, "log")} did not end as it should: ${named(unclean)}`, "A process was killed or the machine stopped; the next process goes on with it and says so in the log.")] : []),
    ...(old.length ? [warning(`${plural(old.length, "log")} of version 1, in which nothing is signed: ${named(old)}`, "spangate verify checks their chain; move them to an archive.")] : []),
    ...ahead.map(({ name, ahead: by }) => warning(`the last record of ${name} is ${((by as number) / 1_000).toFixed(0)} s in the future: the clock went back`, "Have the clock set by NTP, slewed and not stepped (chronyd, systemd-timesyncd).")),
  ];
}

function look(folder: string, name: string, verifiers: (origin: string) => readonly Verifier[]): Look {
  try {
    if (existsSync(join(folder, OLD_RECORDS))) return { name, state: "version 1" };
    const ahead = aheadOf(folder);
    if (isLocked(join(folder, "lock"))) return { name, state: "running", ahead };
    const origin = readFileSync(join(folder, "origin"), "utf8").trim();
    const { clean } = resume(realDisk, folder, origin, verifiers(origin));
    return { name, state: clean ? "clean" : "unclean", ahead };
  } catch (thrown) {
    const isDamage = thrown instanceof SpangateError && thrown.code === "SG_AUDIT_CORRUPT";
    const problem = messageOf(thrown);
    return { name, state: !isDamage ? "unreadable" : problem.includes(UNKNOWN_KEY) ? "another key" : "damaged", problem };
  }
}

/** Asks as a reader does: a writer's exclusive transaction refuses it, and nothing is written. */
function isLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  const database = new (sqlite().DatabaseSync)(file, { readOnly: true });
  try {
    database.exec("PRAGMA busy_timeout = 0; SELECT count(*) FROM sqlite_schema");
    return false;
  } catch (thrown) {
    if ((thrown as { errcode?: number }).errcode === SQLITE_BUSY) return true;
    throw thrown;
  } finally {
    database.close();
  }
}
const SQLITE_BUSY = 5;

/** Milliseconds that the last record of a log is ahead of the clock. */
function aheadOf(folder: string): number {
  const segment = listSegments(realDisk, folder).findLast(({ form }) => form === "plain");
  if (!segment) return 0;
  const lines = [...linesOf(realDisk.readTail(join(folder, segment.file), TAIL).bytes)].filter(({ whole, text }) => whole && text.startsWith(RECORD));
  const record = parseRecord(lines.at(-1)?.text ?? "");
  return typeof record === "string" ? 0 : Number(BigInt(record.ts) / 1_000_000n) - Date.now();
}

/** Who signed these logs: our own key and those before it, where they can be read; else a checkpoint proves nothing here. */
function verifiersOf({ environment: { auditDirectory, audit } }: Context): (origin: string) => readonly Verifier[] {
  const isThere = audit.key !== undefined || audit.keyFile !== undefined || audit.signer !== undefined || existsSync(join(auditDirectory, KEY_FILE));
  try {
    return isThere ? holdKey(auditDirectory, audit).verifiers : () => [];
  } catch {
    // The check of the keys says why.
    return () => [];
  }
}
