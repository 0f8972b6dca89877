/** Shorter texts are values, whatever they say. */
const SHORT = 400;
const FEW_LINES = 4;
/** Words of a text that is written for people, at least; and characters per word, at most. */
const FEW_WORDS = 16;
const LONG_WORDS = 16;
/** What stands this close to the end of a document may still break out of where the document goes. */
const TAIL = 160;

/**
 * From where on a text of unknown meaning is taken at its word: 0 for a value. In a document (a mail, a page,
 * instructions) the pieces of code are quotations, and only what it ends with can go on as code in the program
 * that takes it; with fenced code in it, nothing can.
 */
export function seriousFrom(text: string): number {
  const fenced = text.includes("```");
  if (text.length < SHORT && !fenced && countUpTo(text, "\n", FEW_LINES) < FEW_LINES) return 0;
  if (fenced) return text.length;
  const words = countWords(text);
  return words >= FEW_WORDS && words * LONG_WORDS >= text.length ? text.length - TAIL : 0;
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
