import type { KeyObject } from "node:crypto";
import { SpangateError } from "../../../errors.ts";
import type { KeyBody } from "../bodies.ts";
import { type Checkpoint, parseCheckpoint } from "../tree/checkpoint.ts";
import { fromBase64 } from "../tree/hash.ts";
import { formatVerifierKey, keyId, nodeCrypto, parseVerifierKey, SIGNATURE_TYPES } from "../tree/key.ts";
import { ed25519Verifier, parseNote, type Verifier } from "../tree/note.ts";

/** From where on a key is not believed any more, in one log or in all. */
export interface Revocation {
  /** Key id, 8 hexadecimal digits, or the public key in base64. */
  readonly key: string;
  /** First index that it must not seal; or the time, in nanoseconds since the epoch, of the first record that it must not seal. */
  readonly from: { readonly index: number } | { readonly time: bigint };
  readonly reason: string;
}

/** A key that may sign checkpoints of more than `after` and at most `until` records. */
interface Trusted {
  readonly publicKey: string;
  readonly verifier: Verifier;
  readonly after: number;
  until: number;
}

export type Judged =
  | { readonly checkpoint: Checkpoint; readonly problem?: undefined }
  /** `wrong`: altered. `unknown`, `revoked`: it may be as it was written, and proves nothing. */
  | { readonly problem: string; readonly kind: "wrong" | "unknown" | "revoked"; readonly size?: number };

/** The key id and the key of a verifier key: the id cannot be checked without the name. */
const NAMELESS = /^[0-9a-f]{8}\+([A-Za-z0-9+/]{44})$/;
/** DER of an Ed25519 public key before its 32 bytes, RFC 8410 §4. */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

/** A verifier key, with its name or without, as reports print it; its public key alone (base64 of 32 bytes), or in PEM; undefined for anything else. */
export function parsePublicKey(text: string): KeyObject | undefined {
  const named = parseVerifierKey(text.trim());
  if (typeof named !== "string") return named.type === "ed25519" ? named.key : undefined;
  const nameless = NAMELESS.exec(text.trim())?.[1];
  const bytes = Buffer.from(fromBase64(nameless ?? text.trim()) ?? "", "latin1");
  const raw = nameless !== undefined && bytes[0] === SIGNATURE_TYPES.ed25519 ? bytes.subarray(1) : bytes;
  try {
    if (raw.length === 32) return nodeCrypto().createPublicKey({ key: Buffer.concat([SPKI, raw]), format: "der", type: "spki" });
    if (!text.includes("-----BEGIN PUBLIC KEY-----")) return undefined;
    const key = nodeCrypto().createPublicKey(text);
    return key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    return undefined;
  }
}

/** The 32 bytes of an Ed25519 public key, base64. */
export function rawKey(key: KeyObject): string {
  return key.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
}

/**
 * Lines `<key id or public key> <first index, or RFC 3339 time> <reason>`; empty ones and those that begin with `#` say nothing.
 *
 * @throws SG_AUDIT_TRUST with the line that cannot be read
 */
