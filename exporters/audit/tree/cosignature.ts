/**
 * Timestamped signatures of checkpoints, C2SP tlog-cosignature v1: Ed25519 (type 0x04) and ML-DSA-44 (0x06).
 *
 * A witness cosigns with either. A log that wants a second, post-quantum signature of its own takes 0x06 under
 * its own name: tlog-checkpoint says so ("Logs SHOULD use ML-DSA-44 cosignatures to sign the checkpoint"), and
 * signed-note has no type for ML-DSA over a bare text. Whoever does not know the type passes the line over.
 *
 * @module
 */
import { parseCheckpoint } from "./checkpoint.ts";
import { keyId, type NamedKey, nodeCrypto, parseVerifierKey, publicOf } from "./key.ts";
import { ed25519Verifier, type Signer, type Verifier } from "./note.ts";

export type CosignatureType = "ed25519-cosignature" | "ml-dsa-44-cosignature";

/** Bytes of the signature after its 8 bytes of time: RFC 8032, FIPS 204 §4 table 2. */
const SIGNATURE_BYTES = { "ed25519-cosignature": 64, "ml-dsa-44-cosignature": 2420 } as const;
const TIME_BYTES = 8;
/** Seconds since the epoch that a cosignature can hold. */
const LATEST = 2n ** 63n - 1n;

/** Verifies cosignatures of one key. The time is part of what is signed; whether it is plausible is for the caller to judge. */
export function cosignatureVerifier(name: string, type: CosignatureType, publicKey: NamedKey["key"]): Verifier {
  return {
    name, id: keyId(name, type, publicKey),
    verify(text, signature) {
      if (signature.length !== TIME_BYTES + SIGNATURE_BYTES[type]) return false;
      const time = readTime(signature);
      const message = time > LATEST ? undefined : messageOf(name, type, time, text);
      return message !== undefined && nodeCrypto().verify(null, message, publicKey, signature.subarray(TIME_BYTES));
    },
  };
}

/** Cosigns checkpoints. `now` gives the time in seconds since the epoch. Throws a TypeError for a text that is no checkpoint. */
export function cosigner(name: string, type: CosignatureType, privateKey: NamedKey["key"], now: () => number = () => Math.floor(Date.now() / 1000)): Signer {
  return {
    name, id: keyId(name, type, publicOf(privateKey)),
    sign(text) {
      const time = BigInt(now());
      const message = messageOf(name, type, time, text);
      if (!message) throw new TypeError("only checkpoints are cosigned");
      return Buffer.concat([u64(time), nodeCrypto().sign(null, message, privateKey)]);
    },
  };
}

/** When it was cosigned, in seconds since the epoch. Believe it only of a signature that was verified. */
export function cosignedAt(signature: Uint8Array): number {
  return Number(readTime(signature));
}

/** What verifies signatures of a verifier key, of whichever of the three types; or what is wrong with the key. */
export function verifierOf(verifierKey: string): Verifier | string {
  const parsed = parseVerifierKey(verifierKey);
  if (typeof parsed === "string") return parsed;
  const { name, type, key } = parsed;
  return type === "ed25519" ? ed25519Verifier(name, key) : cosignatureVerifier(name, type, key);
}

/** What is signed; undefined for what is no checkpoint, and for a name that does not fit. */
function messageOf(name: string, type: CosignatureType, time: bigint, text: string): Buffer | undefined {
  const checkpoint = parseCheckpoint(text);
  if (typeof checkpoint === "string") return undefined;
  if (type === "ed25519-cosignature") return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
  if (Buffer.byteLength(name) > 255) return undefined;
  const { origin, size, root } = checkpoint;
  return Buffer.concat([Buffer.from("subtree/v1\n\0"), opaque(name), u64(time), opaque(origin), u64(0n), u64(BigInt(size)), Buffer.from(root, "latin1")]);
}

/** RFC 8446 §3.4: a vector of at most 255 bytes behind its length. */
function opaque(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function readTime(signature: Uint8Array): bigint {
  return new DataView(signature.buffer, signature.byteOffset, signature.byteLength).getBigUint64(0);
}
