import { type AuditRecord, parseRecord } from "../record.ts";
import { HEADER, linesOf, parseSeal, RECORD, SEAL, VALUE } from "../segment.ts";
import { Frontier } from "../tree/frontier.ts";
import { type Hash, leafHash, toBase64 } from "../tree/hash.ts";
import type { ProblemKind, RecordVerdict } from "./report.ts";
import type { State } from "./state.ts";
import type { Values } from "./values.ts";
import { hashOf, note, type Segment } from "./walk.ts";

/** A line that says of itself which record it is. */
interface Candidate {
  readonly index: number;
  readonly line: number;
  readonly leaf: Hash;
  /** Leaf hash of the record before it, as it says; undefined where that is no hash. */
  readonly prev: Hash | undefined;
  /** What is wrong with its form. */
  readonly form: string | undefined;
  readonly record: AuditRecord | undefined;
  /** Line of the value behind it. */
  value?: { readonly text: string; readonly line: number };
}

interface Seal {
  readonly line: number;
  readonly note: string | undefined;
}

/** What is true of one index. */
interface Slot {
  /** The leaf hash that was sealed, as far as it can be told. */
  truth: Hash | undefined;
  /** What comes after the segment says so, link by link; otherwise it is what the line itself comes to. */
  solid: boolean;
  match: Candidate | undefined;
  verdict: RecordVerdict | "open" | undefined;
}

export type Tell = (kind: ProblemKind, index: number, line: number, detail: string) => void;

const BESIDE = "records beside them are altered or missing";
/** The index that a line claims, however damaged the rest of it is. */
const CLAIM = /^\{"v":2,"i":(\d{1,15}),"prev":"([^"]*)"/;

export interface DamagedSegment extends Segment {
  /** Leaf hash of the last record that counts here, by what the next segment or a known head says. */
  readonly above: Hash | undefined;
  /** Index → leaf hash, as heads in the folder of the log have it; of the last segment only. */
  readonly known: ReadonlyMap<number, Hash>;
  readonly log: string;
  readonly values: Values | undefined;
}

/**
 * Takes a damaged segment apart: what each index is, given that a record names the leaf hash of the one before it
 * and that checkpoints name the root. Needs the whole segment in memory, and comes to the same as `walk` for one
 * that is not damaged. `state` is that at its first record and is left at its end.
 * Gives the leaf hash of each index, as far as it can be told.
 */
export function takeApart(state: State, segment: DamagedSegment, tell: Tell): readonly (Hash | undefined)[] {
  return new Apart(state, segment, tell).run();
}

class Apart {
  readonly #state: State;
  readonly #segment: DamagedSegment;
  readonly #tell: Tell;
  readonly #from: number;
  #to: number;
  readonly #candidates = new Map<number, Candidate[]>();
  /** Lines in their order, for telling what stands where. */
  readonly #order: { readonly line: number; readonly candidate?: Candidate; readonly seal?: Seal; readonly isValue?: true }[] = [];
  readonly #slots: Slot[] = [];

  constructor(state: State, segment: DamagedSegment, tell: Tell) {
    this.#state = state;
    this.#segment = segment;
    this.#tell = tell;
    this.#from = state.size;
    this.#to = segment.end;
  }

  run(): (Hash | undefined)[] {
    this.#read();
    this.#findTruth();
    this.#checkSeals();
    this.#judgeRest();
    this.#nameLines();
    this.#leave();
    return this.#slots.map(({ truth }) => truth);
  }

  #read(): void {
    let last: Candidate | undefined;
    let line = 0;
    for (const { text, whole } of linesOf(this.#segment.bytes)) {
      line++;
      if (!whole) this.#tell("bytes", this.#from, line, "a line without an end");
      else if (text.startsWith(HEADER) && line === 1) continue;
      else if (text.startsWith(SEAL)) {
        this.#order.push({ line, seal: { line, note: parseSeal(text) } });
        last = undefined;
      }
      else if (text.startsWith(VALUE) && last && !last.value) last.value = { text, line };
      else if (text.startsWith(VALUE)) this.#order.push({ line, isValue: true });
      else {
        const candidate = text.startsWith(RECORD) ? this.#candidate(text, line) : undefined;
        last = candidate;
        this.#order.push({ line, ...(candidate && { candidate }) });
      }
    }
    const most = this.#from + this.#order.length;
    const highest = Math.max(this.#from - 1, ...this.#segment.known.keys(), ...[...this.#candidates.keys()].filter((index) => index < most));
    this.#to = Math.min(this.#segment.end, Number.isFinite(this.#segment.end) ? this.#segment.end : highest + 1);
  }

  #candidate(text: string, line: number): Candidate | undefined {
    const [, digits, prev] = CLAIM.exec(text) ?? [];
    if (digits === undefined) return undefined;
    const parsed = parseRecord(text);
    const form = typeof parsed === "string" ? parsed : parsed.log === this.#segment.log ? undefined : `it is of the log ${parsed.log}`;
    const candidate = { index: Number(digits), line, leaf: leafHash(text), prev: hashOf(prev as string), form, record: typeof parsed === "string" ? undefined : parsed };
    const others = this.#candidates.get(candidate.index);
    if (others) others.push(candidate);
    else this.#candidates.set(candidate.index, [candidate]);
    return candidate;
  }

