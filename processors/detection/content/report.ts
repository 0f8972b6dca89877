import { RULES } from "./catalogue.ts";
import type { ContentFinding, Role } from "./finding.ts";

/** Longest piece of the inspected text that a detail quotes. */
const QUOTED = 48;
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
    this.work += steps;
    if (this.work > this.#limit) throw new TooComplex("too complex");
  }

  /** A finding at the level that its rule has in this role. Positions are those of the text being looked at. */
  add(id: string, start: number, end: number, detail: string): void {
    const rule = RULES.get(id);
    if (!rule) throw new TypeError(`no rule ${id}`);
    const level = rule.levels?.[this.role] ?? rule.level;
    const [from, to] = this.#place ?? [start + this.#offset, end + this.#offset];
    const count = this.#counts.get(id) ?? 0;
    if (level === "off" || count >= MAX_PER_RULE) return;
    if (count > 0 && this.findings.some((other) => other.rule === id && other.start === from)) return;
    this.#counts.set(id, count + 1);
    this.findings.push({ rule: id, level: this.#isQuoted(id, from) ? "flag" : level, start: from, end: Math.max(from, to), detail });
  }

  #isQuoted(id: string, from: number): boolean {
    return from < this.#seriousFrom && this.#place === undefined && id !== "content.too_complex";
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

/** A piece of text for a detail: short, on one line. */
export function quote(piece: string): string {
  const line = piece.slice(0, QUOTED).replaceAll(/[\p{Cc}\p{Cf}]/gu, "?");
  return piece.length > QUOTED ? `${line}...` : line;
}
