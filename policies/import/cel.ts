/** Writes conditions. @module */

/** Longest condition that a rule takes, in characters. */
export const MAX_CONDITION = 4_096;

/** A text as a literal. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function quoteAll(texts: readonly string[]): string {
  return `[${texts.map(quote).join(", ")}]`;
}

/** `value` is one of the texts. */
export function isOneOf(value: string, texts: readonly string[]): string {
  return texts.length === 1 ? `${value} == ${quote(texts[0] as string)}` : `${value} in ${quoteAll(texts)}`;
}

export function isNoneOf(value: string, texts: readonly string[]): string {
  return texts.length === 1 ? `${value} != ${quote(texts[0] as string)}` : `!(${value} in ${quoteAll(texts)})`;
}

/** Splits texts so that each part fits into a condition with `room` characters to spare. */
export function chunks(texts: readonly string[], room: number): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let left = 0;
  for (const text of texts) {
    const length = quote(text).length + 2;
    if (parts.length === 0 || length > left) {
      parts.push([]);
      left = MAX_CONDITION - room;
    }
    parts.at(-1)?.push(text);
    left -= length;
  }
  return parts;
}
