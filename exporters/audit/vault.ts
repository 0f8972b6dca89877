/**
 * Values that the log only commits to. Each is encrypted with a key of the subject it is about and stands
 * behind its record in the segment; the keys stand in `<directory>/vault/`. Destroying the key of a subject
 * erases every value of it, in every copy of every segment, and no hash changes (docs/decisions/0007-vault-in-the-segment.md).
 *
 * @module
 */
import type { KeyObject } from "node:crypto";
import { existsSync, readdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, SpangateError } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";
import { realDisk, writeSecret } from "./disk.ts";
import type { Commitment } from "./bodies.ts";
import { VALUE } from "./segment.ts";
import { fromBase64 } from "./tree/hash.ts";
import { nodeCrypto } from "./tree/key.ts";

const FOLDER = "vault";
const MASTER = "master.key";
const SUBJECT_FILE = /^([0-9a-f]{32})\.key$/;
/** For values of which nobody is the subject. */
const NOBODY = "nobody";
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** How long a subject's key is used without a look whether it was destroyed meanwhile, in milliseconds. */
const LOOK_AGAIN = 1_000;
/** Subjects whose keys are held in memory. */
const MAX_SUBJECTS = 10_000;
const COMMIT = Buffer.from("spangate/commit/v1\0");

/** What stands behind one record. */
export interface VaultEntry {
  /** Arguments of a decision, result of an outcome: what was committed to. Absent where only the salt is kept, for whoever has the text. */
  readonly text?: string | undefined;
  /** Base64 of 32 random bytes. */
  readonly salt: string;
  /** Who the pseudonym is. */
  readonly on_behalf_of?: string | undefined;
}

/** What opening a value came to. */
export type Opened = VaultEntry | "erased" | "locked" | "damaged";

/** Salts and nonces, many at a time: one call for random bytes costs more than everything else here. */
const POOL = Buffer.allocUnsafe(8_192);
let left = 0;
function random(count: number): Buffer {
  if (left < count) {
    nodeCrypto().randomFillSync(POOL);
    left = POOL.length;
  }
  left -= count;
  return Buffer.from(POOL.subarray(left, left + count));
}

/** SHA-256("spangate/commit/v1" || 0x00 || salt || UTF-8 text), base64. */
export function commitment(salt: Uint8Array, text: string): Commitment {
  return sha256(Buffer.concat([COMMIT, salt, Buffer.from(text)]), "base64");
}

/** Whether a value is the one that was committed to. */
export function opensCommitment(commit: Commitment, { salt, text }: { readonly salt: string; readonly text: string }): boolean {
  return commitment(Buffer.from(salt, "base64"), text) === commit;
}

/** A value and its commitment, before they are written. */
export interface Sealed {
  readonly commit: Commitment;
  readonly bytes: number;
  /** Makes the line of the value; undefined where values are not kept. */
  line(index: number, leaf: string): string | undefined;
}

interface SubjectKey {
  readonly id: string;
  /** An object: to make one of bytes for each value takes ten times as long as to encrypt. */
  readonly key: KeyObject;
  looked: number;
}

/** The keys of one audit directory. */
export class Vault {
  readonly #folder: string;
  readonly #master: Buffer;
  readonly #pseudonyms: Buffer;
  readonly #subjects = new Map<string, SubjectKey>();
  /** By id; without a key where it was destroyed. */
  readonly #reading = new Map<string, Omit<SubjectKey, "key"> & { readonly key: KeyObject | undefined }>();

  private constructor(folder: string, master: Buffer) {
    this.#folder = folder;
    this.#master = master;
    this.#pseudonyms = Buffer.from(nodeCrypto().hkdfSync("sha256", master, "", "spangate/pseudonym/v1", 32));
  }

  /**
   * @param key SPANGATE_VAULT_KEY: 32 bytes in base64. Without it `vault/master.key` is used.
   * @param make whether a missing `master.key` is made; a reader gets undefined in its place
   * @throws SG_VAULT_KEY
   */
  static open(directory: string, key: string | undefined, make: boolean): Vault | undefined {
    const folder = join(directory, FOLDER);
    if (key !== undefined) {
      const master = Buffer.from(key, "base64");
      if (master.length !== 32) throw unusable("SPANGATE_VAULT_KEY", "not 32 bytes in base64");
      return new Vault(folder, master);
    }
    const file = join(folder, MASTER);
    if (!existsSync(file)) {
      if (!make) return undefined;
      writeOnce(file, `${nodeCrypto().randomBytes(32).toString("base64")}\n`);
    }
    if ((statSync(file).mode & 0o077) !== 0) throw unusable(file, "others may read it; chmod 600");
    const master = Buffer.from(realDisk.read(file).toString("utf8").trim(), "base64");
    if (master.length !== 32) throw unusable(file, "not 32 bytes in base64");
    return new Vault(folder, master);
  }

