import { SpangateError } from "../../errors.ts";

/** The variable that holds the key for `hash` and `tokenize`. */
export const KEY_VARIABLE = "SPANGATE_REDACTION_KEY";
/** AES-256 and HMAC-SHA-256. */
const KEY_BYTES = 32;

/** Keys for the two uses, made from the one that the operator gives (HKDF, RFC 5869). */
export interface RedactionKeys {
  readonly hash: Buffer;
  readonly encrypt: Buffer;
  readonly nonce: Buffer;
}

/**
 * Reads the key: 32 bytes, in base64 or hex.
 *
 * @throws SpangateError SG_REDACTION_KEY when there is none, or it is no such key
 */
export function readKeys(written: string | undefined = process.env[KEY_VARIABLE]): RedactionKeys {
  const { hkdfSync } = process.getBuiltinModule("node:crypto");
  const key = written === undefined ? Buffer.alloc(0) : /^[0-9a-f]{64}$/i.test(written) ? Buffer.from(written, "hex") : Buffer.from(written, "base64");
  if (key.length !== KEY_BYTES) throw new SpangateError("SG_REDACTION_KEY", { variable: KEY_VARIABLE, problem: written === undefined ? "it is not set" : `it has ${key.length} bytes and not ${KEY_BYTES}` });
  const derive = (use: string): Buffer => Buffer.from(hkdfSync("sha256", key, "", `spangate/v1/redaction/${use}`, KEY_BYTES));
  return { hash: derive("hash"), encrypt: derive("encrypt"), nonce: derive("nonce") };
}
