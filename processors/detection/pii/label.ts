import type { MatchContext } from "../detector.ts";

/** Whether a value stands where somebody says what it is. */
export type Labelled = (value: string, context: MatchContext) => boolean;

interface Needle {
  readonly text: string;
  /** Whether a letter may stand directly before it, and after it. */
  readonly open: readonly [before: boolean, after: boolean];
}

/** Of a longer name of a field only so much is read. */
const LONGEST_KEY = 128;
/** Words up to this length are parts of many others. */
const SHORT = 4;
/** Scripts that put no space between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
/** Letters that have no decomposition in Unicode, as people write them on a keyboard without them. */
const UNDECOMPOSED = /[øłıđðßæœ]/g;
const PLAIN: Readonly<Record<string, string>> = { ø: "o", ł: "l", ı: "i", đ: "d", ð: "d", ß: "ss", æ: "ae", œ: "oe" };
/** What has a number of its own: between a label and a value they say that the value is theirs. */
const COMPETITORS = /\b(?:order|invoice|ticket|case|tracking|booking|reservation|transaction|version|amount|error|line|page|room|flight)\b/;
/** What may stand between two values of one list. */
const BETWEEN_VALUES = /^\p{L}{0,3}["')\]]*[\s,;|/&+]*(?:(?:and|or|und|oder|et|ou|y|o|e|i|a|en|och|og|ja|ve)\s)?["'([]*$/u;
/** What leads from a value to a label that follows it, with at most two words between: `123 (PESEL)`, `123 is my old PESEL`. */
const TO_LABEL = /^["')\]]*\s?(?:\(|(?:is|was|are|as|for|ist|est|es|e|jest)\s)/;
const ONE_WORD = /^\p{L}{1,12}\s/u;
/** A function of a short name: `exp(7/25)`, `sin(1.5)`. */
const CALL = /\b[a-z]{1,3}\($/;
/** The end of a sentence after a word that is no abbreviation, and words of the next one. */
const NEXT_SENTENCE = /\p{L}{4}[.!]\s[^\d]*\p{L}{3}/u;

/**
 * The forms in which words stand in prose and in names of fields: `tax file number`, `tax_file_number`,
 * `taxfilenumber`, and all of them without accents.
 */
export function spoken(words: readonly string[]): readonly string[] {
  const forms = new Set<string>();
  for (const word of words.map((text) => text.toLowerCase())) {
    // Who makes names of fields of words often loses the letters that have no decomposition: `f_dselsnummer`.
    for (const form of [word, plain(word), word.replace(UNDECOMPOSED, "_")]) {
      forms.add(form);
      const parts = form.split(/[^\p{L}\p{N}\p{M}]+/u).filter(Boolean);
      if (parts.length > 1) forms.add(parts.join("_")).add(parts.join("-")).add(parts.join(" "));
      if (parts.length > 1 && parts.join("").length > 5) forms.add(parts.join(""));
    }
  }
  return [...forms];
}

/** Patterns that are cheap to look for, one of which matches wherever one of the words stands, in prose or in the name of a field. */
export function wordTriggers(words: readonly string[]): readonly string[] {
  const cores = [...new Set(words.flatMap((word) => [word.toLowerCase(), plain(word)]))];
  return cores.filter((core) => !cores.some((other) => other !== core && other.length > SHORT && core.includes(other))).map((core) => {
    const pattern = core.split(/[\s_'’-]+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[ _'-]?");
    if (core.length > SHORT || !/^[a-z\s]+$/.test(core)) return `(?i)${pattern}`;
    // Nearly every text has an `age` or an `exp` within its words.
    return `(?:^|[^A-Za-z])(?i:${pattern})(?:$|[^a-z])|[a-z]${pattern.replace(/^./, (letter) => letter.toUpperCase())}(?:$|[^a-z])`;
  });
}

/**
 * Tells whether one of the words labels a value: as the name of its field, before it with no other value, sentence
 * or claimant between, or directly after it. Words as for {@link spoken}.
 */
export function labelled(words: readonly string[]): Labelled {
  let needles: readonly Needle[] | undefined;
  return (value, { before, after, key }) => {
    needles ??= toNeedles(words);
    if (key !== "" && endOfLast(plain(key.slice(0, LONGEST_KEY)), needles) >= 0) return true;
    const text = plainBefore(before);
    const end = endOfLast(text, needles);
    if (end >= 0 && !CALL.test(text.slice(0, end + 1)) && leadsTo(text.slice(end), value)) return true;
    const lead = TO_LABEL.exec(after.slice(0, 16).toLowerCase())?.[0].length;
    if (lead === undefined) return false;
    let rest = plain(after.slice(lead, lead + 48));
    for (let skipped = 0; skipped < 3; skipped++) {
      if (endOfLast(rest, needles, 0) >= 0) return true;
      rest = rest.slice(ONE_WORD.exec(rest)?.[0].length ?? rest.length);
    }
    return false;
  };
}

/** Tells whether a text ends with one of the words, so that what follows it is of that name. Words as for {@link spoken}. */
export function endsWithLabel(words: readonly string[]): (text: string) => boolean {
  let needles: readonly Needle[] | undefined;
  return (text) => {
    needles ??= toNeedles(words);
    const end = plain(text.slice(-LONGEST_KEY)).trimEnd();
    return endOfLast(end, needles) === end.length;
  };
}

/** Lower case, no accents, one space where words are joined by `_`, `-`, a dot or a capital letter. */
export function plain(text: string): string {
  let result = /\p{Ll}\p{Lu}/u.test(text) ? text.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2") : text;
  result = result.toLowerCase();
  if (!/^[\0-\x7f]*$/.test(result)) {
    result = result.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(UNDECOMPOSED, (letter) => PLAIN[letter] as string).normalize("NFC");
  }
  if (/[_'’-]/.test(result)) result = result.replace(/_|(?<=\p{L})['’-](?=\p{L})/gu, " ");
  if (result.includes(".")) result = result.replace(/(?<!\p{L}{3})(?<=\p{L}{1,3})\.(?=[\s\p{L}:])|(?<=\p{L})\.(?=\p{L})/gu, " ");
  return /\s\s|[\t\r]/.test(result) ? result.replace(/[^\S\n]+/g, " ") : result;
}

let lastText = "";
let lastPlain = "";

/** Several detectors ask about the same place, one after the other. */
function plainBefore(text: string): string {
  if (text !== lastText) [lastText, lastPlain] = [text, plain(text)];
  return lastPlain;
}

function toNeedles(words: readonly string[]): readonly Needle[] {
  return [...new Set(spoken(words).map(plain))].map((text) => ({ text, open: [UNSPACED.test(text.slice(0, 1)), UNSPACED.test(text.slice(-1))] }));
}

/** Where the last needle ends in a plain text, or -1. With `at`, only one that begins there counts. */
function endOfLast(text: string, needles: readonly Needle[], at?: number): number {
  let last = -1;
  for (const { text: word, open } of needles) {
    for (let start = text.lastIndexOf(word); start >= 0; start = start > 0 ? text.lastIndexOf(word, start - 1) : -1) {
      const end = start + word.length;
      const whole = (open[0] || !isLetter(text, start - 1)) && (open[1] || !isLetter(text, end) || (text[end] === "s" && !isLetter(text, end + 1)));
      if (!whole || (at !== undefined && start !== at)) continue;
      last = Math.max(last, end);
      break;
    }
  }
  return last;
}

function isLetter(text: string, index: number): boolean {
  return index >= 0 && index < text.length && /\p{L}/u.test(text[index] as string);
}

/** Whether what stands between a label and a value hands the label on. */
function leadsTo(gap: string, value: string): boolean {
  if (gap.includes("\n\n") || COMPETITORS.test(gap) || NEXT_SENTENCE.test(gap)) return false;
  const size = digitsIn(value);
  let end = 0;
  for (const { 0: run, index } of gap.matchAll(/\d(?:[ .\-/]?\d)*/g)) {
    if (digitsIn(run) < 4) continue;
    if (digitsIn(run) !== size) return false;
    end = index + run.length;
  }
  return end === 0 || BETWEEN_VALUES.test(gap.slice(end));
}

function digitsIn(text: string): number {
  return text.replace(/\D/g, "").length;
}
