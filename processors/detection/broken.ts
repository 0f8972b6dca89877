import { MappedText, type Mapped } from "./mapped.ts";

/** What may take part in a key is joined to so many code units. */
const LONGEST = 200;
/** So many signs in a row still stand between two parts of one key. */
const WIDEST = 4;
/** Lines over which a key may be told, and code units of each that are looked at. */
const MOST_LINES = 32;
const WIDEST_LINE = 256;
const LONGEST_LABEL = 24;
/** Labels before one line: `[3] user: - `. */
const MOST_LABELS = 3;

/** Signs that are put between the parts of a key. Not those of paths, lists, sentences and assignments: between words they stand anyway. */
const FILLINGS = " .*+~|#^$%";
/** What follows the beginning of such a key. */
const PURPOSE = /^[spr]k[-_](?:live|test|prod|production|sandbox|staging|proj|ant|svcacct|admin)/i;
const PURPOSES: ReadonlySet<string> = new Set(["live", "test", "prod", "production", "sandbox", "staging", "proj", "ant", "svcacct", "admin"]);

/** How a kind of key is written. */
interface Kind {
  /** What joins its beginning to the rest. */
  readonly joint: string;
  /** The length of one, in characters; the least, where they are not `fixed`. */
  readonly whole: number;
  readonly fixed: boolean;
  /** What it is for stands behind its beginning. */
  readonly purpose: boolean;
}

const STRIPE: Kind = { joint: "-", whole: 24, fixed: false, purpose: true };
const GITHUB: Kind = { joint: "_", whole: 40, fixed: true, purpose: false };
const SLACK: Kind = { joint: "-", whole: 30, fixed: false, purpose: false };
const GITLAB: Kind = { joint: "-", whole: 26, fixed: false, purpose: false };
const AWS: Kind = { joint: "", whole: 20, fixed: true, purpose: false };
const GOOGLE: Kind = { joint: "", whole: 39, fixed: true, purpose: false };

/** Beginning, in lower case → kind. */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...["sk", "pk", "rk"].map((text) => [text, STRIPE] as const), ...["ghp", "gho", "ghu", "ghs", "ghr"].map((text) => [text, GITHUB] as const),
  ...["xoxb", "xoxp", "xoxa", "xoxs"].map((text) => [text, SLACK] as const), ["glpat", GITLAB], ["akia", AWS], ["aiza", GOOGLE],
]);
/** The same as one pattern; each branch is text. */
const BEGINNING = new RegExp(`(?<![A-Za-z0-9])(?:${Array.from(KINDS, ([text, { joint }]) => (joint === "" ? text : `${text}(?![A-Za-z0-9])`)).join("|")})`, "gi");

/** Texts at which {@link beginsBroken} is asked. The shortest beginnings stand in many words; the sign behind them tells. */
export const CUES: readonly { readonly text: string; readonly whole: number }[] = Array.from(KINDS, ([text, { whole }]) => (text.length > 2 ? [text] : Array.from(`-_\r\n${FILLINGS}`, (sign) => text + sign)).map((cue) => ({ text: cue, whole }))).flat();

/** Whether a cue of `length` bytes that ends before `end` begins a key, and less than one stands there in one piece, and more text behind it. */
export function beginsBroken(bytes: Uint8Array, end: number, size: number, length: number, whole: number): boolean {
  const start = end - length;
  if (start > 0 && isAlphanumeric(bytes[start - 1] as number)) return false;
  let at = start;
  while (at < size && isPart(bytes[at] as number)) if (++at - start >= whole) return false;
  return at < size;
}

/** Keys whose parts stand apart, `sk - live - 1a2B…`, `AKIA IOSF ODNN…`, or at the ends of lines of their own, put together as they are written. */
export function putTogether(text: string, from: number, to: number): readonly Mapped[] {
  const pieces: Mapped[] = [];
  const own = text.slice(from, to);
  BEGINNING.lastIndex = 0;
  for (let found = BEGINNING.exec(own); found; found = BEGINNING.exec(own)) {
    const kind = KINDS.get(found[0].toLowerCase()) as Kind;
    const start = from + found.index;
    const end = start + found[0].length;
    const [inLine, reached] = apart(text, start, end, to, kind);
    if (inLine) pieces.push(inLine);
    const [overLines, last] = inLine ? [[], reached] : acrossLines(text, start, to, kind);
    pieces.push(...overLines);
    BEGINNING.lastIndex = Math.max(end, reached, last) - from;
  }
  return pieces;
}

