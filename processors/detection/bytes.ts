import { isUtf8 } from "node:buffer";

/** Bytes that are read to see whether what is no UTF-8 is text all the same. */
const SAMPLE = 512;
/** Least part of them that is printable ASCII in a text of another encoding. */
const MOSTLY = 0.7;

/** Bytes as text, and the encoding that makes the bytes of it again. */
export interface BytesText {
  readonly text: string;
  readonly encoding: "utf8" | "utf16le" | "latin1";
  /** Not all of it is text: what is no UTF-8 was read byte by byte. */
  readonly damaged: boolean;
}

/** The same memory as a buffer. */
export function bufferOf(value: ArrayBufferView | ArrayBufferLike): Buffer {
  return ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value);
}

/**
 * Reads bytes as text: UTF-8, or UTF-16 with a byte order mark. Undefined for what is neither and does not look like text.
 *
 * @param cut there is more, so that the last character may be incomplete
 */
export function textOf(bytes: Buffer, cut = false): BytesText | undefined {
  if (bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe) return { text: bytes.toString("utf16le"), encoding: "utf16le", damaged: false };
  const whole = cut ? bytes.subarray(0, completeEnd(bytes)) : bytes;
  if (isUtf8(whole)) return { text: whole.toString("utf8"), encoding: "utf8", damaged: false };
  const sample = bytes.subarray(0, SAMPLE);
  let printable = 0;
  for (const byte of sample) if ((byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13) printable++;
  return printable >= sample.length * MOSTLY ? { text: bytes.toString("latin1"), encoding: "latin1", damaged: true } : undefined;
}

/** The bytes of a text in an object of the kind that the original was. */
export function bytesLike(original: object, text: string, encoding: BytesText["encoding"]): unknown {
  const bytes = Buffer.from(text, encoding);
  if (Buffer.isBuffer(original)) return bytes;
  const memory = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  if (!ArrayBuffer.isView(original)) return memory;
  if (original instanceof DataView) return new DataView(memory);
  // A view of wider elements may not come out even; then it is plain bytes.
  const { constructor } = Object.getPrototypeOf(original) as { constructor: new (memory: ArrayBufferLike) => unknown };
  const width = (original as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
  return memory.byteLength % width === 0 ? new constructor(memory) : new Uint8Array(memory);
}

/** The end of the last complete UTF-8 character. */
function completeEnd(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? bytes.length - back : bytes.length;
    if (byte < 0x80) break;
  }
  return bytes.length;
}
