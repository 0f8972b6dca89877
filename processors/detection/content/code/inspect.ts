import { sensitivityOf } from "../path/sensitive.ts";
import { quote, type Report } from "../report.ts";
import { lexCode, type CodeToken } from "./lexer.ts";
import { DECODERS, DELETER_OWNERS, DELETERS, DESERIALISERS, EXECUTORS, GADGETS, LOADERS, NETWORK, OWNERS, PROCESS_MODULES, RUNNERS, SOCKETS, SUPERGLOBALS } from "./names.ts";

/** Tokens that are read; longer program text is judged by its beginning, and told as too complex by the caller's budget. */
const MAX_TOKENS = 200_000;
/** Tokens between two things that belong to one deed. */
const NEAR = 80;
/** Tokens behind an opening parenthesis in which a nested call is looked for. */
const REACH = 12;
const NOWHERE = Number.POSITIVE_INFINITY;
const SHELL_PATH = /^(?:\/(?:usr\/)?bin\/(?:ba|da|z|k)?sh|(?:ba|z)?sh|cmd(?:\.exe)?|powershell(?:\.exe)?)$/i;
const PRECIOUS = /^(?:\/|\/\*|~|~\/|\/home|\/etc|\/usr|\/var|\/root|[a-z]:[\\/]?|\.\.?\/?)$/i;

/** What a text as a whole was seen to do. */
interface Seen {
  network: number;
  environment: number;
  socket: number;
  shell: number;
}

/** Looks for program text that runs commands, leaves its sandbox, or takes what it should not. */
export function inspectCode(text: string, report: Report): void {
  const tokens = lexCode(text, MAX_TOKENS);
  report.spend(tokens.length);
  const seen: Seen = { network: NOWHERE, environment: NOWHERE, socket: NOWHERE, shell: NOWHERE };
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as CodeToken;
    if (token.kind === "name") judgeName(new Reference(tokens, at), report, seen, at);
    else if (token.kind === "string") judgeString(tokens, at, report, seen);
    if (seen.network === at || seen.environment === at || seen.socket === at || seen.shell === at) judgeTogether(tokens, seen, at, report);
  }
}

/** @param at the token that was the last to be seen */
function judgeTogether(tokens: readonly CodeToken[], seen: Seen, at: number, report: Report): void {
  const place = (index: number): readonly [number, number] => [(tokens[index] as CodeToken).start, (tokens[at] as CodeToken).end];
  if (Math.abs(seen.socket - seen.shell) < NEAR) report.add("code.reverse_shell", ...place(Math.min(seen.socket, seen.shell)), "a socket and a shell");
  if (Math.abs(seen.environment - seen.network) < NEAR) report.add("code.exfiltration", ...place(Math.min(seen.environment, seen.network)), "environment and network in one expression");
}

/** A name and how it is used. */
class Reference {
  readonly token: CodeToken;
  readonly name: string;
  readonly #tokens: readonly CodeToken[];
  readonly #at: number;

  constructor(tokens: readonly CodeToken[], at: number) {
    this.#tokens = tokens;
    this.#at = at;
    this.token = tokens[at] as CodeToken;
    this.name = this.token.text;
  }

  at(offset: number): CodeToken | undefined {
    return this.#tokens[this.#at + offset];
  }

  get isMember(): boolean {
    return isAccess(this.at(-1));
  }

  /** The name in front of the dot; that of the function where a call stands there. */
  get owner(): string {
    if (!this.isMember) return "";
    let back = -2;
    for (let depth = 0; back > -32; back--) {
      const text = this.at(back)?.text;
      if (text === ")") depth++;
      else if (text === "(") depth--;
      else if (depth === 0) break;
    }
    return this.at(back)?.text ?? "";
  }

  get isCall(): boolean {
    return this.at(1)?.text === "(" && this.at(1)?.kind === "mark";
  }

  /** No room in front of the parenthesis, as prose would leave. */
  get isGlued(): boolean {
    return this.at(1)?.start === this.token.end;
  }

  /** The first argument of the call; undefined for an empty one. */
  get argument(): CodeToken | undefined {
    const first = this.isCall ? this.at(2) : undefined;
    return first?.text === ")" && first.kind === "mark" ? undefined : first;
  }

  /** Names and strings of the arguments, as far as one looks. */
  get inner(): readonly CodeToken[] {
    return this.#tokens.slice(this.#at + 2, this.#at + 2 + REACH);
  }
}

