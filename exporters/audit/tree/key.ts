/**
 * Keys of signed notes as text. A verifier key (C2SP signed-note, "Verifier keys") is
 * `<name>+<key id, 8 hex digits>+<base64(type || public key)>`; a signer key, as golang.org/x/mod/sumdb/note
 * writes it, is `PRIVATE+KEY+<name>+<key id>+<base64(type || 32-byte seed)>`.
 *
 * @module
 */
import type { KeyObject } from "node:crypto";
import { sha256 } from "../../../sha256.ts";
import { fromBase64 } from "./hash.ts";

/** Signature type bytes of C2SP signed-note and tlog-cosignature. */
export const SIGNATURE_TYPES = {
  /** Ed25519 over the text of the note. */
  ed25519: 0x01,
  /** Timestamped Ed25519 cosignature. */
  "ed25519-cosignature": 0x04,
  /** Timestamped ML-DSA-44 cosignature. */
  "ml-dsa-44-cosignature": 0x06,
} as const;

export type SignatureType = keyof typeof SIGNATURE_TYPES;

/** A key with its name and what it signs. */
export interface NamedKey {
  readonly name: string;
  readonly type: SignatureType;
  readonly key: KeyObject;
}

/** How node:crypto takes and gives raw keys: behind a fixed DER header (RFC 8410 §4 and §7, RFC 9881 §4 and §6). */
const DER = {
  "ed25519": { spki: "302a300506032b6570032100", pkcs8: "302e020100300506032b657004220420", bytes: 32 },
  "ml-dsa-44": { spki: "30820532300b06096086480165030403110382052100", pkcs8: "3034020100300b060960864801650304031104228020", bytes: 1312 },
} as const;

type Algorithm = keyof typeof DER;

const SEED_BYTES = 32;

/** Loaded on first use, as in sha256.ts. */
let crypto: typeof import("node:crypto") | undefined;

export function nodeCrypto(): typeof import("node:crypto") {
  return (crypto ??= process.getBuiltinModule("node:crypto"));
}

/** Whether this Node knows ML-DSA (FIPS 204). Node 22 does not: there a log has its Ed25519 signature only. */
export function hasMlDsa(): boolean {
  try {
    keyOfSeed("ml-dsa-44-cosignature", Buffer.alloc(SEED_BYTES));
    return true;
  } catch {
    return false;
  }
}

/** A new private key of the algorithm that the signature type needs. Throws where `hasMlDsa()` is false and the type needs it. */
export function generateKey(type: SignatureType): KeyObject {
  return keyOfSeed(type, nodeCrypto().randomBytes(SEED_BYTES));
}

/** The private key of 32 random bytes: the seed of RFC 8032 §5.1.5 or FIPS 204 §5.1. Throws like `generateKey`. */
export function keyOfSeed(type: SignatureType, seed: Uint8Array): KeyObject {
  const key = Buffer.concat([Buffer.from(DER[algorithmOf(type)].pkcs8, "hex"), seed]);
  return known(nodeCrypto().createPrivateKey({ key, format: "der", type: "pkcs8" }), type);
}

/** First four bytes of SHA-256(name || LF || type || public key), in hexadecimal. */
export function keyId(name: string, type: SignatureType, publicKey: KeyObject): string {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), typedPublicKey(type, publicKey)]), "hex").slice(0, 8);
}

/** Whether a key may have this name: not empty, no spaces of any script, no plus, no control characters. */
export function isKeyName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return name !== "" && name.isWellFormed() && !/[\s\x00-\x1f\x85+]/.test(name);
}

/** The verifier key of a public (or private) key. */
export function formatVerifierKey({ name, type, key }: NamedKey): string {
  const publicKey = publicOf(key);
  return `${name}+${keyId(name, type, publicKey)}+${typedPublicKey(type, publicKey).toString("base64")}`;
}

