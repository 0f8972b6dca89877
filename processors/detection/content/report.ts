import { RULES } from "./catalogue.ts";
import type { ContentFinding, Level, Role } from "./finding.ts";

/** Longest piece of the inspected text that a detail quotes. */
const QUOTED = 48;
const LONGEST_DETAIL = 160;
/** Findings of one rule in one text; more of them say nothing new. */
const MAX_PER_RULE = 8;

/** Thrown by {@link Report.spend} when a text costs more than it may; never leaves this folder. */
export class TooComplex extends Error {}

/** Collects what is found in one text, and counts the work done on it so that a hostile text cannot take long. */
export class Report {
  readonly role: Role;
  readonly findings: ContentFinding[] = [];
  /** Steps done: characters or tokens looked at. */
  work = 0;
  /** How often something was found, told or not. */
  hits = 0;
  readonly #limit: number;
  readonly #counts = new Map<string, number>();
  /** The text is a document: code in it is quoted. */
  readonly isDocument: boolean;
  readonly #seriousFrom: number;
  #offset = 0;
  #place: readonly [start: number, end: number] | undefined;

  /** @param seriousFrom what blocks counts only as a flag in front of this place */
  constructor(role: Role, limit: number, seriousFrom = 0) {
    this.role = role;
    this.#seriousFrom = seriousFrom;
    this.isDocument = seriousFrom > 0;
    this.#limit = limit;
  }

  /** Accounts for work. @throws TooComplex when the text has used up what it may cost */
  spend(steps: number): void {
    if (this.work + steps > this.#limit) throw new TooComplex("too complex");
    this.work += steps;
  }

  /** A finding at the level that its rule has in this role. Positions are those of the text being looked at. */
  add(id: string, start: number, end: number, detail: string): void {
    const rule = RULES.get(id);
    if (!rule) throw new TypeError(`no rule ${id}`);
    this.hits++;
    const own = rule.levels?.[this.role] ?? rule.level;
    const [from, to] = this.#place ?? [start + this.#offset, end + this.#offset];
    if (own === "off") return;
    const level = this.#isQuoted(id, from) ? "flag" : own;
    const key = keyOf(id, level);
    const count = this.#counts.get(key) ?? 0;
    if (count >= MAX_PER_RULE || (count > 0 && this.findings.some((other) => other.rule === id && other.start === from))) return;
    this.#counts.set(key, count + 1);
    this.findings.push({ rule: id, level, start: from, end: Math.max(from, to), detail: onOneLine(detail.slice(0, LONGEST_DETAIL)) });
  }

  /** Whether one more finding of a rule at this place would not be told, since there are enough of them. */
  isFull(id: string, start: number): boolean {
    const from = this.#place?.[0] ?? start + this.#offset;
    const rule = RULES.get(id);
    const own = rule?.levels?.[this.role] ?? rule?.level ?? "off";
    return own === "off" || (this.#counts.get(keyOf(id, this.#isQuoted(id, from) ? "flag" : own)) ?? 0) >= MAX_PER_RULE;
  }

  #isQuoted(id: string, from: number): boolean {
    return from < this.#seriousFrom && id !== "content.too_complex";
  }

  /** Looks at a text that was made from `start` to `end` (decoded, unquoted): what is found in it is found there. */
  inside(start: number, end: number, look: () => void): void {
    const before = this.#place;
    this.#place ??= [start + this.#offset, end + this.#offset];
    look();
    this.#place = before;
  }

  /** Looks at a text that begins at `offset` of this one. */
  shifted(offset: number, look: () => void): void {
    this.#offset += offset;
    look();
    this.#offset -= offset;
  }
}

/** Counted by level, so that quotations in a document use up nothing of what counts. */
function keyOf(id: string, level: Level): string {
  return `${id} ${level}`;
}

/** A short piece of text for a detail. */
export function quote(piece: string): string {
  return piece.length > QUOTED ? `${piece.slice(0, QUOTED)}...` : piece;
}

/** Details end up in logs and terminals: nothing in them may move the cursor. */
function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "?");
}
