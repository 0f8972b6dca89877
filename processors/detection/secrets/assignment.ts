/**
 * RE2 syntax for what stands between a name and its value where people and machines write settings: `=`, `:`,
 * `:=`, `=>`, quotes on either side, also quotes that are escaped because the text is JSON inside JSON.
 */
export const ASSIGNED: string = String.raw`\\?["'\x60]?\]?[ \t]{0,4}(?::=|=>|\?=|=|:)\s{0,4}\\?["'\x60]?`;

/** What may follow a value: the end, white space, a quote, or a character that ends a word in prose, URLs and markup. */
export const ENDED: string = String.raw`(?:[\s"'\x60\\;,)\]}<>&|]|[.!?](?:\s|$)|$)`;
