import type { EnforceCore } from "./enforcecore-model.ts";
import type { Notes } from "./note.ts";

/** Their categories → our detectors. */
const DETECTORS: Readonly<Record<string, readonly string[]>> = {
  email: ["email"], phone: ["phone", "phone_national"], ssn: ["us_ssn"], credit_card: ["credit_card"], ip_address: ["ip_address"], passport: ["passport"],
};
/** Categories that only mean something in one country. */
const LOCALES: Readonly<Record<string, string>> = { ssn: "us" };
/** What is looked for where no category is named (enforcecore/redactor/engine.py). */
const DEFAULT_CATEGORIES: readonly string[] = ["email", "phone", "ssn", "credit_card", "ip_address"];

/** The sections `redact` and `detection`. */
export function writeRedaction({ path, categories, strategy }: NonNullable<EnforceCore["pii"]>, output: boolean, notes: Notes): Readonly<Record<string, unknown>> {
  const wanted = categories.length ? categories : DEFAULT_CATEGORIES;
  const unknown = wanted.filter((category) => !Object.hasOwn(DETECTORS, category));
  if (unknown.length) notes.approximated(`${path}.categories`, `there is no detector for ${unknown.join(", ")}; all detectors of personal data take its place`);
  notes.approximated(path, "a number counts where its check digit and its form are right, or where it is named as such; EnforceCore takes every number of that length");
  if (strategy === "hash") notes.assumed(`${path}.strategy`, "hashes are keyed: the key is expected in SPANGATE_REDACTION_KEY");
  const detectors = unknown.length ? ["pii"] : [...new Set(wanted.flatMap((category) => DETECTORS[category] ?? []))];
  const locales = [...new Set(wanted.flatMap((category) => LOCALES[category] ?? []))];
  return {
    ...(locales.length && { detection: { locales } }),
    redact: { detectors, in: output ? ["arguments", "results"] : ["arguments"], strategy },
  };
}

/** The patterns are those of fnmatch, on lower-case names. */
export function writeNetwork({ path, allowed, denied, denyOthers }: NonNullable<EnforceCore["network"]>, notes: Notes): Readonly<Record<string, unknown>> {
  const narrow = allowed.map((domain) => domain.toLowerCase()).filter((domain) => {
    if (domain !== "" && !domain.includes("[")) return true;
    notes.dropped(`${path}.allowed_domains`, `${JSON.stringify(domain)} cannot be written here, and so is not allowed`);
    return false;
  });
  const wide = denied.filter((domain) => domain !== "").map((domain) => {
    if (!domain.includes("[")) return domain.toLowerCase();
    notes.approximated(`${path}.denied_domains`, `${domain}: a set of characters is written as ?, any character`);
    return domain.toLowerCase().replace(/\[!?\]?[^\]]*\]/g, "?");
  });
  notes.approximated(path, "also addresses that are not on the public internet are denied, and URLs other than http and https");
  const closed = denyOthers && narrow.length === 0;
  return { ...(denyOthers && !closed && { allow: narrow }), ...((closed || wide.length) && { deny: closed ? ["*"] : wide }) };
}
