import { existsSync } from "node:fs";
import { join } from "node:path";
import { CURSOR, HEAD, type Head, listLogs, readHead, readLines, RECORDS } from "./files.ts";
import { type AuditRecord, genesis, leafHash, parseRecord } from "./record.ts";

export type ProblemKind = "altered" | "missing" | "inserted" | "reordered" | "truncated" | "torn";

/** One thing that is wrong with a log. */
export interface Problem {
  readonly kind: ProblemKind;
  /** Index of the record in question. */
  readonly index: number;
  /** Line in the record file, from 1. */
  readonly line: number;
  readonly detail: string;
}

export interface LogReport {
  readonly log: string;
  readonly records: number;
  /** Leaf hash of the last record, to be compared with one that was kept elsewhere. */
  readonly head: string;
  /** Decisions to run whose outcome never came: the process ended in between, or is still at work. */
  readonly unfinished: number;
  /** Whether the last record stands alone: no later record and no stored head vouches for it. */
  readonly unsealed: boolean;
  readonly problems: readonly Problem[];
}

export interface Report {
  readonly ok: boolean;
  readonly logs: readonly LogReport[];
}

/** Checks every log of an audit directory: each record's form, place and link. Changes nothing. */
export function verifyDirectory(directory: string): Report {
  const logs = listLogs(directory).filter((name) => existsSync(join(directory, name, RECORDS))).map((name) => new LogVerifier(directory, name).verify());
  return { ok: logs.every((log) => log.problems.length === 0), logs };
}

/** A line and what it should be. */
interface Place {
  readonly line: number;
  readonly leaf: string;
  readonly record: AuditRecord | undefined;
}

/** Two passes over one log: which indices there are, then each record against its place. */
class LogVerifier {
  readonly #folder: string;
  readonly #log: string;
  readonly #heads: readonly Head[];
  readonly #indices = new Set<number>();
  readonly #seen = new Set<number>();
  readonly #running = new Set<number>();
  readonly #problems: Problem[] = [];
  #expected = 0;
  #last: Place | undefined;
  #doubt: { readonly before: Place; readonly at: Place } | undefined;

  constructor(directory: string, log: string) {
    this.#folder = join(directory, log);
    this.#log = log;
    this.#heads = [HEAD, CURSOR].map((name) => readHead(this.#folder, name)).filter((head) => head !== undefined);
  }

  verify(): LogReport {
    const file = join(this.#folder, RECORDS);
    for (const { text } of readLines(file)) {
      const record = parseRecord(text);
      if (typeof record !== "string") this.#indices.add(record.i);
    }
    let line = 0;
    for (const { text, whole, offset } of readLines(file)) {
      line++;
      if (whole) this.#check(text, line);
      else this.#report("torn", this.#expected, line, `${text.length} bytes after the last whole record, at byte ${offset}`);
    }
    this.#settleDoubt(this.#heads.some((head) => head.leaf === this.#last?.leaf));
    const known = Math.max(0, ...this.#heads.map((head) => head.size));
    if (known > this.#expected) this.#report("truncated", this.#expected, line, `records ${this.#expected} to ${known - 1} were known to be there`);
    return {
      log: this.#log, records: this.#seen.size, head: this.#last?.leaf ?? "", unfinished: this.#running.size,
      unsealed: this.#expected > known, problems: this.#problems,
    };
  }

  #check(text: string, line: number): void {
    const parsed = parseRecord(text);
    const leaf = leafHash(text);
    if (typeof parsed === "string") {
      this.#settleDoubt(false);
      // Whatever stands where a record belongs is that record, altered; unless the record itself comes next.
      if (this.#indices.has(this.#expected)) this.#report("inserted", this.#expected, line, parsed);
      else this.#report("altered", this.#expected++, line, parsed);
      this.#last = { line, leaf, record: undefined };
      return;
    }
    const place = { line, leaf, record: parsed };
    if (parsed.log !== this.#log) this.#report("inserted", parsed.i, line, `it belongs to the log ${parsed.log}`);
    if (parsed.i === this.#expected) this.#checkLink(parsed, place);
    else {
      this.#settleDoubt(false);
      this.#outOfPlace(parsed, line);
    }
    for (const head of this.#heads) {
      if (head.size === parsed.i + 1 && head.leaf !== leaf) this.#report("altered", parsed.i, line, `not the record that was known to be here: ${describe(parsed)}`);
    }
    if (!this.#seen.has(parsed.i)) this.#track(parsed);
    this.#seen.add(parsed.i);
    this.#expected = Math.max(this.#expected, parsed.i + 1);
    this.#last = place;
  }

  #checkLink(record: AuditRecord, place: Place): void {
    const last = this.#last;
    const fits = record.prev === (last?.leaf ?? genesis(this.#log));
    this.#settleDoubt(fits);
    if (fits) return;
    if (!last) this.#report("altered", record.i, place.line, `it does not begin this log: ${describe(record)}`);
    else if (last.record?.i === record.i - 1) this.#doubt = { before: last, at: place };
  }

  /**
   * A link that does not fit: either the record before was changed, or this one's own link was. The next
   * record tells: it vouches for this one, or it does not fit either.
   */
  #settleDoubt(vouched: boolean): void {
    if (!this.#doubt) return;
    const { line, record } = vouched ? this.#doubt.before : this.#doubt.at;
    this.#doubt = undefined;
    this.#report("altered", (record as AuditRecord).i, line, describe(record as AuditRecord));
  }

  #outOfPlace(record: AuditRecord, line: number): void {
    if (this.#seen.has(record.i)) this.#report("inserted", record.i, line, `a second record ${record.i}: ${describe(record)}`);
    else if (record.i > this.#expected && !this.#indices.has(this.#expected)) {
      const last = record.i - 1;
      this.#report("missing", this.#expected, line, last === this.#expected ? `record ${last}` : `records ${this.#expected} to ${last}`);
    } else this.#report("reordered", record.i, line, `found where record ${this.#expected} belongs: ${describe(record)}`);
  }

  #track(record: AuditRecord): void {
    if (record.t === "decision" && "runs" in record && record.runs) this.#running.add(record.i);
    else if (record.t === "outcome" && "ref" in record) this.#running.delete(record.ref);
  }

  #report(kind: ProblemKind, index: number, line: number, detail: string): void {
    if (!this.#problems.some((problem) => problem.index === index && problem.kind === kind)) this.#problems.push({ kind, index, line, detail });
  }
}

function describe(record: AuditRecord): string {
  return "tool" in record ? `${record.t} ${record.tool}` : record.t;
}