function isAccess(token: CodeToken | undefined): boolean {
  return token?.kind === "mark" && (token.text === "." || token.text === "->" || token.text === "::" || token.text === "?.");
}

function judgeName(reference: Reference, report: Report, seen: Seen, at: number): void {
  const { token, name } = reference;
  const end = reference.at(1)?.end ?? token.end;
  const tell = (rule: string, detail: string): void => report.add(rule, token.start, end, detail);
  const { argument } = reference;
  if (NETWORK.has(name) && (reference.isCall || isAccess(reference.at(1)) || reference.at(1)?.text === "=")) seen.network = at;
  if (SOCKETS.has(name) && (reference.isCall || isAccess(reference.at(1)))) seen.socket = at;
  if (name === "environ" || (name === "env" && reference.owner === "process") || (name === "getenv" && reference.isCall)) {
    seen.environment = at;
    tell("code.environment", "reads the environment");
  }
  if (isEscape(reference, report)) tell("code.sandbox_escape", quote(name));
  else if (name === "__proto__" || (name === "prototype" && reference.owner === "constructor")) tell("code.prototype", quote(name));
  else if (name === "document" && reference.at(2)?.text === "cookie") tell("code.markup", "reads cookies");
  if (reference.isCall && argument) judgeCall(reference, argument, tell);
  else if (reference.isCall && /^php(?:info|version)$/.test(name)) tell("code.exec", name);
  judgeIdiom(reference, tell);
}

type Tell = (rule: string, detail: string) => void;

/** Internals that lead out of a sandbox. In a program one of them alone is how libraries are written; in a value it is not. */
function isEscape(reference: Reference, report: Report): boolean {
  const { name, isMember } = reference;
  const gadget = (offset: number): boolean => GADGETS.has(reference.at(offset)?.text ?? "");
  if (name === "mainModule") return isMember && isAccess(reference.at(1));
  if (name === "__class__") return report.role !== "code" && isAccess(reference.at(1)) && (gadget(2) || reference.at(2)?.text === "__init__");
  if (!GADGETS.has(name) || !(isMember || reference.isCall || reference.at(1)?.text === "[")) return false;
  if (report.role !== "code" || (name === "__globals__" && reference.owner === "__init__")) return reference.at(-1)?.text !== "def";
  return [-2, -3, -4, -5, -6, -7].some(gadget);
}

function judgeCall(reference: Reference, argument: CodeToken, tell: Tell): void {
  const { name, owner, isMember, inner } = reference;
  const text = argument.kind === "string" ? argument.text : undefined;
  if (LOADERS.has(name) && text !== undefined && PROCESS_MODULES.has(text) && !(text.length < 6 && /^(?:import|require)$/.test(name))) return tell("code.exec", `loads ${quote(text)}`);
  const decodes = inner.some((token, index) => token.kind === "name" && inner[index + 1]?.text === "(" && (DECODERS.has(token.text) || (token.text === "from" && inner[index - 2]?.text === "Buffer")));
  if ((name === "Function" || (name === "constructor" && isMember)) && (text !== undefined || decodes) && reference.isGlued) {
    return tell(/\b(?:this|process|global|globalThis|require|import|constructor)\b/.test(text ?? "") || decodes ? "code.sandbox_escape" : "code.exec", `${name} made from a text`);
  }
  if (EXECUTORS.has(name) && !isMember) {
    if (inner.some((token) => SUPERGLOBALS.has(token.text))) return tell("code.web_shell", `${name} of what a request says`);
    if (decodes) return tell("code.decode_exec", `${name} of what it decodes`);
    if (text !== undefined || inner[1]?.text === "(" || name === "phpinfo") return tell("code.exec", `${name} of ${quote(text ?? argument.text)}`);
    return tell("code.dynamic", `${name} of ${quote(argument.text)}`);
  }
  if (RUNNERS.has(name) || OWNERS.get(owner)?.has(name)) return tell(owner === "pty" ? "code.reverse_shell" : "code.exec", `${owner ? `${owner}.` : ""}${name}`);
  if (/^(?:setTimeout|setInterval|setImmediate)$/.test(name) && text?.includes("(")) return tell("code.exec", `${name} of a text`);
  if (DELETERS.has(name) && (DELETER_OWNERS.has(owner) || /Sync$|rmtree|rm_rf/.test(name))) return tell(text !== undefined && PRECIOUS.test(text) ? "code.destructive" : "code.file_delete", `${name} ${quote(text ?? "")}`);
  const loaders = DESERIALISERS.get(name);
  if (loaders !== undefined && (loaders === "" || loaders.split(" ").includes(owner))) return tell("code.deserialise", `${owner ? `${owner}.` : ""}${name}`);
  if (name === "load" && owner === "yaml" && inner.some(({ text: inside }) => /^(?:Loader|UnsafeLoader|FullLoader)$/.test(inside))) return tell("code.deserialise", "yaml.load with a loader that makes objects");
  if (name === "getattr" && inner.some(({ text: inside }) => GADGETS.has(inside) || inside === "__import__")) return tell("code.sandbox_escape", "getattr of an internal name");
  if (/^(?:include|include_once|require_once)$/.test(name) && inner.some((token) => SUPERGLOBALS.has(token.text))) tell("code.web_shell", `${name} of what a request says`);
}

