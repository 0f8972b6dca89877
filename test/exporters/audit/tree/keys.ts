import { createHash } from "node:crypto";
import { keyId, keyOfSeed, type NamedKey, parseSignerKey, publicOf, type SignatureType, SIGNATURE_TYPES } from "../../../../exporters/audit/tree/key.ts";

export const ORIGIN = "example.com/agents/one";

/** The same key for the same seed, so that a failing test fails again. */
export function keyFrom(seed: string, type: SignatureType = "ed25519"): NamedKey["key"] {
  return keyOfSeed(type, createHash("sha256").update(seed).digest());
}

/** A key read from a signer key text of its own making. */
export function signerKeyText(name: string, seed: string, type: SignatureType = "ed25519"): string {
  const key = keyFrom(seed, type);
  const bytes = Buffer.concat([Buffer.of(SIGNATURE_TYPES[type]), createHash("sha256").update(seed).digest()]);
  return `PRIVATE+KEY+${name}+${keyId(name, type, publicOf(key))}+${bytes.toString("base64")}`;
}

export function parsed(text: string): NamedKey {
  const key = parseSignerKey(text);
  if (typeof key === "string") throw new Error(key);
  return key;
}

/** Every text that differs from this one in one bit of its UTF-8 and is still UTF-8. */
export function* flips(text: string): Generator<{ readonly flipped: string; readonly byte: number; readonly bit: number }> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const bytes = Buffer.from(text);
  for (let byte = 0; byte < bytes.length; byte++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[byte] = (bytes[byte] as number) ^ (1 << bit);
      try {
        yield { flipped: decoder.decode(changed), byte, bit };
      } catch {
        // Not UTF-8: whoever read it as text has already refused it.
      }
    }
  }
}
