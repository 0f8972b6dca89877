import { readFileSync } from "node:fs";
import { SpangateError } from "../errors.ts";
import { type NamedKey, parseVerifierKey } from "../exporters/audit/tree/key.ts";
import { ed25519Verifier, type Verifier } from "../exporters/audit/tree/note.ts";

/** Every word of a list of keys looks like this; anything else is the path of a file. */
const KEY = /^[^+]+\+[0-9a-f]{8}\+/;

/**
 * The keys that may sign policies.
 *
 * @param given verifier keys between spaces or commas, or the path of a file with one on each line (`#` begins a comment)
 * @throws SG_POLICY_KEY; what was given is never repeated: it may be a private key
 */
export function policyKeys(given: string): readonly NamedKey[] {
  refusePrivate(given);
  const words = given.split(/[\s,]+/).filter(Boolean);
  const keys = words.every((word) => KEY.test(word)) ? words : linesOf(given);
  if (keys.length === 0) throw unusable("there is none");
  return keys.map((text) => {
    const key = parseVerifierKey(text);
    if (typeof key === "string") throw unusable(key);
    if (key.type !== "ed25519") throw unusable(`a key of type ${key.type} signs no policies, only one of type ed25519`);
    return key;
  });
}

/** The same, ready to verify. */
export function policyVerifiers(given: string): readonly Verifier[] {
  return policyKeys(given).map(({ name, key }) => ed25519Verifier(name, key));
}

function linesOf(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    throw unusable(`it is neither a list of verifier keys nor a file that can be read (${(thrown as NodeJS.ErrnoException).code ?? "no path"})`);
  }
  refusePrivate(text);
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

function refusePrivate(text: string): void {
  if (/PRIVATE[+ ]KEY/.test(text)) throw unusable("there is a private key, which belongs to whoever signs, and nowhere else");
}

function unusable(problem: string): SpangateError {
  return new SpangateError("SG_POLICY_KEY", { problem });
}