/** The public key, or what is wrong with the text. */
export function parseVerifierKey(text: string): NamedKey | string {
  const parts = parseParts(text);
  if (typeof parts === "string") return parts;
  const { name, id, type, bytes } = parts;
  const { spki, bytes: length } = DER[algorithmOf(type)];
  if (bytes.length !== length) return `a ${type} key has ${length} bytes, and this one ${bytes.length}`;
  let key: KeyObject;
  try {
    key = known(nodeCrypto().createPublicKey({ key: Buffer.concat([Buffer.from(spki, "hex"), bytes]), format: "der", type: "spki" }), type);
  } catch {
    return unusable(type);
  }
  return keyId(name, type, key) === id ? { name, type, key } : "the key id is not that of the name and the key";
}

/** The signer key of a private key: a secret. */
export function formatSignerKey({ name, type, key }: NamedKey): string {
  const { d, priv } = key.export({ format: "jwk" }) as { d?: string; priv?: string };
  const seed = Buffer.from((d ?? priv) as string, "base64url");
  return `PRIVATE+KEY+${name}+${keyId(name, type, publicOf(key))}+${Buffer.concat([Buffer.of(SIGNATURE_TYPES[type]), seed]).toString("base64")}`;
}

/** The private key, or what is wrong with the text; the text itself is never repeated. */
export function parseSignerKey(text: string): NamedKey | string {
  if (!text.startsWith("PRIVATE+KEY+")) return "a signer key starts with PRIVATE+KEY+";
  const parts = parseParts(text.slice("PRIVATE+KEY+".length));
  if (typeof parts === "string") return parts;
  const { name, id, type, bytes } = parts;
  if (bytes.length !== SEED_BYTES) return `a seed has ${SEED_BYTES} bytes, and this one ${bytes.length}`;
  let key: KeyObject;
  try {
    key = keyOfSeed(type, bytes);
  } catch {
    return unusable(type);
  }
  return keyId(name, type, publicOf(key)) === id ? { name, type, key } : "the key id is not that of the name and the key";
}

export function publicOf(key: KeyObject): KeyObject {
  return key.type === "public" ? key : nodeCrypto().createPublicKey(key as Parameters<typeof import("node:crypto").createPublicKey>[0]);
}

function parseParts(text: string): { name: string; id: string; type: SignatureType; bytes: Buffer } | string {
  const [, name, id, encoded] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(text) ?? [];
  if (name === undefined || id === undefined || encoded === undefined) return "not of the form <name>+<key id>+<key>";
  if (!isKeyName(name)) return "not a name of a key";
  const bytes = fromBase64(encoded);
  if (!bytes) return "the key is not base64";
  const type = Object.entries(SIGNATURE_TYPES).find(([, byte]) => byte === bytes.charCodeAt(0))?.[0] as SignatureType | undefined;
  if (!type) return `signature type 0x${bytes.charCodeAt(0).toString(16).padStart(2, "0")} is not known`;
  return { name, id, type, bytes: Buffer.from(bytes.slice(1), "latin1") };
}

function typedPublicKey(type: SignatureType, publicKey: KeyObject): Buffer {
  const der = publicKey.export({ format: "der", type: "spki" });
  const { bytes } = DER[algorithmOf(type)];
  if (publicKey.asymmetricKeyType !== algorithmOf(type)) throw new TypeError(`${type} needs a key of ${algorithmOf(type)}, not of ${publicKey.asymmetricKeyType}`);
  return Buffer.concat([Buffer.of(SIGNATURE_TYPES[type]), der.subarray(der.length - bytes)]);
}

/** The OpenSSL of Node 22 reads ML-DSA keys, and its Node then knows neither their type nor how to sign with them. */
function known(key: KeyObject, type: SignatureType): KeyObject {
  if (key.asymmetricKeyType !== algorithmOf(type)) throw new TypeError(`this Node (${process.version}) has no ${algorithmOf(type)}`);
  return key;
}

function algorithmOf(type: SignatureType): Algorithm {
  return type === "ml-dsa-44-cosignature" ? "ml-dsa-44" : "ed25519";
}

function unusable(type: SignatureType): string {
  return type === "ml-dsa-44-cosignature" && !hasMlDsa() ? `this Node (${process.version}) has no ML-DSA-44` : "not a key";
}
