import { isUtf8 } from "node:buffer";
import { messageOf, SpangateError } from "../errors.ts";
import { openNote, type Verifier } from "../exporters/audit/tree/note.ts";
import type { Assembled } from "../policies/index.ts";
import { readFile } from "../read-file.ts";
import { parseStatement, SIGNATURE_SUFFIX } from "./policy-statement.ts";

/** Largest accepted signature file, in bytes: a statement and some signatures are below one kilobyte. */
const MAX_BYTES = 65_536;

/** What a signature says of a policy that it is for. */
export interface Signed {
  /** `name@version` of the policy, and its name alone. */
  readonly policy: string;
  readonly name: string;
  readonly digest: string;
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly expires: number | undefined;
  /** Names of the keys whose signatures are right. */
  readonly keys: readonly string[];
}

/** The file that holds the signature of a policy. */
export function signatureFile({ files }: Pick<Assembled, "files">): string {
  return `${files[0]}${SIGNATURE_SUFFIX}`;
}

/**
 * Looks for the signature of a policy beside it. It is for the policy as it was read: no file of it is read a second time.
 *
 * @throws SG_POLICY_UNTRUSTED
 */
export function verifyPolicy(policy: Assembled, verifiers: readonly Verifier[], now: number = Date.now()): Signed {
  const { source, digest } = policy;
  const file = signatureFile(policy);
  const label = `${source.name}@${source.version}`;
  const note = openNote(readSignature(file, label), verifiers);
  if (typeof note === "string") throw untrusted(label, `${file}: ${note}`, "Sign it with one of the keys that SPANGATE_POLICY_KEY names: `spangate policy sign`.");
  const statement = parseStatement(note.text);
  if (typeof statement === "string") throw untrusted(label, `${file} is signed, and not for a policy: ${statement}`, "Sign the policy: `spangate policy sign`.");
  if (statement.digest !== digest || statement.policy !== label) {
    throw untrusted(label, `${file} is for ${statement.policy} (${statement.digest.slice(0, 12)}), and this is ${label} (${digest.slice(0, 12)})`,
      "Restore the files that were signed, or sign these. The digest is also another one under SPANGATE_MODE, and under another version of spangate: sign the mode that is to be in force, with the version that is to enforce it.");
  }
  const expires = statement.expires === undefined ? undefined : Date.parse(statement.expires);
  if (expires !== undefined && expires <= now) throw untrusted(label, `its signature has expired at ${statement.expires}`, "Sign it again; if it was just signed, look at the clock of this machine.");
  return { policy: label, name: source.name, digest, revision: statement.revision, expires, keys: note.signatures.map(({ name }) => name) };
}

export function untrusted(policy: string, problem: string, remedy: string): SpangateError {
  return new SpangateError("SG_POLICY_UNTRUSTED", { policy, problem, remedy });
}

function readSignature(file: string, label: string): string {
  try {
    const bytes = readFile(file, MAX_BYTES);
    if (!isUtf8(bytes)) throw new Error(`${file} is not UTF-8`);
    return bytes.toString("utf8");
  } catch (thrown) {
    const problem = (thrown as NodeJS.ErrnoException).code === "ENOENT" ? `it is not signed: there is no ${file}` : `its signature cannot be read: ${messageOf(thrown)}`;
    throw untrusted(label, problem, "Sign it with `spangate policy sign`, and put the signature beside it. A pack is not signed as such: extend it in a file of yours.");
  }
}
