/**
 * Who signs checkpoints: a key of this process, or somebody outside of it. The key is never made up silently:
 * without one that was given, one is made in the audit directory, and whoever can write the log can then read it.
 *
 * @module
 */
import type { KeyObject } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf, SpangateError } from "../../errors.ts";
import { writeSecret } from "./disk.ts";
import { cosigner } from "./tree/cosignature.ts";
import { formatVerifierKey, generateKey, hasMlDsa, keyId, nodeCrypto, publicOf } from "./tree/key.ts";
import { ed25519Signer, ed25519Verifier, type NoteSignature, type Verifier } from "./tree/note.ts";
import { parsePublicKey } from "./verify/trust.ts";

/** What signs the checkpoints of one log. */
export interface LogSigner {
  /** C2SP verifier key under the origin of the log. */
  readonly key: string;
  /** The key is in this process, and signs at once. */
  readonly here: boolean;
  /** At once where the key is here; otherwise a promise. */
  sign(text: string): readonly NoteSignature[] | Promise<readonly NoteSignature[]>;
}

/** Where keys come from; each is one variable of the environment. */
export interface SignerSource {
  /** SPANGATE_AUDIT_KEY: an Ed25519 private key, PEM or a base64 seed of 32 bytes. */
  readonly key?: string | undefined;
  /** SPANGATE_AUDIT_KEY_FILE: a file with the same, that only its owner may read. Default `<directory>/keys/ed25519.pem`, made when it is missing. */
  readonly keyFile?: string | undefined;
  /** SPANGATE_AUDIT_SIGNER: `unix:<socket>` or a command. Its public key must be said, so that no other answers for it. */
  readonly signer?: string | undefined;
  /** SPANGATE_AUDIT_PUBLIC_KEY: that of the signer; a verifier key, or 32 bytes in base64. */
  readonly publicKey?: string | undefined;
  /** SPANGATE_AUDIT_ML_DSA_KEY_FILE: PEM of an ML-DSA-44 key (FIPS 204) for a second signature. */
  readonly mlDsaKeyFile?: string | undefined;
}

/** Public keys that signed before, one in base64 a line; `spangate audit rotate-key` writes it. */
export const RETIRED_FILE: string = join("keys", "retired.txt");
export const KEY_FILE: string = join("keys", "ed25519.pem");
/** How long an outside signer may take, in milliseconds. */
const DEADLINE = 5_000;

/** Makes signers for logs: one key signs for every log of the directory, each under its own origin. */
export interface KeyHolder {
  forOrigin(origin: string): LogSigner;
  /** Verify what this key has signed, and the keys before it. */
  verifiers(origin: string): readonly Verifier[];
  /** True where the key was made just now, in the directory of the log. */
  readonly made: boolean;
}

/** @throws SG_AUDIT_KEY */
export function holdKey(directory: string, source: SignerSource): KeyHolder {
  if (source.signer !== undefined) return outsideHolder(directory, source.signer, publicKeyOf(source.publicKey ?? "", "SPANGATE_AUDIT_PUBLIC_KEY"));
  const file = source.keyFile ?? join(directory, KEY_FILE);
  const made = !source.key && !source.keyFile && !existsSync(file);
  if (made) makeKeyFile(file);
  const key = source.key ? readKey(source.key, "SPANGATE_AUDIT_KEY", "ed25519") : readKeyFile(file, "ed25519");
  const second = source.mlDsaKeyFile === undefined ? undefined : readKeyFile(source.mlDsaKeyFile, "ml-dsa-44");
  return {
    made,
    verifiers: (origin) => [publicOf(key), ...retiredKeys(directory)].map((one) => ed25519Verifier(origin, one)),
    forOrigin(origin) {
      const signers = [ed25519Signer(origin, key), ...(second ? [cosigner(origin, "ml-dsa-44-cosignature", second)] : [])];
      return {
        here: true,
        key: formatVerifierKey({ name: origin, type: "ed25519", key: publicOf(key) }),
        sign: (text) => signers.map((signer) => ({ name: signer.name, id: signer.id, bytes: signer.sign(text) })),
      };
    },
  };
}

/** Makes a key that only its owner may read; one that is there is never written over. */
export function makeKeyFile(file: string): void {
  try {
    writeSecret(file, generateKey("ed25519").export({ format: "pem", type: "pkcs8" }));
  } catch (thrown) {
    // Another process was first; its key is as good.
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw new SpangateError("SG_AUDIT_UNWRITABLE", { directory: dirname(file), problem: messageOf(thrown) }, { cause: thrown });
  }
}

