import { MappedText, type Mapped } from "./mapped.ts";

/** What puts two texts together in a program: JavaScript, Python, Java; SQL; PHP and Perl; Visual Basic; Lua. */
const OPERATORS: readonly string[] = ["+", "||", "..", ".", "&"];
/** So much white space may stand on each side of it, in code units. */
const WIDEST = 16;
const QUOTES = "\"'`";
const QUOTE_CODES: readonly number[] = [...Buffer.from(QUOTES)];
/** Of the text before and behind a joint so much is looked at with it, in code units: how a key begins, and all of one. Joints that are nearer share one piece. */
const BEFORE = 64;
const BEHIND = 200;

/** Where {@link closesBefore} and {@link opensBehind} are asked: an operator and a quote. */
const SIGNS = "+|.&";
export const OPENINGS: readonly string[] = Array.from(QUOTES, (quote) => [...SIGNS].flatMap((sign) => [sign + quote, `${sign} ${quote}`])).flat();
export const CLOSINGS: readonly string[] = Array.from(QUOTES, (quote) => [...SIGNS].flatMap((sign) => [quote + sign, `${quote} ${sign}`])).flat();

/** Whether a quote closes before an operator and a quote that end before `end`. */
export function closesBefore(bytes: Uint8Array, end: number): boolean {
  let at = end - 2;
  if (bytes[at] === 0x20) at--;
  const sign = bytes[at--];
  if (bytes[at] === sign) at--;
  for (const least = Math.max(0, at - WIDEST); at > least && (bytes[at] as number) <= 0x20;) at--;
  return at >= 0 && QUOTE_CODES.includes(bytes[at] as number);
}

/** Whether a quote opens behind a quote and an operator that end before `end`. */
export function opensBehind(bytes: Uint8Array, end: number, size: number): boolean {
  let at = end;
  if (at < size && bytes[at] === bytes[at - 1]) at++;
  for (const most = Math.min(size, at + WIDEST); at < most && (bytes[at] as number) <= 0x20;) at++;
  return at < size && QUOTE_CODES.includes(bytes[at] as number);
}

/** Pieces of the text in which what a program would put together stands as one, `"gh" + "p_"` as `"ghp_"`. */
export function putAdded(text: string, from: number, to: number): readonly Mapped[] {
  const pieces: Mapped[] = [];
  let out: MappedText | undefined;
  let written = from;
  for (let at = from; at < to; at++) {
    if (!QUOTE_CODES.includes(text.charCodeAt(at))) continue;
    const next = behindJoint(text, at, to);
    if (next === at) continue;
    if (out && at - written > BEFORE + BEHIND) {
      out.copy(text, written, written + BEHIND);
      pieces.push(out.finish(written + BEHIND));
      out = undefined;
    }
    if (!out) {
      out = new MappedText(2 * BEHIND);
      written = Math.max(from, at - BEFORE);
    }
    out.copy(text, written, at);
    written = next;
    at = next - 1;
  }
  if (out) {
    const end = Math.min(to, written + BEHIND);
    out.copy(text, written, end);
    pieces.push(out.finish(end));
  }
  return pieces;
}

/** Behind a closing quote, an operator and an opening quote; `at` where that is not what stands there. */
function behindJoint(text: string, at: number, to: number): number {
  const sign = blankEnd(text, at + 1, to);
  const operator = OPERATORS.find((one) => text.startsWith(one, sign));
  if (operator === undefined) return at;
  const quote = blankEnd(text, sign + operator.length, to);
  return quote < to && QUOTE_CODES.includes(text.charCodeAt(quote)) ? quote + 1 : at;
}

function blankEnd(text: string, from: number, to: number): number {
  let end = from;
  while (end < to && end - from < WIDEST && text.charCodeAt(end) <= 0x20) end++;
  return end;
}
