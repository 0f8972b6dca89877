import { constants, gunzipSync } from "node:zlib";
import { fromBase32, seemsBase32, seemsHex, seemsUtf16, textualPrefix } from "./runs.ts";

/** Fewest bytes of text for which the rest of a token is not looked at. */
const LEAST_TEXT = 8;
/** What unpacks to more bytes is not looked into. */
const MOST_UNPACKED = 1 << 20;
/** RFC 2047: longest encoded word is 75 characters; what is longer is read by most. */
const LONGEST_WORD = 4_096;

/** What a token of base64, base64url, base32 or hex says, as far as it is text. */
export function decodeToken(token: string): string | undefined {
  const raw = Buffer.from(token, "latin1");
  return (seemsHex(raw, 0) ? textIn(Buffer.from(token, "hex")) : undefined) ?? (seemsBase32(raw, 0) ? textIn(fromBase32(raw)) : undefined) ?? textIn(Buffer.from(token, "base64"));
}

/** Whether a token is base64 of something that gzip packed (RFC 1952). */
export function isPacked(token: string): boolean {
  return token.startsWith("H4sI");
}

/** What such a token says, as far as it is text; null where it is more than is looked into. */
export function unpackToken(token: string): string | null | undefined {
  try {
    // What is cut off is read as far as it goes.
    return textIn(gunzipSync(Buffer.from(token, "base64"), { maxOutputLength: MOST_UNPACKED, finishFlush: constants.Z_SYNC_FLUSH }));
  } catch (thrown) {
    return thrown instanceof RangeError ? null : undefined;
  }
}

/** One encoded word of a mail header, `=?utf-8?Q?caf=C3=A9?=`, that begins at `at`: what it says, and where it ends. */
export function decodeWord(text: string, at: number, to: number): { readonly text: string; readonly end: number } | undefined {
  const charset = text.indexOf("?", at + 2);
  if (charset < 0 || charset - at > 40) return undefined;
  const encoding = text.slice(charset + 1, charset + 3).toUpperCase();
  const bytes = encoding === "B?" ? "base64" : encoding === "Q?" ? "quoted" : undefined;
  if (!bytes) return undefined;
  let end = charset + 3;
  while (end < to && end - at < LONGEST_WORD && text.charCodeAt(end) !== 0x3f) end++;
  if (end + 1 >= to || text.charCodeAt(end) !== 0x3f || text.charCodeAt(end + 1) !== 0x3d) return undefined;
  const content = text.slice(charset + 3, end);
  const decoded = bytes === "base64" ? Buffer.from(content, "base64") : Buffer.from(content.replaceAll("_", " ").replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), "latin1");
  return { text: decoded.toString("utf8"), end: end + 2 };
}

function textIn(bytes: Buffer): string | undefined {
  if (seemsUtf16(bytes)) return bytes.toString("utf16le");
  const length = textualPrefix(bytes);
  return length >= LEAST_TEXT ? bytes.toString("utf8", 0, length) : undefined;
}
