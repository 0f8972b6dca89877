import { quote, type Report } from "../report.ts";
import { words } from "../words.ts";
import type { Verdict } from "./call.ts";
import { GADGETS } from "./names.ts";
import type { Reference } from "./reference.ts";

const GLOBALS: ReadonlySet<string> = words("globalThis global window self");
const HIDDEN_GLOBALS: ReadonlySet<string> = words("process eval Function require");
const LOADER_VARIABLES: ReadonlySet<string> = words("NODE_OPTIONS LD_PRELOAD PYTHONSTARTUP");
const BINDINGS: ReadonlySet<string> = words("binding dlopen _linkedBinding");

type Check = (reference: Reference) => Verdict | undefined;

/** By name: shapes that are more than one call. */
const IDIOMS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["constructor", ({ owner }) => escape(owner === "constructor", "constructor of a constructor")],
  ["construct", ({ owner, argument }) => escape(owner === "Reflect" && argument?.text === "Function", "Reflect.construct of Function")],
  ["mainModule", ({ isMember, isAccessed }) => escape(isMember && isAccessed, "the main module")],
  ["_load", ({ owner }) => when(owner === "constructor" || owner === "Module", "code.exec", "loads a module past its loader")],
  ["Runtime", ({ owner }) => when(owner === "lang", "code.exec", "java.lang.Runtime")],
  ["T", (reference) => when(reference.isCall && reference.textAt(2) === "java", "code.exec", "a Java type in an expression")],
  ["with", (reference) => when(reference.isCall && reference.textAt(2) === "document", "code.markup", "with (document)")],
  ["document", (reference) => when(reference.textAt(2) === "cookie", "code.markup", "reads cookies")],
  ["WebAssembly", (reference) => when(/^(?:instantiate|compile)/.test(reference.textAt(2)), "code.dynamic", "runs WebAssembly")],
  ["vm", (reference) => when(/^(?:runIn|Script|createContext|compileFunction)/.test(reference.textAt(2)), "code.dynamic", "runs a text in node:vm")],
  ["phpinfo", ({ isCall }) => when(isCall, "code.exec", "phpinfo")],
  ["phpversion", ({ isCall }) => when(isCall, "code.exec", "phpversion")],
  ["__proto__", () => when(true, "code.prototype", "__proto__")],
  ["prototype", ({ owner }) => when(owner === "constructor", "code.prototype", "constructor.prototype")],
]);

/** Names that {@link judgeIdiom} asks for. */
export const IDIOMATIC: ReadonlySet<string> = new Set([...IDIOMS.keys(), ...GADGETS, ...BINDINGS, ...GLOBALS, ...LOADER_VARIABLES, "__class__"]);

/** What a name is part of, beside being called. */
export function judgeIdiom(reference: Reference, report: Report): Verdict | undefined {
  const { name } = reference;
  const known = IDIOMS.get(name)?.(reference);
  if (known) return known;
  if (isGadget(reference, report)) return { rule: "code.sandbox_escape", detail: quote(name) };
  if (BINDINGS.has(name)) return escape(reference.owner === "process" && reference.isCall, `process.${name}`);
  const next = reference.textAt(2);
  if (GLOBALS.has(name) && reference.textAt(1) === "[") return escape(HIDDEN_GLOBALS.has(next) && reference.at(2)?.kind === "string", `${name}[${quote(next)}]`);
  const sets = LOADER_VARIABLES.has(name) && reference.textAt(1) === "=";
  if (sets) return escape(name !== "NODE_OPTIONS" || /--(?:require|import|loader)/.test(next), `sets ${name}`);
  return undefined;
}

/** Internals that lead out of a sandbox. In a program one of them alone is how libraries are written; in a value it is not. */
function isGadget(reference: Reference, report: Report): boolean {
  const { name, isMember } = reference;
  const gadget = (offset: number): boolean => GADGETS.has(reference.textAt(offset));
  if (name === "__class__") return report.role !== "code" && reference.isAccessed && (gadget(2) || reference.textAt(2) === "__init__");
  if (!GADGETS.has(name) || !(isMember || reference.isCall || reference.textAt(1) === "[")) return false;
  if (report.role !== "code" || (name === "__globals__" && reference.owner === "__init__")) return reference.textAt(-1) !== "def";
  return [-2, -3, -4, -5, -6, -7].some(gadget);
}

function escape(holds: boolean, detail: string): Verdict | undefined {
  return when(holds, "code.sandbox_escape", detail);
}

function when(holds: boolean, rule: string, detail: string): Verdict | undefined {
  return holds ? { rule, detail } : undefined;
}
