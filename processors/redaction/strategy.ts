import type { Strategy } from "../../policies/schema/data.ts";
import type { RedactionKeys } from "./key.ts";
import { lookAlike } from "./look-alike.ts";
import { tokenize } from "./token.ts";

/** How many characters of a masked value are left. */
const LEFT = 4;
/** A value shorter than this is masked as a whole. */
const SHORT = 9;
/** Characters of a hash that are kept: 64 bits. */
const HASH_LENGTH = 16;

/** What stands in the place of a value. */
export type Substitute = (detector: string, original: string, scope: string) => string;

/**
 * @param preserve values of the same form as the original instead, where the strategy leaves nothing to tell
 * @param keys for `hash` and `tokenize`
 */
export function substitute(strategy: Strategy, preserve: boolean, keys: () => RedactionKeys): Substitute {
  if (preserve && (strategy === "placeholder" || strategy === "mask")) return lookAlike;
  switch (strategy) {
    case "placeholder": return (detector) => `[REDACTED:${detector}]`;
    case "mask": return (_, original) => mask(original);
    case "remove": return () => "";
    case "hash": {
      const { hash } = keys();
      const { createHmac } = process.getBuiltinModule("node:crypto");
      return (detector, original, scope) => `[HASH:${detector}:${createHmac("sha256", hash).update(`${scope}\0${original}`).digest("hex").slice(0, HASH_LENGTH)}]`;
    }
    case "tokenize": {
      const own = keys();
      return (detector, original, scope) => tokenize(own, detector, original, scope);
    }
  }
}

/** Letters and digits become `*`, all but the last four; of an e-mail address the first character and the end of the domain are left. */
function mask(original: string): string {
  const at = original.lastIndexOf("@");
  if (at > 0) return `${original.slice(0, 1)}***@***${original.slice(original.lastIndexOf("."))}`;
  const shown = original.replace(/[^\p{L}\p{N}]/gu, "").length < SHORT ? 0 : LEFT;
  let left = shown;
  return Array.from(original).reverse().map((char) => (/[\p{L}\p{N}]/u.test(char) && left-- <= 0 ? "*" : char)).reverse().join("");
}
