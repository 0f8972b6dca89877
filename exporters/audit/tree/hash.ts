/**
 * Hashes of the Merkle tree, RFC 6962 §2.1. A hash is a string of 32 characters, one per byte (latin1):
 * the cheapest thing that crypto.hash returns, comparable with ===, and half the price of a Buffer.
 *
 * @module
 */
import { sha256 } from "../../../sha256.ts";

/** SHA-256 of a leaf, a node or a tree: 32 characters of U+0000 to U+00FF. */
export type Hash = string;

export const HASH_BYTES = 32;

/** Root of a tree without leaves: the hash of nothing. */
export const EMPTY_ROOT: Hash = "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55";

/** SHA-256(0x00 || entry). A text is hashed as UTF-8; of a record it is the line without its line feed. */
export function leafHash(entry: string | Uint8Array): Hash {
  if (typeof entry === "string") return sha256(`\0${entry}`, "latin1");
  const prefixed = new Uint8Array(entry.length + 1);
  prefixed.set(entry, 1);
  return sha256(prefixed, "latin1");
}

/** The same in base64: what the next record's `prev` holds. */
export function leafBase64(entry: string | Uint8Array): string {
  return toBase64(leafHash(entry));
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Hash, right: Hash): Hash {
  return sha256(Buffer.from(`\x01${left}${right}`, "latin1"), "latin1");
}

/** Base64 (RFC 4648 §4, padded) of a hash, or of hashes one after the other: what `prev` of a record and a checkpoint hold. */
export function toBase64(bytes: Hash): string {
  return btoa(bytes);
}

/** Undefined unless the text is what `toBase64` writes: no whitespace, padding as it should be, no stray bits at the end. */
export function fromBase64(text: string): string | undefined {
  // atob forgives all of that, so what it understood is written again.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const bytes = atob(text);
  return btoa(bytes) === text ? bytes : undefined;
}

/** One hash in base64, or undefined. */
export function parseHash(text: string): Hash | undefined {
  const bytes = fromBase64(text);
  return bytes?.length === HASH_BYTES ? bytes : undefined;
}

/** Hashes that stand one after the other in base64, or undefined. */
export function parseHashes(text: string): Hash[] | undefined {
  const bytes = fromBase64(text);
  if (bytes === undefined || bytes.length % HASH_BYTES !== 0) return undefined;
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, index) => bytes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES));
}

/** Whether it has the form of a hash. A character above U+00FF would lose bits on its way into a node. */
export function isHash(hash: string): boolean {
  // oxlint-disable-next-line no-control-regex -- every byte is meant
  return hash.length === HASH_BYTES && /^[\x00-\xff]*$/.test(hash);
}