export function parseRevocations(text: string, where: string): Revocation[] {
  return text.split("\n").flatMap((line, at): Revocation[] => {
    if (/^\s*(#|$)/.test(line)) return [];
    const [key = "", from = "", ...reason] = line.trim().split(/\s+/);
    if (!/^[0-9a-f]{8}$/.test(key) && parsePublicKey(key) === undefined) throw untrusted(`${where}:${at + 1}`, `${key} is neither a key id of 8 hexadecimal digits nor a public key`);
    const id = /^[0-9a-f]{8}$/.test(key) ? key : rawKey(parsePublicKey(key) as KeyObject);
    if (/^\d{1,15}$/.test(from)) return [{ key: id, from: { index: Number(from) }, reason: reason.join(" ") }];
    const time = /^\d{4}-\d\d-\d\d[Tt]/.test(from) ? Date.parse(from) : NaN;
    if (Number.isNaN(time)) throw untrusted(`${where}:${at + 1}`, `${from} is neither an index nor a time as in RFC 3339`);
    return [{ key: id, from: { time: BigInt(time) * 1_000_000n }, reason: reason.join(" ") }];
  });
}

export function untrusted(where: string, problem: string): SpangateError {
  return new SpangateError("SG_AUDIT_TRUST", { where, problem });
}

/** Which keys may seal one log, and from where to where: those that were given, and those that a sealed `key` record names. */
export class Trust {
  readonly #origin: string;
  readonly #revoked: readonly Revocation[];
  #keys: Trusted[] = [];
  /** Ids of every key that the log itself names, believed or not. */
  #named = new Set<string>();
  #announced: { readonly index: number; readonly body: KeyBody }[] = [];

  /** @param named keys that the log names somewhere */
  constructor(origin: string, keys: readonly KeyObject[], revoked: readonly Revocation[], named: readonly string[] = []) {
    this.#origin = origin;
    this.#revoked = revoked;
    for (const key of named) this.#name(key);
    for (const key of keys) this.#trust(key, 0);
  }

  clone(): Trust {
    const copy = new Trust(this.#origin, [], this.#revoked);
    copy.#keys = this.#keys.map((key) => ({ ...key }));
    copy.#announced = [...this.#announced];
    copy.#named = new Set(this.#named);
    return copy;
  }

  /** The key that is believed last, as a verifier key. */
  get key(): string | undefined {
    const last = this.#keys.at(-1);
    const key = last && parsePublicKey(last.publicKey);
    return key && formatVerifierKey({ name: this.#origin, type: "ed25519", key });
  }

  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** An `open` record. Without a key that was given, the log's own word is taken. */
  open(text: string): void {
    this.#name(text);
    const key = this.isEmpty ? parsePublicKey(text) : undefined;
    if (key) this.#trust(key, 0);
  }

  /**
   * The checkpoint of a note, or why it must not be believed.
   *
   * @param time of the last record before it, in nanoseconds since the epoch
   * @param isWhole whether every record before it was read: then a key that none of them names never was one of this log
   */
  judge(note: string, time: () => bigint, isWhole = false): Judged {
    const parsed = parseNote(note);
    if (typeof parsed === "string") return { problem: parsed, kind: "wrong" };
    const checkpoint = parseCheckpoint(parsed.text);
    if (typeof checkpoint === "string") return { problem: checkpoint, kind: "wrong" };
    const { origin, size } = checkpoint;
    if (origin !== this.#origin) return { problem: `it is of ${origin}`, kind: "wrong", size };
    let problem: Exclude<Judged, { checkpoint: Checkpoint }> = { problem: `signed by ${parsed.signatures.map(({ name, id }) => `${name}+${id}`).join(", ").slice(0, 200)}, which is no key that is known`, kind: "unknown", size };
    for (const signature of parsed.signatures) {
      for (const { verifier, publicKey, after, until } of this.#keys) {
        if (verifier.name !== signature.name || verifier.id !== signature.id) continue;
        if (!verifier.verify(parsed.text, signature.bytes)) return { problem: `the signature of ${verifier.id} is wrong`, kind: "wrong", size };
        const revoked = this.#revocationOf(verifier.id, publicKey, size, time);
        if (size <= after || size > until) problem = { problem: `signed by ${verifier.id}, which was the key of the records ${after} to ${until - 1} only`, kind: "unknown", size };
        else if (revoked) problem = { problem: `the key ${verifier.id} is revoked: ${revoked.reason}`, kind: "revoked", size };
        else return { checkpoint };
      }
    }
    return isWhole && !this.isEmpty && !parsed.signatures.some(({ name, id }) => name === origin && this.#named.has(id)) ? { problem: problem.problem, kind: "wrong", size } : problem;
  }

  /** A `key` record: believed once a checkpoint of the key before covers it. */
  announce(index: number, body: KeyBody): void {
    this.#name(body.key);
    this.#announced.push({ index, body });
  }

  /** A checkpoint of so many records was believed. */
  sealed(size: number): void {
    if (this.#announced.length === 0) return;
    const covered = this.#announced.filter(({ index }) => index < size);
    this.#announced = this.#announced.filter(({ index }) => index >= size);
    for (const { index, body } of covered) {
      const [previous, next] = [parsePublicKey(body.previous), parsePublicKey(body.key)];
      const before = previous && this.#keys.findLast(({ publicKey }) => publicKey === rawKey(previous));
      if (!before || !next || before.until <= index) continue;
      before.until = size;
      this.#trust(next, index + 1);
    }
  }

  #name(text: string): void {
    const key = parsePublicKey(text);
    if (key) this.#named.add(keyId(this.#origin, "ed25519", key));
  }

  #trust(key: KeyObject, after: number): void {
    this.#keys.push({ publicKey: rawKey(key), verifier: ed25519Verifier(this.#origin, key), after, until: Infinity });
  }

  #revocationOf(id: string, publicKey: string, size: number, time: () => bigint): Revocation | undefined {
    return this.#revoked.find(({ key, from }) => (key === id || key === publicKey) && ("index" in from ? size > from.index : time() >= from.time));
  }
}