  /** From the end to the beginning: each record names the leaf hash of the one before it. */
  #findTruth(): void {
    let truth = this.#segment.above;
    let solid = truth !== undefined;
    for (let index = this.#to - 1; index >= this.#from; index--) {
      const candidates = this.#candidates.get(index) ?? [];
      truth ??= this.#segment.known.get(index);
      const match = truth === undefined ? this.#guess(index, candidates) : candidates.find(({ leaf }) => leaf === truth);
      solid &&= truth !== undefined;
      this.#slots[index - this.#from] = { truth: truth ?? match?.leaf, solid, match, verdict: undefined };
      truth = match?.prev;
    }
  }

  /** Where no later record says what it was: one in its form, best one that goes on from the record before. */
  #guess(index: number, candidates: readonly Candidate[]): Candidate | undefined {
    const sound = candidates.filter(({ form }) => form === undefined);
    const before = index === this.#from ? [hashOf(this.#state.leaf)] : (this.#candidates.get(index - 1) ?? []).map(({ leaf }) => leaf);
    return sound.find(({ prev }) => prev !== undefined && before.includes(prev)) ?? sound[0];
  }

  /** Grows the tree over what is held for true and compares it with each checkpoint that can be believed. */
  #checkSeals(): void {
    const state = this.#state;
    let tree = state.tree?.copy();
    let grown = this.#from;
    let confirmed = this.#from;
    let seen = this.#from;
    for (const { line, seal, candidate } of this.#order) {
      if (!seal) {
        const record = this.#isMatch(candidate) ? candidate?.record : undefined;
        if (candidate && candidate.index < this.#to) seen = Math.max(seen, candidate.index + 1);
        if (record?.t === "open") state.trust.open(record.key);
        if (record?.t === "key") state.trust.announce(record.i, record);
        continue;
      }
      const judged = seal.note === undefined ? undefined : state.trust.judge(seal.note, () => BigInt(state.time), state.isWhole);
      if (!judged || judged.problem !== undefined) {
        if (judged?.kind === "unknown" || judged?.kind === "revoked") {
          state.doubt = judged.problem as string;
          if (judged.size !== undefined && judged.size <= state.lastSize) this.#tell("duplicate", judged.size - 1, line, `a checkpoint of ${judged.size} records after one of ${state.lastSize}`);
          else state.lastSize = judged.size ?? state.lastSize;
        } else this.#tell("checkpoint", Math.min(grown, this.#to), line, judged?.problem ?? "not in the form in which checkpoints are written");
        continue;
      }
      const { size, root } = judged.checkpoint;
      if (size <= state.lastSize || size > this.#to) {
        this.#tell(size > this.#to ? "checkpoint" : "duplicate", size - 1, line, size > this.#to ? `a checkpoint of ${size} records, and there are ${this.#to}` : `a checkpoint of ${size} records after one of ${state.lastSize}`);
        continue;
      }
      if (size > seen && !this.#isGone(size - 1)) this.#tell("reordered", size - 1, line, `a checkpoint of ${size} records before all of them`);
      state.lastSize = size;
      for (; tree && grown < size; grown++) {
        const { truth } = this.#slots[grown - this.#from] as Slot;
        if (truth === undefined) tree = undefined;
        else tree.append(truth);
      }
      if (!tree) continue;
      const interval = this.#slots.slice(confirmed - this.#from, size - this.#from);
      if (tree.root() !== root) {
        // All links are right, so that it cannot be told which.
        this.#tell("altered", state.sealed, line, `at least one of the records ${state.sealed} to ${size - 1} is not what was sealed under the checkpoint of ${size}`);
        for (const slot of interval) slot.verdict = "altered";
        state.giveUp(BESIDE);
        tree = undefined;
        continue;
      }
      for (const slot of interval) if (slot.match) slot.verdict = "proven";
      this.#settleBefore(size, seal.note as string);
      confirmed = size;
    }
    for (; tree && grown < this.#to; grown++) {
      const { truth } = this.#slots[grown - this.#from] as Slot;
      if (truth === undefined) tree = undefined;
      else tree.append(truth);
    }
    state.tree = tree;
    state.sealedTree = tree?.copy() ?? new Frontier();
    state.openLeaves = [];
  }

  /** What came before this segment is covered as well. */
  #settleBefore(size: number, text: string): void {
    const state = this.#state;
    for (const { from, to, as } of state.open) state.counts[as] += to - from;
    state.open = [];
    state.sealed = size;
    state.checkpoint = text;
    state.trust.sealed(size);
  }

  #judgeRest(): void {
    for (const [at, slot] of this.#slots.entries()) {
      const index = this.#from + at;
      const isThere = this.#candidates.has(index) || this.#hasOddLine(index);
      if (slot.verdict === "altered" && !isThere) slot.verdict = "missing";
      // A later checkpoint can prove it: over the tree, or over the links from there back to it.
      slot.verdict ??= slot.match ? (slot.solid || this.#state.tree ? "open" : "unproven") : isThere ? "altered" : "missing";
    }
  }

  /** A line that claims no index, or a wrong one, where this record belongs. */
  #hasOddLine(index: number): boolean {
    const before = this.#slots[index - 1 - this.#from]?.match?.line ?? (index === this.#from ? 1 : undefined);
    const after = this.#slots[index + 1 - this.#from]?.match?.line ?? (index === this.#to - 1 ? Infinity : undefined);
    if (before === undefined || after === undefined) return false;
    return this.#order.some(({ line, seal, isValue, candidate }) => !seal && !isValue && line > before && line < after && !this.#isMatch(candidate));
  }

  #isGone(index: number): boolean {
    return this.#slots[index - this.#from]?.match === undefined;
  }

  #isMatch(candidate: Candidate | undefined): boolean {
    return candidate !== undefined && this.#slots[candidate.index - this.#from]?.match === candidate;
  }

  /** Every line and every index that is not as it should be. */
  #nameLines(): void {
    const named = new Set<number>();
    let next = this.#from;
    for (const { line, candidate, seal, isValue } of this.#order) {
      if (seal) continue;
      if (isValue) {
        this.#tell("value", next, line, "a value that does not stand behind its record");
        continue;
      }
      if (candidate && this.#isMatch(candidate)) {
        if (candidate.index < next) this.#tell("reordered", candidate.index, line, `it stands behind record ${next - 1}`);
        next = Math.max(next, candidate.index + 1);
        this.#checkMatch(candidate);
        continue;
      }
      const index = candidate && candidate.index >= this.#from && candidate.index < this.#to ? candidate.index : next;
      const slot = this.#slots[index - this.#from];
      if (candidate && slot?.match?.leaf === candidate.leaf) this.#tell("duplicate", index, line, `record ${index} stands here once more`);
      else if (slot && !slot.match && slot.verdict === "altered" && !named.has(index)) {
        named.add(index);
        this.#tell("altered", index, line, `${saidOf(candidate)}${candidate?.form ?? "it is not the record that was sealed"}`);
        next = Math.max(next, index + 1);
      } else this.#tell("inserted", index, line, candidate ? `no record of this log: it says that it is record ${candidate.index}` : "not a line of this log");
    }
    for (let from = this.#from; from < this.#to; from++) {
      if (this.#slots[from - this.#from]?.verdict !== "missing") continue;
      let to = from + 1;
      while (to < this.#to && this.#slots[to - this.#from]?.verdict === "missing") to++;
      this.#tell("missing", from, 0, to - from === 1 ? `record ${from} is not there` : `records ${from} to ${to - 1} are not there`);
      from = to - 1;
    }
  }

  #checkMatch({ index, line, form, record, leaf, value }: Candidate): void {
    if (form !== undefined) this.#tell("altered", index, line, `it was sealed in a form in which nobody writes records: ${form}`);
    const problem = value && this.#segment.values?.check(value.text, index, toBase64(leaf), () => record);
    if (problem) this.#tell("value", index, value.line, problem);
  }

  /** The state behind this segment. */
  #leave(): void {
    const state = this.#state;
    if (!state.tree && !this.#slots.every(({ solid }) => solid)) state.giveUp(BESIDE);
    for (const [at, { verdict, match }] of this.#slots.entries()) {
      const index = this.#from + at;
      state.size = index;
      if (match?.record) note(state, match.record);
      if (match?.record) state.time = match.record.ts;
      if (verdict === "open") state.await(index, index + 1);
      else if (verdict === "unproven") state.leaveUnproven(1, BESIDE);
      else if (verdict === "missing") state.lose(index, index + 1);
      else state.counts[verdict as RecordVerdict]++;
    }
    state.size = this.#to;
    const truth = this.#slots.at(-1)?.truth;
    if (truth !== undefined) state.leaf = toBase64(truth);
  }
}

/** What a line that is not the record says that it is. */
function saidOf(candidate: Candidate | undefined): string {
  const record = candidate?.record;
  return record === undefined ? "" : "tool" in record ? `${record.t} ${record.tool}: ` : `${record.t}: `;
}
