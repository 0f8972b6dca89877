import { quote } from "../report.ts";
import { words } from "../words.ts";
import type { CodeToken } from "./lexer.ts";
import { DECODERS, DELETER_OWNERS, DELETERS, DESERIALISERS, EXECUTORS, GADGETS, LOADERS, OWNERS, PROCESS_MODULES, RUNNERS, SUPERGLOBALS } from "./names.ts";
import type { Reference } from "./reference.ts";

const PRECIOUS = /^(?:\/|\/\*|~|~\/|\/home|\/etc|\/usr|\/var|\/root|[a-z]:[\\/]?|\.\.?\/?)$/i;
/** What the text of a new function names when it is after the interpreter. */
const AFTER_INTERPRETER = /\b(?:this|process|global|globalThis|require|import|constructor)\b/;
const TIMERS: ReadonlySet<string> = words("setTimeout setInterval setImmediate");
const INCLUDERS: ReadonlySet<string> = words("include include_once require_once");
const UNSAFE_YAML: ReadonlySet<string> = words("Loader UnsafeLoader FullLoader");

export interface Verdict {
  readonly rule: string;
  readonly detail: string;
}

type Check = (reference: Reference, argument: CodeToken) => Verdict | undefined;

/** Names that one of the checks asks for. */
export const CALLED: ReadonlySet<string> = new Set([
  ...LOADERS, ...EXECUTORS, ...RUNNERS, ...[...OWNERS.values()].flatMap((members) => [...members]), ...TIMERS, ...DELETERS, ...DESERIALISERS.keys(), ...INCLUDERS,
  "Function", "constructor", "load", "getattr",
]);

/** In order: the first that has something to say of a call says it. */
const CHECKS: readonly Check[] = [loads, makesFunction, executes, runs, waits, deletes, deserialises, looksUp, includes];

/** What a call with arguments does that a value should not, and a program seldom. */
export function judgeCall(reference: Reference, argument: CodeToken): Verdict | undefined {
  for (const check of CHECKS) {
    const verdict = check(reference, argument);
    if (verdict) return verdict;
  }
  return undefined;
}

/** `require("child_process")`, `__import__("os")`. Go imports "os" as well, so that one only counts in Python. */
function loads({ name }: Reference, { kind, text }: CodeToken): Verdict | undefined {
  if (kind !== "string" || !LOADERS.has(name) || !PROCESS_MODULES.has(text)) return undefined;
  return text.length < 6 && (name === "import" || name === "require") ? undefined : { rule: "code.exec", detail: `loads ${quote(text)}` };
}

function makesFunction(reference: Reference, { kind, text }: CodeToken): Verdict | undefined {
  const { name, isMember, isGlued } = reference;
  if (!isGlued || !(name === "Function" || (name === "constructor" && isMember))) return undefined;
  if (decodes(reference)) return { rule: "code.sandbox_escape", detail: `${name} of what it decodes` };
  if (kind !== "string") return undefined;
  return { rule: AFTER_INTERPRETER.test(text) ? "code.sandbox_escape" : "code.exec", detail: `${name} made from a text` };
}

/** `eval(..)`, `system(..)` and their like, called by themselves. */
function executes(reference: Reference, argument: CodeToken): Verdict | undefined {
  const { name, isMember, inner } = reference;
  if (isMember || !EXECUTORS.has(name)) return undefined;
  if (inner.some(({ text }) => SUPERGLOBALS.has(text))) return { rule: "code.web_shell", detail: `${name} of what a request says` };
  if (decodes(reference)) return { rule: "code.decode_exec", detail: `${name} of what it decodes` };
  const known = argument.kind === "string" || inner[1]?.text === "(";
  return { rule: known ? "code.exec" : "code.dynamic", detail: `${name} of ${quote(argument.text)}` };
}

/** `os.system(..)`, `x.execSync(..)`. */
function runs({ name, owner }: Reference): Verdict | undefined {
  if (!RUNNERS.has(name) && !OWNERS.get(owner)?.has(name)) return undefined;
  return { rule: owner === "pty" ? "code.reverse_shell" : "code.exec", detail: owner === "" ? name : `${quote(owner)}.${name}` };
}

/** `setTimeout("code", 0)`. */
function waits({ name }: Reference, { kind, text }: CodeToken): Verdict | undefined {
  return TIMERS.has(name) && kind === "string" && text.includes("(") ? { rule: "code.exec", detail: `${name} of a text` } : undefined;
}

function deletes({ name, owner }: Reference, { kind, text }: CodeToken): Verdict | undefined {
  if (!DELETERS.has(name) || !(DELETER_OWNERS.has(owner) || /Sync$|rmtree|rm_rf/.test(name))) return undefined;
  const precious = kind === "string" && PRECIOUS.test(text);
  return { rule: precious ? "code.destructive" : "code.file_delete", detail: `${name} ${quote(text)}` };
}

function deserialises({ name, owner, inner }: Reference): Verdict | undefined {
  const owners = DESERIALISERS.get(name);
  const known = owners !== undefined && (owners.size === 0 || owners.has(owner));
  const yaml = name === "load" && owner === "yaml" && inner.some(({ text }) => UNSAFE_YAML.has(text));
  return known || yaml ? { rule: "code.deserialise", detail: owner === "" ? name : `${quote(owner)}.${name}` } : undefined;
}

/** `getattr(x, "__globals__")`. */
function looksUp({ name, inner }: Reference): Verdict | undefined {
  const internal = name === "getattr" && inner.some(({ text }) => GADGETS.has(text) || text === "__import__");
  return internal ? { rule: "code.sandbox_escape", detail: "getattr of an internal name" } : undefined;
}

function includes({ name, inner }: Reference): Verdict | undefined {
  const asked = INCLUDERS.has(name) && inner.some(({ text }) => SUPERGLOBALS.has(text));
  return asked ? { rule: "code.web_shell", detail: `${name} of what a request says` } : undefined;
}

/** A call among the arguments turns a text into another one. */
function decodes({ inner }: Reference): boolean {
  return inner.some(({ kind, text }, index) => {
    const called = kind === "name" && inner[index + 1]?.text === "(";
    return called && (DECODERS.has(text) || (text === "from" && inner[index - 2]?.text === "Buffer"));
  });
}
