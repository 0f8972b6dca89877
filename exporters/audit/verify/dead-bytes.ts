import { sha256 } from "../../../sha256.ts";
import type { RecoverBody } from "../bodies.ts";
import { parseRecord } from "../record.ts";
import { headerOf, linesOf, RECORD, SEAL, type SegmentName, VALUE } from "../segment.ts";
import type { Problems } from "./report.ts";
import type { State } from "./state.ts";

/** Bytes of segments that count for nothing, and the `recover` records that tell of them. */
export class DeadBytes {
  readonly #names: readonly SegmentName[];
  readonly #read: (name: SegmentName) => Buffer | undefined;
  #recovers: Map<string, RecoverBody[]> | undefined;

  constructor(names: readonly SegmentName[], read: (name: SegmentName) => Buffer | undefined) {
    this.#names = names;
    this.#read = read;
  }

  /** Whether a record anywhere in the log tells of bytes of a segment from an offset on; checkpoints and values may stand between where it says and the offset. */
  isTold(segment: string, bytes: Buffer, offset: number): boolean {
    return this.#of(segment).some((body) => body.offset <= offset && onlySeals(bytes, body.offset, offset));
  }

  /**
   * Whether the dead bytes are those that the records tell of. Before a segment with `rewrites` they need not be: the
   * disk had refused to make them safe, and after a power cut anything may be there (docs/audit-format.md).
   */
  check({ recovers }: State, problems: Problems, notes: string[]): void {
    for (const { index, body } of recovers) {
      const at = this.#names.findIndex((one) => one.name === body.segment);
      const name = this.#names[at];
      if (name?.form === "leaves" || body.bytes === 0) continue;
      const bytes = name && this.#read(name);
      const dead = bytes?.subarray(body.offset, body.offset + body.bytes);
      if (dead?.length === body.bytes && body.offset + body.bytes === bytes?.length && sha256(dead, "hex") === body.sha256) continue;
      if (name && this.#rewrites(this.#names[at + 1])) {
        notes.push(`the ${body.bytes} dead bytes at ${body.offset} of ${name.file}, which a failing disk did not make safe, are not those that record ${index} saw`);
        continue;
      }
      problems.add({ kind: "bytes", index, segment: name?.file ?? body.segment, line: 0, detail: `record ${index} tells of ${body.bytes} dead bytes at ${body.offset} that are not there as they were`, means: "tampered" });
    }
  }

  #rewrites(name: SegmentName | undefined): boolean {
    const bytes = name && name.form !== "leaves" ? this.#read(name) : undefined;
    const header = bytes && headerOf(bytes);
    return typeof header === "object" && header.rewrites === true;
  }

  /** Looked for the first time that some are met. */
  #of(segment: string): readonly RecoverBody[] {
    this.#recovers ??= this.#find();
    return this.#recovers.get(segment) ?? [];
  }

  #find(): Map<string, RecoverBody[]> {
    const found = new Map<string, RecoverBody[]>();
    for (const name of this.#names) {
      const bytes = name.form === "leaves" ? undefined : this.#read(name);
      if (!bytes?.includes(WORD)) continue;
      for (const { text } of linesOf(bytes)) {
        const record = text.startsWith(RECORD) && text.includes(WORD) ? parseRecord(text) : "";
        if (typeof record !== "string" && record.t === "recover") found.set(record.segment, [...(found.get(record.segment) ?? []), record]);
      }
    }
    return found;
  }
}

const WORD = '"t":"recover"';

/** Whether nothing but checkpoints and values stands there. */
function onlySeals(bytes: Buffer, from: number, to: number): boolean {
  for (const { text } of linesOf(bytes.subarray(0, to), from)) if (!text.startsWith(SEAL) && !text.startsWith(VALUE)) return false;
  return true;
}
