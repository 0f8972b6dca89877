import { basename, join } from "node:path";
import { messageOf } from "../../../errors.ts";
import { HEAD } from "../head.ts";
import type { Disk } from "../disk.ts";
import { type AuditRecord, genesis, parseRecord } from "../record.ts";
import { leafBase64 } from "../tree/hash.ts";
import { linesOf, OLD_RECORDS } from "../segment.ts";
import { type LogReport, type ProblemKind, Problems } from "./report.ts";

/** A place in a log of version 1. */
interface OldHead {
  readonly size: number;
  readonly leaf: string;
}

/** How far the one destination of version 1 had it. */
const OLD_CURSOR = "cursor.json";

function parseOldHead(bytes: Buffer | undefined): OldHead | undefined {
  try {
    const { size, leaf } = JSON.parse((bytes ?? "").toString()) as OldHead;
    return Number.isSafeInteger(size) && typeof leaf === "string" ? { size, leaf } : undefined;
  } catch {
    return undefined;
  }
}

/** A line and what it should be. */
interface Place {
  readonly line: number;
  readonly leaf: string;
  readonly record: AuditRecord | undefined;
}

/**
 * A log of version 1: records only, so that its chain is all that can be verified. Nothing was ever signed, and
 * whoever could write the file could have made another; an intact one is `unverifiable`, never `proven`.
 */
export function verifyOldLog(disk: Disk, folder: string): LogReport {
  return new OldLogVerifier(disk, folder).verify();
}

/** Two passes over one log: which indices there are, then each record against its place. */
class OldLogVerifier {
  readonly #bytes: Buffer;
  readonly #log: string;
  readonly #heads: readonly OldHead[];
  readonly #indices = new Set<number>();
  readonly #seen = new Set<number>();
  readonly #running = new Set<number>();
  readonly #problems = new Problems();
  readonly #named = new Set<string>();
  readonly #altered = new Set<number>();
  #expected = 0;
  #last: Place | undefined;
  #doubt: { readonly before: Place; readonly at: Place } | undefined;

  constructor(disk: Disk, folder: string) {
    this.#log = basename(folder);
    const read = (name: string): Buffer | undefined => {
      try {
        return disk.read(join(folder, name));
      } catch (thrown) {
        this.#problems.add({ kind: "unreadable", index: 0, segment: name, line: 0, detail: messageOf(thrown), means: "incomplete" });
        return undefined;
      }
    };
    this.#bytes = read(OLD_RECORDS) ?? Buffer.alloc(0);
    this.#heads = disk.list(folder).filter((name) => name === HEAD || name === OLD_CURSOR).flatMap((name) => parseOldHead(read(name)) ?? []);
  }

  verify(): LogReport {
    for (const { text } of linesOf(this.#bytes)) {
      const record = parseRecord(text);
      if (typeof record !== "string") this.#indices.add(record.i);
    }
    let line = 0;
    for (const { text, whole, offset } of linesOf(this.#bytes)) {
      line++;
      if (whole) this.#check(text, line);
      else this.#report("bytes", this.#expected, line, `${text.length} bytes after the last whole record, at byte ${offset}`);
    }
    this.#settleDoubt(this.#heads.some((head) => head.leaf === this.#last?.leaf));
    const known = Math.max(0, ...this.#heads.map((head) => head.size));
    if (known > this.#expected) this.#report("truncated", this.#expected, line, `records ${this.#expected} to ${known - 1} were known to be there`);
    const records = Math.max(known, this.#expected);
    // Also of one without records: an empty file in the place of a log proves nothing.
    this.#problems.add({ kind: "unproven", index: 0, segment: OLD_RECORDS, line: 0, detail: "nothing in a log of version 1 is signed: its chain is all that vouches for it", means: "unverifiable" });
    const altered = this.#altered.size;
    const unproven = this.#seen.size;
    return {
      log: this.#log, origin: this.#log, version: 1, records, sealed: 0, head: this.#last?.leaf ?? "", checkpoint: undefined, key: undefined,
      counts: { proven: 0, unproven, altered, missing: Math.max(0, records - unproven - altered), pruned: 0 }, values: { checked: 0, erased: 0, unread: 0, damaged: 0 },
      unproven: { "the format has no checkpoints": unproven }, missing: [], unfinished: this.#running.size, states: this.#last?.record?.t === "close" ? [] : ["unclean-end"],
      outcome: this.#problems.outcome, problems: this.#problems.listed, problemCount: this.#problems.count, notes: this.#expected > known ? ["nothing vouches for the last record"] : [],
    };
  }

  #check(text: string, line: number): void {
    const parsed = parseRecord(text);
    const leaf = leafBase64(text);
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
    if (record.t === "decision" && record.runs) this.#running.add(record.i);
    else if (record.t === "outcome") this.#running.delete(record.ref);
  }

  #report(kind: ProblemKind, index: number, line: number, detail: string): void {
    if (this.#named.has(`${kind} ${index}`)) return;
    this.#named.add(`${kind} ${index}`);
    if (kind === "altered") this.#altered.add(index);
    this.#problems.add({ kind, index, segment: OLD_RECORDS, line, detail, means: "tampered" });
  }
}

function describe(record: AuditRecord): string {
  return "tool" in record ? `${record.t} ${record.tool}` : record.t;
}
