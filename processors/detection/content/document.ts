/** Shorter texts are values, whatever they say. */
const SHORT = 400;
const FEW_LINES = 4;
/** Words of a text that is written for people, at least; and characters per word, at most. */
const FEW_WORDS = 16;
const LONG_WORDS = 16;
/** What stands this close to the end of a document may still break out of where the document goes. */
const TAIL = 160;
const FENCE = "```";

/**
 * From where on a text of unknown meaning is taken at its word: 0 for a value. In a document (a mail, a page,
 * instructions) the pieces of code are quotations, and only what it ends with can go on as code in the program
 * that takes it; fenced code never does.
 */
export function seriousFrom(text: string): number {
  const fenced = endOfFences(text);
  if (fenced > 0) return fenced;
  if (text.length < SHORT && countUpTo(text, "\n", FEW_LINES) < FEW_LINES) return 0;
  const words = countWords(text);
  return words >= FEW_WORDS && words * LONG_WORDS >= text.length ? text.length - TAIL : 0;
}

/** Behind the last of the fences that stand at the beginning of a line; 0 where there are not two of them. */
function endOfFences(text: string): number {
  const last = text.lastIndexOf(`\n${FENCE}`);
  if (last < 0 || (!text.startsWith(FENCE) && text.indexOf(`\n${FENCE}`) === last)) return 0;
  const end = text.indexOf("\n", last + 1);
  return end < 0 ? text.length : end;
}

function countUpTo(text: string, char: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(char); at >= 0 && count < most; at = text.indexOf(char, at + 1)) count++;
  return count;
}

function countWords(text: string): number {
  let words = 0;
  let inside = false;
  for (let at = 0; at < text.length; at++) {
    const blank = text.charCodeAt(at) <= 32;
    if (inside && blank) words++;
    inside = !blank;
  }
  return words + (inside ? 1 : 0);
}
