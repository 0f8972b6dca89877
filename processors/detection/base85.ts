/** Value of each character, by its code; 85 for what is no digit. */
type Alphabet = Uint8Array;

const NONE = 85;
/** Adobe's, also of `btoa` (PostScript Language Reference, ASCII85Decode); ZeroMQ's (RFC 32); RFC 1924's, as Git and Python use it. */
const ASCII85: Alphabet = alphabet(String.fromCharCode(...Array.from({ length: 85 }, (_, value) => 0x21 + value)));
const Z85: Alphabet = alphabet("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#");
const RFC1924: Alphabet = alphabet("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~");

/** Every reading of a text in base 85, as bytes; without white space and the marks `<~ ~>`. */
export function base85Readings(text: string): readonly Buffer[] {
  return [ASCII85, Z85, RFC1924].map((digits) => decode(digits, text)).filter((bytes) => bytes !== undefined);
}

function alphabet(chars: string): Alphabet {
  const values = new Uint8Array(128).fill(NONE);
  for (let value = 0; value < chars.length; value++) values[chars.charCodeAt(value)] = value;
  return values;
}

/** Five digits are four bytes, the first digit being the highest; of n digits at the end the missing ones are the highest, and n - 1 bytes count. */
function decode(digits: Alphabet, text: string): Buffer | undefined {
  const out = Buffer.allocUnsafe(Math.ceil(text.length / 5) * 4);
  let length = 0;
  for (let at = 0; at < text.length; at += 5) {
    const count = Math.min(5, text.length - at);
    if (count === 1) return undefined;
    let value = 0;
    for (let index = 0; index < 5; index++) {
      const digit = index < count ? (digits[text.charCodeAt(at + index)] ?? NONE) : NONE - 1;
      if (digit === NONE) return undefined;
      value = value * NONE + digit;
    }
    if (value > 0xffffffff) return undefined;
    out.writeUInt32BE(value, length);
    length += count - 1;
  }
  return out.subarray(0, length);
}
