import { chunks, isNoneOf, isOneOf } from "./cel.ts";
import type { EnforceCore, Paths } from "./enforcecore-model.ts";
import type { Notes } from "./note.ts";
import { oneOrAll } from "./one-or-all.ts";

/** A rule as it is written. */
export type WrittenRule = Readonly<Record<string, unknown>> & { readonly id: string };

export interface ToolRules {
  readonly default: "allow" | "deny";
  readonly rules: readonly WrittenRule[];
}

/** What EnforceCore calls with a name of another form is refused (enforcecore/core/hardening.py); there also letters of other scripts are taken. */
const VALID_NAME = /^[\p{L}\p{N}_.:<>-]{1,256}$/u;
const VALID_NAME_RE2 = "^[A-Za-z0-9_.:<>-]{1,256}$";
/** Longest name that a pattern of ours takes. */
const LONGEST_NAME = 256;
const ROOM = 200;

/** Which tools may be called. */
export function toolRules({ allowed, denied, where, violation, rates, paths }: EnforceCore, notes: Notes): ToolRules {
  const shadow = violation === "log" ? { mode: "observe" } : {};
  const names = deniedNames(denied, paths, notes);
  const denials = names.length ? [{ id: "denied_tools", tool: oneOrAll(names), effect: "deny", reason: "in denied_tools", ...shadow }] : [];
  if ((allowed || where) && violation !== "log") {
    const callable = allowed ? allowedNames(allowed, names, paths, notes) : ["*"];
    return { default: "deny", rules: callable.length ? [...denials, { id: "allowed_tools", tool: oneOrAll(callable), ...where, effect: "allow" }] : denials };
  }
  if (allowed || where) notes.assumed("on_violation", "`log` lets every tool run: the lists are shadow rules, recorded and not applied");
  notes.approximated("rules", "every tool may be called; those whose names have letters outside of ASCII, or characters that EnforceCore refuses, are denied all the same");
  const anyCase = chunks(plain(names), ROOM).map((part, index) => ({
    id: numbered("denied_tools.any-case", index), when: isOneOf("tool.lowerAscii()", lower(part)), effect: "deny", reason: "in denied_tools", ...shadow,
  }));
  return {
    default: "allow",
    rules: [
      { id: "tool-names", when: `!tool.matches(${JSON.stringify(VALID_NAME_RE2)})`, effect: "deny", reason: "not a name that EnforceCore accepts" },
      ...denials, ...anyCase, ...spellings(rates, notes), ...shadowOfAllowed(allowed, paths, notes),
    ],
  };
}

/** Names that can be called, as they are written: in EnforceCore case does not count. */
function allowedNames(allowed: readonly string[], denied: readonly string[], { allowed_tools: path = "allowed_tools" }: Paths, notes: Notes): readonly string[] {
  const refused = new Set(denied.map((name) => name.toLowerCase()));
  const kept = [...new Set(allowed)].filter((name) => {
    if (!VALID_NAME.test(name)) notes.dropped(path, `${JSON.stringify(name)} allows nothing: EnforceCore has no patterns and refuses such names`);
    else if (refused.has(name.toLowerCase())) notes.dropped(path, `${name} allows nothing: it is denied`);
    else return true;
    return false;
  });
  if (kept.length) notes.approximated(path, "names count as they are written; in EnforceCore upper and lower case are the same");
  return kept;
}

/** A `*` is a pattern here; in EnforceCore it only stands for itself, and so denies nothing. */
function deniedNames(denied: readonly string[], { denied_tools: path = "denied_tools" }: Paths, notes: Notes): readonly string[] {
  return [...new Set(denied)].filter((name) => {
    if (name === "" || name.length > LONGEST_NAME) notes.dropped(path, `no tool has the name ${JSON.stringify(name.slice(0, 40))}`);
    else if (/[*?]/.test(name)) notes.approximated(path, `${name} is a pattern here; EnforceCore has none, and denies nothing by it`);
    return name !== "" && name.length <= LONGEST_NAME;
  });
}

/** Where every tool is allowed, another spelling of a limited one must not get around its limit. */
function spellings(rates: EnforceCore["rates"], notes: Notes): readonly WrittenRule[] {
  const written = plain([...(rates?.tools.keys() ?? [])]);
  const path = rates?.tools.get(written[0] ?? "")?.path;
  if (path !== undefined) notes.approximated(path, "tools with a limit are called by the name as it is written; in EnforceCore upper and lower case are the same");
  return chunks(written.flatMap((name) => [name, name]), ROOM).map((part, index) => ({
    id: numbered("rate_limits.any-case", index), when: `${isOneOf("tool.lowerAscii()", lower(part))} && ${isNoneOf("tool", [...new Set(part)])}`, effect: "deny",
    reason: "a limited tool under another spelling",
  }));
}

/** What `log` would record of tools outside of the list. */
function shadowOfAllowed(allowed: readonly string[] | undefined, { allowed_tools: path = "allowed_tools" }: Paths, notes: Notes): readonly WrittenRule[] {
  if (!allowed) return [];
  const names = lower(plain(allowed));
  if (chunks(names, ROOM).length > 1) {
    notes.dropped(path, "too long for a condition; calls of other tools are not recorded as violations");
    return [];
  }
  const rest = names.length ? { when: isNoneOf("tool.lowerAscii()", names) } : { tool: "*" };
  return [{ id: "allowed_tools", ...rest, effect: "deny", reason: "not in allowed_tools", mode: "observe" }];
}

function plain(names: readonly string[]): readonly string[] {
  return names.filter((name) => !/[*?]/.test(name));
}

function lower(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

function numbered(id: string, index: number): string {
  return index === 0 ? id : `${id}.${index + 1}`;
}
