/** How a tokenizer writes its tokens: as the characters of a word, or as its bytes, one character for each. */
export type Spelling = "characters" | "bytes";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a token may begin with that is not part of the word: `##` of WordPiece, `▁` (U+2581) of SentencePiece. */
const MARKS = /^(?:##|\u2581)/;

/**
 * Where each token of a word stands in it, in UTF-16 code units. Tokenizers normalise: case, accents and width may have
 * gone. Where that cannot be followed, each token is the whole word: too much is better than too little.
 *
 * @param unknown the token that stands for what the vocabulary does not have
 */
export function align(word: string, tokens: readonly string[], unknown: string, spelling: Spelling): Span[] {
  return spelling === "bytes" ? alignBytes(word, tokens) : alignCharacters(word, tokens, unknown);
}

function alignCharacters(word: string, tokens: readonly string[], unknown: string): Span[] {
  const { text, places } = folded(word);
  const spans: Span[] = [];
  let at = 0;
  let waiting = 0;
  const settle = (to: number): void => {
    for (; waiting > 0; waiting--) spans.push({ start: places[at] as number, end: places[to] as number });
  };
  for (const token of tokens) {
    if (token === unknown) {
      waiting++;
      continue;
    }
    const { text: wanted } = folded(token.replace(MARKS, ""));
    const found = text.indexOf(wanted, at);
    if (found < 0) return tokens.map(() => ({ start: 0, end: word.length }));
    settle(found);
    at = found + wanted.length;
    spans.push({ start: places[found] as number, end: places[at] as number });
  }
  settle(text.length);
  return spans;
}

/** As it compares, and for each code unit of that where it came from; one place more than there are code units. */
function folded(word: string): { readonly text: string; readonly places: readonly number[] } {
  const places: number[] = [];
  let text = "";
  let at = 0;
  for (const char of word) {
    const part = char.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    for (let count = 0; count < part.length; count++) places.push(at);
    text += part;
    at += char.length;
  }
  places.push(word.length);
  return { text, places };
}

/** One character for one byte; a blank before the word is a byte of the first token. */
function alignBytes(word: string, tokens: readonly string[]): Span[] {
  const starts: number[] = [];
  let at = 0;
  for (const char of word) {
    for (let byte = Buffer.byteLength(char); byte > 0; byte--) starts.push(at);
    at += char.length;
  }
  const total = tokens.reduce((sum, token) => sum + token.length, 0);
  let byte = starts.length - total;
  if (byte < -1 || byte > 0) return tokens.map(() => ({ start: 0, end: word.length }));
  return tokens.map((token) => {
    const [from, to] = [Math.max(byte, 0), byte + token.length];
    byte = to;
    // A token may end within a character; the whole of it counts.
    let end = to;
    while (end > 0 && end < starts.length && starts[end] === starts[end - 1]) end++;
    return { start: starts[from] ?? word.length, end: starts[end] ?? word.length };
  });
}
