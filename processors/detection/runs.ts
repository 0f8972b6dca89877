/** What a byte can be part of. */
const DIGIT = 1;
const SEPARATOR = 2;
const ALPHABET = 4;

const CLASSES = new Uint8Array(256);
/** Value of a base64 or base64url digit, of one of base32 (RFC 4648), of a hexadecimal digit; 255 for what is none. */
const BASE64 = new Uint8Array(256).fill(255);
const BASE32 = new Uint8Array(256).fill(255);
const HEX = new Uint8Array(256).fill(255);
/** How gzip (RFC 1952) begins in base64. */
const GZIP: readonly number[] = [...Buffer.from("H4sI")];
for (const [value, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries()) BASE64[char.charCodeAt(0)] = value;
BASE64[0x2d] = 62;
BASE64[0x5f] = 63;
for (const [value, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"].entries()) BASE32[char.charCodeAt(0)] = value;
for (let value = 0; value < 16; value++) for (const char of [value.toString(16), value.toString(16).toUpperCase()]) HEX[char.charCodeAt(0)] = value;
for (let byte = 0; byte < 256; byte++) CLASSES[byte] = (byte >= 0x30 && byte <= 0x39 ? DIGIT : 0) | (BASE64[byte] === 255 ? 0 : ALPHABET);
for (const char of " ./-") CLASSES[char.charCodeAt(0)] = (CLASSES[char.charCodeAt(0)] as number) | SEPARATOR;

/** Shortest text in base64, and in hex, that is looked into, in characters: eight bytes. */
const LEAST_ENCODED = 11;
const LEAST_HEX = 16;
/** Shortest in base32, and characters of it that hold what is decoded to see whether it is text. */
const LEAST_BASE32 = 16;
const PROBE_BASE32 = 13;
/** Bytes between two places at which is looked for letters that stand one by one: six of them are eleven bytes, with three signs that have others on both sides. */
const SPACED_STEP = 6;
/** So far before and behind such a sign is looked. */
const SPACED_REACH = 4;
/** Bytes of it that are decoded to see whether it is text: of random bytes one in three thousand is. */
const PROBE = 8;

const probe = new Uint8Array(PROBE + 1);
const probed = probe.subarray(0, PROBE);

/**
 * Runs of at least `least` digits with nothing or single spaces, dots, dashes or slashes between them, in UTF-8,
 * as pairs of start and end; those with fewer than `bare` only behind a letter.
 */
export function findDigits(bytes: Uint8Array, size: number, least: number, bare: number, into: number[]): void {
  // Of any two characters of a run one is a digit, and a run is at least `least` characters long.
  const step = Math.max(1, least - 1);
  let done = 0;
  for (let at = step - 1; at < size; at += step) {
    // The digits of ASCII are 0x30 to 0x39.
    const here = ((bytes[at] as number) ^ 0x30) < 10 ? at : at + 1 < size && ((bytes[at + 1] as number) ^ 0x30) < 10 ? at + 1 : -1;
    if (here < done) continue;
    let [start, end, count] = [here, here + 1, 1];
    for (; start > 0; count++) {
      if (is(bytes, start - 1, DIGIT)) start--;
      else if (start > 1 && is(bytes, start - 1, SEPARATOR) && is(bytes, start - 2, DIGIT)) start -= 2;
      else break;
    }
    for (; end < size; count++) {
      if (is(bytes, end, DIGIT)) end++;
      else if (end + 1 < size && is(bytes, end, SEPARATOR) && is(bytes, end + 1, DIGIT)) end += 2;
      else break;
    }
    if (count >= bare || (count >= least && start > 0 && CLASSES[bytes[start - 1] as number] === ALPHABET)) into.push(start, end);
    done = end;
  }
}

/** Whether six characters stand one by one somewhere, with spaces or other equal signs between them. */
export function findSpaced(bytes: Uint8Array, size: number): boolean {
  // Every other byte of such a stretch is that sign: of two neighbours one is, in any place of it.
  for (let at = SPACED_REACH; at + 3 < size; at += SPACED_STEP) if ((bytes[at] === bytes[at + 2] && alternates(bytes, at)) || (bytes[at + 1] === bytes[at + 3] && alternates(bytes, at + 1))) return true;
  return false;
}

/** Whether a sign stands there, two bytes before and behind it, and once more, and others between them. */
function alternates(bytes: Uint8Array, at: number): boolean {
  const sign = bytes[at] as number;
  if (bytes[at - 2] !== sign || bytes[at + 2] !== sign || bytes[at - 1] === sign || bytes[at + 1] === sign) return false;
  return (bytes[at - 4] === sign || bytes[at + 4] === sign) && isSign(sign);
}

/** Stretches of base64, base64url, base32 or hex in UTF-8 that seem to be text, or gzip, when they are decoded, as pairs of start and end. */
export function findEncoded(bytes: Uint8Array, size: number, into: number[]): void {
  let done = 0;
  for (let at = LEAST_ENCODED - 1; at < size; at += LEAST_ENCODED) {
    if (at < done || !is(bytes, at, ALPHABET)) continue;
    let [start, end] = [at, at + 1];
    while (start > done && is(bytes, start - 1, ALPHABET)) start--;
    while (end < size && is(bytes, end, ALPHABET)) end++;
    done = end;
    // What stands before a separator may be a path or a name that the encoded text was hung onto.
    for (let from = start; end - from >= LEAST_ENCODED; from++) {
      if (from > start && (CLASSES[bytes[from - 1] as number] as number) === ALPHABET && (BASE64[bytes[from - 1] as number] as number) < 62) continue;
      if (!seemsHex(bytes, from) && !seemsBase64(bytes, from) && !(end - from >= LEAST_BASE32 && seemsBase32(bytes, from))) continue;
      into.push(from, end);
      break;
    }
  }
}

/** Bytes at the beginning of decoded data that are text in UTF-8. */
export function textualPrefix(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] as number;
    if (byte < 0x80) {
      if ((byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 0x7f) return at;
      at++;
    } else {
      const width = byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
      if (width === 0) return at;
      // A character that is cut off by the end is text as far as one can see.
      for (let next = at + 1; next < at + width && next < bytes.length; next++) if (((bytes[next] as number) & 0xc0) !== 0x80) return at;
      at += width;
    }
  }
  return bytes.length;
}

/** Text in UTF-16 with a zero byte after each ASCII character, as PowerShell takes its encoded commands. */
export function seemsUtf16(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  for (let at = 0; at < 8; at += 2) if (bytes[at + 1] !== 0 || (bytes[at] as number) < 9 || (bytes[at] as number) > 0x7e) return false;
  return true;
}

export function seemsHex(bytes: Uint8Array, from: number): boolean {
  if (from + LEAST_HEX > bytes.length) return false;
  for (let index = 0; index < PROBE; index++) {
    const [high, low] = [HEX[bytes[from + 2 * index] as number] as number, HEX[bytes[from + 2 * index + 1] as number] as number];
    if (high === 255 || low === 255) return false;
    probe[index] = (high << 4) | low;
  }
  return textualPrefix(probed) === PROBE || seemsUtf16(probed);
}

/** Whether base32 stands there, in capitals, that begins with text. */
export function seemsBase32(bytes: Uint8Array, from: number): boolean {
  if (from + LEAST_BASE32 > bytes.length) return false;
  let [bits, value, written] = [0, 0, 0];
  for (let at = from; at < from + PROBE_BASE32; at++) {
    const digit = BASE32[bytes[at] as number] as number;
    if (digit === 255) return false;
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) probe[written++] = value >> (bits -= 8);
  }
  return textualPrefix(probed) === PROBE;
}

/** The bytes that base32 stands for, as far as its digits go. */
export function fromBase32(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(Math.ceil((bytes.length * 5) / 8));
  let [bits, value, written] = [0, 0, 0];
  for (let at = 0; at < bytes.length && BASE32[bytes[at] as number] !== 255; at++) {
    value = ((value << 5) | (BASE32[bytes[at] as number] as number)) & 0xfff;
    bits += 5;
    if (bits >= 8) out[written++] = value >> (bits -= 8);
  }
  return out.subarray(0, written);
}

/** Looks at the first characters of a run of at least {@link LEAST_ENCODED}. */
function seemsBase64(bytes: Uint8Array, from: number): boolean {
  for (let group = 0; group * 3 < PROBE; group++) {
    const at = from + 4 * group;
    // The last character of the last group is beyond what is looked at.
    const last = group * 3 + 3 > PROBE ? 0 : (BASE64[bytes[at + 3] as number] as number);
    const bits = ((BASE64[bytes[at] as number] as number) << 18) | ((BASE64[bytes[at + 1] as number] as number) << 12) | ((BASE64[bytes[at + 2] as number] as number) << 6) | last;
    probe[3 * group] = bits >> 16;
    probe[3 * group + 1] = bits >> 8;
    probe[3 * group + 2] = bits;
    // Nearly everything ends here.
    if (group === 0 && probe[1] !== 0 && !isTextByte(probe[0] as number)) return GZIP.every((byte, index) => bytes[from + index] === byte);
  }
  return textualPrefix(probed) === PROBE || seemsUtf16(probed);
}

/** Whether a text may begin with a byte. */
function isTextByte(byte: number): boolean {
  return byte < 0x80 ? byte >= 0x20 || byte === 9 || byte === 10 || byte === 13 : byte >= 0xc2 && byte < 0xf5;
}

/** A space, or a sign of ASCII. */
function isSign(byte: number): boolean {
  const letter = byte | 0x20;
  return byte >= 0x20 && byte < 0x7f && (byte ^ 0x30) >= 10 && (letter < 0x61 || letter > 0x7a);
}

function is(bytes: Uint8Array, at: number, kind: number): boolean {
  return ((CLASSES[bytes[at] as number] as number) & kind) !== 0;
}