function readKeyFile(file: string, algorithm: "ed25519" | "ml-dsa-44"): KeyObject {
  let text: string;
  try {
    if ((statSync(file).mode & 0o077) !== 0) throw new Error(`others may read it (mode ${(statSync(file).mode & 0o777).toString(8)}); chmod 600`);
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    throw unusable(file, messageOf(thrown));
  }
  return readKey(text, file, algorithm);
}

function readKey(text: string, where: string, algorithm: "ed25519" | "ml-dsa-44"): KeyObject {
  if (algorithm === "ml-dsa-44" && !hasMlDsa()) throw unusable(where, `this Node (${process.version}) has no ML-DSA`);
  let key: KeyObject;
  try {
    const seed = text.includes("-----") ? undefined : Buffer.from(text.trim(), "base64");
    if (seed && seed.length !== 32) throw new Error("neither PEM nor 32 bytes in base64");
    key = nodeCrypto().createPrivateKey(seed ? { key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]), format: "der", type: "pkcs8" } : text);
  } catch (thrown) {
    throw unusable(where, messageOf(thrown));
  }
  if (key.asymmetricKeyType !== algorithm) throw unusable(where, `it is a key of ${key.asymmetricKeyType}, not of ${algorithm}`);
  return key;
}

function outsideHolder(directory: string, where: string, publicKey: KeyObject): KeyHolder {
  return {
    made: false,
    verifiers: (origin) => [publicKey, ...retiredKeys(directory)].map((one) => ed25519Verifier(origin, one)),
    forOrigin(origin) {
      const id = keyId(origin, "ed25519", publicKey);
      return {
        here: false,
        key: formatVerifierKey({ name: origin, type: "ed25519", key: publicKey }),
        async sign(text) {
          const bytes = Buffer.from(await ask(where, Buffer.from(text)), "base64");
          if (!nodeCrypto().verify(null, Buffer.from(text), publicKey, bytes)) throw unusable(where.startsWith("unix:") ? where : (where.trim().split(" ", 1)[0] as string), "its signature is not of its key");
          return [{ name: origin, id, bytes }];
        },
      };
    },
  };
}

function retiredKeys(directory: string): KeyObject[] {
  const file = join(directory, RETIRED_FILE);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => publicKeyOf(line, file)) : [];
}

function publicKeyOf(text: string, where: string): KeyObject {
  const key = parsePublicKey(text);
  if (!key) throw unusable(where, "neither a verifier key nor 32 bytes in base64");
  return key;
}

/** A command gets the bytes on standard input; a socket gets one line, `sign <base64>`. The answer is one line: the signature in base64. */
function ask(where: string, bytes: Buffer): Promise<string> {
  return where.startsWith("unix:") ? askSocket(where, bytes) : askCommand(where, bytes);
}

function askSocket(where: string, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = process.getBuiltinModule("node:net").connect(where.slice("unix:".length), () => socket.write(`sign ${bytes.toString("base64")}\n`));
    socket.setTimeout(DEADLINE, () => socket.destroy(new Error(`no answer within ${DEADLINE} ms`)));
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => {
      answer += part;
      if (answer.includes("\n") || answer.length > 65_536) socket.end();
    });
    socket.on("error", (problem) => reject(unusable(where, messageOf(problem))));
    socket.on("close", () => (answer.includes("\n") ? resolve(answer.slice(0, answer.indexOf("\n")).trim()) : reject(unusable(where, "it hung up without an answer"))));
  });
}

function askCommand(where: string, bytes: Buffer): Promise<string> {
  const [command = "", ...args] = where.split(" ").filter(Boolean);
  return new Promise((resolve, reject) => {
    const child = process.getBuiltinModule("node:child_process").execFile(command, args, { timeout: DEADLINE, encoding: "latin1", maxBuffer: 65_536 }, (problem, stdout) => (problem ? reject(unusable(command, howEnded(problem))) : resolve(stdout.trim())));
    child.stdin?.on("error", () => {});
    child.stdin?.end(bytes);
  });
}

/** Without the words behind the command and what it wrote: there may be a secret among them. */
function howEnded({ code, signal }: { readonly code?: string | number | null | undefined; readonly signal?: string | null | undefined }): string {
  if (typeof code === "string") return code;
  return signal ? `it was ended by ${signal}, or gave no answer within ${DEADLINE} ms` : `it ended with exit code ${code ?? "unknown"}`;
}

function unusable(where: string, problem: string): SpangateError {
  return new SpangateError("SG_AUDIT_KEY", { where, problem });
}