/** Shapes that are no single call. */
function judgeIdiom(reference: Reference, tell: Tell): void {
  const { name, owner } = reference;
  const next = reference.at(1);
  if (name === "constructor" && owner === "constructor") tell("code.sandbox_escape", "constructor of a constructor");
  else if (name === "construct" && owner === "Reflect" && reference.argument?.text === "Function") tell("code.sandbox_escape", "Reflect.construct of Function");
  else if ((name === "binding" || name === "dlopen" || name === "_linkedBinding") && owner === "process" && reference.isCall) tell("code.sandbox_escape", `process.${name}`);
  else if (name === "_load" && (owner === "constructor" || owner === "Module")) tell("code.exec", "loads a module past its loader");
  else if ((name === "globalThis" || name === "global" || name === "window" || name === "self") && next?.text === "[" && reference.at(2)?.kind === "string" && /^(?:process|eval|Function|require)$/.test(reference.at(2)?.text ?? "")) tell("code.sandbox_escape", `${name}[${quote(reference.at(2)?.text ?? "")}]`);
  else if (/^(?:NODE_OPTIONS|LD_PRELOAD|PYTHONSTARTUP)$/.test(name) && next?.text === "=" && (name !== "NODE_OPTIONS" || /--(?:require|import|loader)/.test(reference.at(2)?.text ?? ""))) tell("code.sandbox_escape", `sets ${name}`);
  else if (name === "WebAssembly" && /^(?:instantiate|compile)/.test(reference.at(2)?.text ?? "")) tell("code.dynamic", "runs WebAssembly");
  else if (name === "vm" && /^(?:runIn|Script|createContext|compileFunction)/.test(reference.at(2)?.text ?? "")) tell("code.dynamic", "runs a text in node:vm");
  else if (name === "Runtime" && owner === "lang") tell("code.exec", "java.lang.Runtime");
  else if (name === "T" && next?.text === "(" && reference.at(2)?.text === "java") tell("code.exec", "a Java type in an expression");
  else if (name === "with" && next?.text === "(" && reference.at(2)?.text === "document") tell("code.markup", "with (document)");
}

/** Strings that name a shell, a file with credentials, or a dangerous object. */
function judgeString(tokens: readonly CodeToken[], at: number, report: Report, seen: Seen): void {
  const { text, start, end } = tokens[at] as CodeToken;
  if (text.length > 256) return;
  if (SHELL_PATH.test(text)) seen.shell = at;
  if (text === "__proto__") report.add("code.prototype", start, end, "__proto__ as a key");
  else if (text === "constructor" && tokens.slice(at, at + 6).some((token) => token.text === "prototype")) report.add("code.prototype", start, end, "constructor.prototype as keys");
  else if (GADGETS.has(text) && tokens[at - 1]?.text === "[" && tokens[at + 1]?.text === "]") report.add("code.sandbox_escape", start, end, quote(text));
  const before = tokens[at - 1]?.text;
  if (before !== "(" && before !== "+" && before !== ",") return;
  if (/[/\\]/.test(text) && sensitivityOf(text.replaceAll("\\", "/").replace(/^[a-z]:/i, "")) === "secret" && isOpened(tokens, at)) report.add("code.secret_file", start, end, quote(text));
}

/** The call around a string reads, writes or opens. */
function isOpened(tokens: readonly CodeToken[], at: number): boolean {
  for (let back = at - 1; back >= 0 && back > at - REACH; back--) {
    if (tokens[back]?.text === "(") return /open|read|write|file|include|require|load|source|cat|exec|system|get|copy|fopen/i.test(tokens[back - 1]?.text ?? "");
  }
  return false;
}
