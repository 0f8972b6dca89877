import type { RedactionKeys } from "./key.ts";

/** `[TOKEN:<detector>:<base64url>]`. */
const TOKEN = /\[TOKEN:([a-z0-9_-]{1,64}):([A-Za-z0-9_-]{22,8192})\]/g;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a value into a token that stands in its place. The same value gives the same token, so that a model can
 * tell that two are one; the nonce is made from the value (a synthetic IV as in RFC 5297), so no nonce serves two values.
 *
 * @param scope who may have it back: a token of one tenant is worth nothing to another
 */
export function tokenize(keys: RedactionKeys, detector: string, value: string, scope: string): string {
  const { createCipheriv, createHmac } = process.getBuiltinModule("node:crypto");
  const bound = `${detector}\0${scope}`;
  const nonce = createHmac("sha256", keys.nonce).update(`${bound}\0${value}`).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keys.encrypt, nonce).setAAD(Buffer.from(bound));
  const sealed = Buffer.concat([nonce, cipher.update(value, "utf8"), cipher.final()]);
  return `[TOKEN:${detector}:${Buffer.concat([sealed, cipher.getAuthTag()]).toString("base64url")}]`;
}

/**
 * Puts the values of tokens back into a text.
 *
 * @throws Error for a token that these keys did not make, or made for another scope
 */
export function detokenize(keys: RedactionKeys, text: string, scope: string): string {
  if (!text.includes("[TOKEN:")) return text;
  const { createDecipheriv } = process.getBuiltinModule("node:crypto");
  return text.replace(TOKEN, (_, detector: string, body: string) => {
    const bytes = Buffer.from(body, "base64url");
    try {
      const decipher = createDecipheriv("aes-256-gcm", keys.encrypt, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(`${detector}\0${scope}`));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
    } catch {
      throw new Error(`the token of a ${detector} is not one that can be put back here`);
    }
  });
}
