import { lexCode, type CodeToken } from "../code/lexer.ts";
import { quote, type Report } from "../report.ts";
import { findExpressions, type TemplateExpression } from "./find.ts";

/** Tokens of one expression that are read. */
const MAX_TOKENS = 256;
/** Names that lead out of a template: internals of Python, Java, PHP, Ruby and JavaScript, and what runs commands. */
const GADGETS: ReadonlySet<string> = new Set([
  "__class__", "__mro__", "__subclasses__", "__globals__", "__builtins__", "__init__", "__import__", "__base__", "__bases__", "__getattribute__", "__getitem__", "mro", "subclasses", "getclass", "forname", "getruntime", "runtime", "processbuilder", "getengine",
  "getenginebyname", "newinstance", "scriptenginemanager", "popen", "system", "exec", "execsync", "eval", "shell_exec", "passthru", "phpinfo", "subprocess", "getenv", "child_process", "require", "constructor", "mainmodule",
  "cycler", "joiner", "lipsum", "get_flashed_messages", "url_for", "_self", "_context", "_templatereference__context", "registerundefinedfiltercallback", "getfilter", "file_excerpt", "file_get_contents", "get_user_file", "getresource",
  "freemarker", "objectconstructor", "jythonruntime", "templateresolver", "classloader", "getclassloader", "servletcontext", "statement", "class_for_name", "instance_eval", "send", "io", "open", "readlines", "glob", "stream_get_contents", "assert", "call_user_func", "usleep", "sleep", "phpversion",
]);
/** Objects of the framework; a template of a user has no business with them. */
const CONTEXTS: ReadonlySet<string> = new Set(["config", "self", "request", "settings", "app", "session", "g", "environ", "env", "process", "global", "globalthis", "smarty", "_server", "application", "response", "pagecontext", "facescontext", "springmacrorequestcontext", "dump", "debug"]);
/** A credential at the end of a path: `llm.api_key`, `config.SECRET_KEY`. */
const CREDENTIAL = /^(?:api[_-]?key|secret[_-]?key|private[_-]?key|access[_-]?key|signing[_-]?key|encryption[_-]?key|client[_-]?secret|secret|password|passwd|credentials?|connection[_-]?string|system[_-]?prompt)$/i;

/** Judges template expressions in a value: a placeholder is ordinary, arithmetic is a probe, and what reaches for internals an attack. */
export function inspectTemplates(text: string, report: Report): void {
  report.spend(text.length >> 2);
  for (const expression of findExpressions(text, (steps) => report.spend(steps))) judge(expression, report);
  directives(text, report);
}

function judge({ open, body, start, end }: TemplateExpression, report: Report): void {
  const tokens = lexCode(body, MAX_TOKENS);
  report.spend(tokens.length);
  // {{ title: "x" }}: an object in JSX.
  if (tokens[1]?.text === ":" && tokens[0]?.kind === "name" && open === "{{") return;
  const tell = (rule: string, detail: string): void => report.add(rule, start, end, `${detail}: ${quote(body.trim())}`);
  const gadget = tokens.find((token, index) => isGadget(token, tokens, index));
  if (open === "{php}") tell("template.injection", "PHP in a template");
  else if (open === "{$") {
    if (/^smarty\b/i.test(body)) tell("template.injection", "internals of Smarty");
  } else if (gadget) tell("template.injection", `reaches for ${quote(gadget.text)}`);
  else if (isCredential(tokens)) tell("template.secret", "asks for a credential");
  else if (isProbe(tokens)) tell("template.probe", "calculates with constants");
  else if (open === "[[" || open === "@(" || open === "@{" || open === "*{") return;
  else if (tokens.some(({ text }) => CONTEXTS.has(text.toLowerCase())) && (tokens.some((_, index) => isCall(tokens, index)))) tell("template.injection", "calls an object of the framework");
  else if (CONTEXTS.has(tokens[0]?.text.toLowerCase() ?? "")) tell("template.context", "an object of the framework");
  else if (open === "{%" || tokens.some((_, index) => isCall(tokens, index))) tell("template.expression", "more than a placeholder");
}

function isGadget(token: CodeToken, tokens: readonly CodeToken[], index: number): boolean {
  const name = token.text.toLowerCase();
  if (token.kind === "string") return /^(?:system|exec|passthru|shell_exec|popen|__\w{2,32}__|freemarker\.|java\.|javax\.|_{2,}$)/.test(name) || name.includes("\\x5f");
  if (token.kind !== "name") return false;
  const [before, after] = [tokens[index - 1]?.text ?? "", tokens[index + 1]?.text ?? ""];
  if (name === "java" || name === "javax" || name === "org") return after === ".";
  if (name === "t") return after === "(" && /^(?:java|org|javax)$/.test(tokens[index + 2]?.text ?? "");
  if (name === "class") return before === "." && after === ".";
  if (name === "attr" || name === "map" || name === "filter" || name === "reduce" || name === "sort") return before === "|" && after === "(" && tokens[index + 2]?.kind === "string" && /system|exec|passthru|^_|\\x5f/.test(tokens[index + 2]?.text ?? "") || name === "attr" && before === "|" && after === "(";
  if (name === "new") return before === "?" && after === "(";
  // Common English words count only where they are called or reached through a dot.
  if (/^(?:open|send|exec|system|require|constructor|statement|io|runtime|assert|eval|glob|sleep|readlines|mro|subclasses)$/.test(name)) return after === "(" || (before === "." && after === ".");
  return GADGETS.has(name);
}

/** `config.api_key`, `llm.secret`: a path, optionally filtered, that ends in a credential. */
function isCredential(tokens: readonly CodeToken[]): boolean {
  const path = tokens.slice(0, 9);
  const pipe = path.findIndex(({ text }) => text === "|");
  const names = (pipe < 0 ? path : path.slice(0, pipe)).filter(({ kind }) => kind !== "mark");
  const last = names.at(-1);
  return names.length > 1 && last?.kind === "name" && CREDENTIAL.test(last.text) && names.every(({ kind }) => kind === "name");
}

/** Numbers and strings with operators between them, and no name at all. */
function isProbe(tokens: readonly CodeToken[]): boolean {
  const operators = tokens.filter(({ kind, text }) => kind === "mark" && "+-*/%^&|=<>!".includes(text));
  const values = tokens.filter(({ kind }) => kind === "number" || kind === "string");
  // {{'a'.toUpperCase()}}
  const [first, dot, method] = tokens;
  if (first?.kind === "string" && dot?.text === "." && dot.start === first.end && method?.kind === "name") return true;
  return operators.length > 0 && values.length > 1 && tokens.every(({ kind }) => kind !== "name");
}

function isCall(tokens: readonly CodeToken[], index: number): boolean {
  return tokens[index]?.kind === "name" && tokens[index + 1]?.text === "(";
}

/** Directives that stand outside the delimiters: Freemarker's `<#assign`, Velocity's `#set`. */
function directives(text: string, report: Report): void {
  for (const [pattern, detail] of [[/[<[]#(?:assign|include|import)\b[^>\]]{0,256}(?:\?new|Execute|ObjectConstructor|JythonRuntime|\?api|['"]\/)/i, "a Freemarker directive"], [/#(?:set|evaluate|parse|include)\s{0,4}\(\s{0,4}(?:\$|["'])[^)]{0,256}(?:class|inspect|runtime|exec|\/)/i, "a Velocity directive"]] as const) {
    const found = pattern.exec(text);
    if (found) report.add("template.injection", found.index, found.index + found[0].length, `${detail}: ${quote(found[0])}`);
  }
}
