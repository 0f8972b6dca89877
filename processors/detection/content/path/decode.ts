/** A text after its encodings were taken off, and what had to be done for it. */
interface Decoded {
  readonly text: string;
  /** Rounds of percent decoding that changed something. */
  readonly rounds: number;
  /** An encoding that no honest client writes: overlong UTF-8, `%u2215`, a percent sign that hides another. */
  readonly unusual: boolean;
}

/** Nested encodings that are taken off; what is still encoded then is told as unusual. */
const MAX_ROUNDS = 5;

/** Characters that some file system or parser takes for a slash, backslash or dot. */
const TWINS: Readonly<Record<string, string>> = {
  "\uff0f": "/", "\u2215": "/", "\u2044": "/", "\u29f8": "/", "\u3033": "/", "\uff3c": "\\", "\u2216": "\\", "\u29f5": "\\", "\ufe68": "\\",
  "\uff0e": ".", "\u2024": ".", "\u3002": ".", "\u2025": "..", "\u2026": "...",
};

/**
 * Percent decoding as often as it changes something, including what strict decoders refuse: overlong UTF-8
 * (`%c0%af`, CWE-176), IIS `%u002e`, and nested percent signs (`%%32%65`).
 */
export function decodePercent(text: string): Decoded {
  let current = text;
  let rounds = 0;
  let unusual = false;
  while (rounds < MAX_ROUNDS && current.includes("%")) {
    const round = decodeOnce(current);
    if (round.text === current) break;
    current = round.text;
    unusual ||= round.unusual;
    rounds++;
  }
  return { text: current, rounds, unusual: unusual || rounds === MAX_ROUNDS };
}

/** Full-width and look-alike slashes and dots as the ASCII ones; undefined when there are none. */
export function foldTwins(text: string): string | undefined {
  let folded: string | undefined;
  let kept = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) < 0x2024) continue;
    const twin = TWINS[text[at] as string];
    if (twin === undefined) continue;
    folded = (folded ?? "") + text.slice(kept, at) + twin;
    kept = at + 1;
  }
  return folded === undefined ? undefined : folded + text.slice(kept);
}

function decodeOnce(text: string): { readonly text: string; readonly unusual: boolean } {
  const bytes: number[] = [];
  let result = "";
  let unusual = false;
  const flush = (): void => {
    if (bytes.length === 0) return;
    const piece = utf8(bytes);
    result += piece.text;
    unusual ||= piece.overlong;
    bytes.length = 0;
  };
  for (let index = 0; index < text.length; ) {
    if (text.charCodeAt(index) !== 0x25) {
      flush();
      const percent = text.indexOf("%", index);
      const end = percent < 0 ? text.length : percent;
      result += text.slice(index, end);
      index = end;
      continue;
    }
    const byte = hex(text, index + 1, 2);
    if (byte >= 0) {
      bytes.push(byte);
      index += 3;
      continue;
    }
    flush();
    const next = text.charCodeAt(index + 1);
    const wide = (next | 32) === 0x75 ? hex(text, index + 2, 4) : -1;
    if (wide >= 0) {
      unusual = true;
      result += String.fromCharCode(wide);
      index += 6;
    } else {
      if (next === 0x25 && hex(text, index + 2, 2) >= 0) unusual = true;
      result += "%";
      index++;
    }
  }
  flush();
  return { text: result, unusual };
}

/** Bytes as text; overlong and broken sequences are read the lenient way. */
function utf8(bytes: readonly number[]): { readonly text: string; readonly overlong: boolean } {
  let text = "";
  let overlong = false;
  for (let index = 0; index < bytes.length; ) {
    const first = bytes[index++] as number;
    const more = first >= 0xfc ? 5 : first >= 0xf8 ? 4 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    let code = more === 0 ? first : first & (0x3f >> more);
    let taken = 0;
    // Some decoders only look at the low bits of what follows, so %c0%2f is a slash as well.
    while (taken < more && index < bytes.length && ((bytes[index] as number) & 0xc0) === 0x80) {
      code = code * 64 + ((bytes[index++] as number) & 0x3f);
      taken++;
    }
    if (more > 0 && taken < more) {
      text += String.fromCharCode(first);
      continue;
    }
    overlong ||= more > 0 && code < [0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000][more]!;
    text += code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
  }
  return { text, overlong };
}

function hex(text: string, from: number, length: number): number {
  let value = 0;
  for (let index = from; index < from + length; index++) {
    const code = text.charCodeAt(index);
    const letter = code | 32;
    const digit = code >= 48 && code <= 57 ? code - 48 : letter >= 97 && letter <= 102 ? letter - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