  /** What a subject is called in records: nothing that can be guessed back without the master key. */
  pseudonym(subject: string): string {
    return nodeCrypto().createHmac("sha256", this.#pseudonyms).update(subject).digest("hex").slice(0, 32);
  }

  /**
   * Commits to a value and encrypts it for its subject.
   *
   * @param keep what is to be written: the value and its salt, the salt, or nothing
   */
  seal(text: string, { subject, onBehalfOf, keep }: { readonly subject?: string | undefined; readonly onBehalfOf?: string | undefined; readonly keep: "value" | "salt" | "nothing" }): Sealed {
    const salt = random(SALT_BYTES);
    const bytes = Buffer.byteLength(text);
    const key = keep === "nothing" ? undefined : this.#keyOf(subject ?? NOBODY);
    return {
      commit: commitment(salt, text),
      bytes,
      line: (index, leaf) => key && encrypt(key, index, leaf, { ...(keep === "value" && { text }), salt: salt.toString("base64"), ...(onBehalfOf !== undefined && { on_behalf_of: onBehalfOf }) }),
    };
  }

  /** The value behind a record. */
  unseal(line: string, index: number, leaf: string): Opened {
    const parsed = parseValue(line);
    if (!parsed || parsed.i !== index) return "damaged";
    let key = this.#reading.get(parsed.k);
    if (!key || performance.now() - key.looked >= LOOK_AGAIN) {
      try {
        const bytes = this.#load(parsed.k);
        key = { id: parsed.k, key: bytes && nodeCrypto().createSecretKey(bytes), looked: performance.now() };
        if (this.#reading.size >= MAX_SUBJECTS) this.#reading.clear();
        this.#reading.set(parsed.k, key);
      } catch {
        return "locked";
      }
    }
    if (!key.key) return "erased";
    try {
      const bytes = Buffer.from(parsed.c, "base64");
      const decipher = nodeCrypto().createDecipheriv("aes-256-gcm", key.key, Buffer.from(parsed.n, "base64")).setAAD(Buffer.from(`${index} ${leaf}`)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString()) as VaultEntry;
    } catch {
      // Values from before an erasure were encrypted with the key that was destroyed; that the subject has another by now changes nothing.
      return existsSync(join(this.#folder, `${parsed.k}.erased`)) ? "erased" : "damaged";
    }
  }

  /** Ids of the subjects that have a key. */
  subjects(): string[] {
    return existsSync(this.#folder) ? readdirSync(this.#folder).flatMap((file) => SUBJECT_FILE.exec(file)?.[1] ?? []) : [];
  }

  /** Destroys a subject's key: false where there is none. The file is written over first; what a disk keeps of it is wrapped by the master key. */
  erase(id: string): boolean {
    const file = join(this.#folder, `${id}.key`);
    if (!existsSync(file)) return false;
    writeFileSync(join(this.#folder, `${id}.erased`), `${new Date().toISOString()}\n`, { mode: 0o600, flush: true });
    writeFileSync(file, nodeCrypto().randomBytes(NONCE_BYTES + 32 + TAG_BYTES).toString("base64"), { flush: true });
    unlinkSync(file);
    this.#subjects.clear();
    this.#reading.clear();
    return true;
  }

  #keyOf(subject: string): SubjectKey {
    const known = this.#subjects.get(subject);
    const now = performance.now();
    if (known && now - known.looked < LOOK_AGAIN) return known;
    const id = known?.id ?? this.pseudonym(subject);
    const key = this.#load(id) ?? this.#make(id);
    const current = { id, key: nodeCrypto().createSecretKey(key), looked: now };
    if (this.#subjects.size >= MAX_SUBJECTS) this.#subjects.clear();
    this.#subjects.set(subject, current);
    return current;
  }

  #make(id: string): Buffer {
    const key = nodeCrypto().randomBytes(32);
    const nonce = nodeCrypto().randomBytes(NONCE_BYTES);
    const cipher = nodeCrypto().createCipheriv("aes-256-gcm", this.#master, nonce).setAAD(Buffer.from(id));
    const wrapped = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    writeOnce(join(this.#folder, `${id}.key`), `${wrapped.toString("base64")}\n`);
    // Another process may have been first.
    return this.#load(id) as Buffer;
  }

  #load(id: string): Buffer | undefined {
    const file = join(this.#folder, `${id}.key`);
    if (!existsSync(file)) return undefined;
    const wrapped = Buffer.from(realDisk.read(file).toString("utf8").trim(), "base64");
    try {
      const decipher = nodeCrypto().createDecipheriv("aes-256-gcm", this.#master, wrapped.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(id)).setAuthTag(wrapped.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch (thrown) {
      throw unusable(file, `it is not wrapped with this master key: ${messageOf(thrown)}`);
    }
  }
}

interface ValueLine {
  readonly i: number;
  /** The subject's id. */
  readonly k: string;
  readonly n: string;
  readonly c: string;
}

function encrypt({ id, key }: SubjectKey, index: number, leaf: string, entry: VaultEntry): string {
  const nonce = random(NONCE_BYTES);
  const cipher = nodeCrypto().createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(`${index} ${leaf}`));
  const bytes = Buffer.concat([cipher.update(JSON.stringify(entry), "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `${VALUE}{"i":${index},"k":"${id}","n":"${nonce.toString("base64")}","c":"${bytes.toString("base64")}"}`;
}

/** The parts of a value's line; undefined for a line that we would have written otherwise. */
export function parseValue(line: string): ValueLine | undefined {
  try {
    const { i, k, n, c } = JSON.parse(line.slice(1)) as ValueLine;
    const isStrict = VALUE + JSON.stringify({ i, k, n, c }) === line && Number.isSafeInteger(i) && /^[0-9a-f]{32}$/.test(k) && fromBase64(n) !== undefined && fromBase64(c) !== undefined;
    return isStrict ? { i, k, n, c } : undefined;
  } catch {
    return undefined;
  }
}

function writeOnce(file: string, text: string): void {
  try {
    writeSecret(file, text);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw unusable(file, messageOf(thrown));
  }
}

function unusable(where: string, problem: string): SpangateError {
  return new SpangateError("SG_VAULT_KEY", { where, problem });
}