/** The parts behind a beginning that the same signs keep apart; and how far was looked. */
function apart(text: string, start: number, behind: number, to: number, { joint, fixed, whole, purpose }: Kind): readonly [Mapped | undefined, end: number] {
  let out: MappedText | undefined;
  let [end, groups, before, broken] = [behind, 0, behind - start, false];
  let filling: string | undefined;
  while (!out || out.length < (fixed ? whole : LONGEST)) {
    let at = end;
    while (at < to && at - end <= WIDEST && !isAlphanumeric(text.charCodeAt(at))) at++;
    let next = at;
    while (next < to && next - at < LONGEST && isAlphanumeric(text.charCodeAt(next))) next++;
    if (next === at) break;
    const between = text.slice(end, at);
    const group = text.slice(at, next);
    const dash = between.search(/[-_]/);
    const bare = between.replace(/[-_]/g, "");
    // With a space on each side.
    const signs = bare.length > 2 && bare.startsWith(" ") && bare.endsWith(" ") && bare.trim() !== "" ? bare.trim() : bare;
    if (purpose && groups === 0 && !PURPOSES.has(group.toLowerCase())) break;
    if (signs !== "") {
      const sign = signs[0] as string;
      if (!FILLINGS.includes(sign) || signs !== sign.repeat(signs.length) || sign !== (filling ?? sign)) break;
      // One full stop joins names, one space joins words.
      if (sign === "." && signs.length < 2 && dash < 0) break;
      if (sign === " " && dash < 0 && groups + Number(joint === "") > 0 && !/\d/.test(group) && group.length !== before) break;
      filling = sign;
    }
    broken ||= signs !== "" || between.length > 1;
    if (!out) {
      out = new MappedText(LONGEST);
      out.copy(text, start, behind);
    }
    if (groups === 0 && joint !== "") out.push(joint.charCodeAt(0), end);
    else if (purpose && groups === 1) out.push(0x2d, end);
    else if (dash >= 0) out.push(between.charCodeAt(dash), end + dash);
    out.copy(text, at, next);
    [end, before] = [next, next - at];
    groups++;
  }
  return [out && broken && groups > Number(purpose) ? out.finish(end) : undefined, end];
}

/** The rest of a key that ends with its line, in the lines behind it that are one word but for their labels; what else is said in between is passed over. */
function acrossLines(text: string, start: number, to: number, { fixed, whole, purpose }: Kind): readonly [readonly Mapped[], end: number] {
  const first = wordEnd(text, start, to);
  const parts: { start: number; end: number; plain: boolean }[] = [{ start, end: first, plain: false }];
  let length = first - start;
  let at = first;
  while (at < to && at - first < WIDEST && isBlank(text.charCodeAt(at))) at++;
  if (at >= to || text.charCodeAt(at) !== 0x0a) return [[], first];
  for (let lines = 0; lines < MOST_LINES && at < to && length < (fixed ? whole : LONGEST); lines++) {
    const end = lineEnd(text, at + 1, Math.min(to, at + 1 + WIDEST_LINE));
    const begin = afterLabels(text, at + 1, end);
    const stop = wordEnd(text, begin, end);
    if (stop > begin && text.slice(stop, end).trim() === "") {
      parts.push({ start: begin, end: stop, plain: /^[a-z]+$/.test(text.slice(begin, stop)) });
      length += stop - begin;
    }
    at = end;
    // A line that is longer is no part of a list of crumbs.
    if (at < to && text.charCodeAt(at) !== 0x0a) break;
  }
  // A small word may be a part or a remark.
  const ways = parts.some(({ plain }) => plain) ? [parts, parts.filter(({ plain }) => !plain)] : [parts];
  const pieces = ways.filter((way) => way.length > 1).map((way) => {
    const out = new MappedText(LONGEST);
    for (const part of way) out.copy(text, part.start, part.end);
    return out.finish((way.at(-1) as { end: number }).end);
  });
  return [pieces.filter((piece) => !purpose || PURPOSE.test(piece.text)), at];
}

/** Behind `T1: `, `line 2: `, `[3] `, `4) `, `- `, `> ` and up to three of them. */
function afterLabels(text: string, from: number, to: number): number {
  let at = from;
  for (let labels = 0; labels <= MOST_LABELS; labels++) {
    while (at < to && isBlank(text.charCodeAt(at))) at++;
    const end = labels < MOST_LABELS ? labelEnd(text, at, to) : at;
    if (end === at) break;
    at = end;
  }
  return at;
}

function labelEnd(text: string, at: number, to: number): number {
  if ("-*>#|\u2022".includes(text[at] as string) && isBlank(text.charCodeAt(at + 1))) return at + 1;
  let end = at + Number("[(".includes(text[at] as string));
  const digits = end;
  while (end < to && end - at < LONGEST_LABEL && isDigit(text.charCodeAt(end))) end++;
  if (end > digits && ").]".includes(text[end] as string)) return end + 1;
  for (end = at; end < to && end - at < LONGEST_LABEL; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x3a) return end > at ? end + 1 : at;
    if (!isAlphanumeric(code) && code < 0x80 && !" _#[]().-".includes(text[end] as string)) break;
  }
  return at;
}

function wordEnd(text: string, from: number, to: number): number {
  let end = from;
  while (end < to && end - from < LONGEST && isPart(text.charCodeAt(end))) end++;
  return end;
}

function lineEnd(text: string, from: number, to: number): number {
  let end = from;
  while (end < to && text.charCodeAt(end) !== 0x0a) end++;
  return end;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 9 || code === 0x0d;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isAlphanumeric(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

function isPart(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2d || code === 0x5f;
}
