import { lexCode, type CodeToken } from "../code/lexer.ts";
import { compilePatterns } from "../patterns.ts";
import { quote, type Report } from "../report.ts";
import { words } from "../words.ts";
import { findExpressions, type TemplateExpression } from "./find.ts";

/** Names that lead out of a template wherever they stand: internals of Python, Java, PHP, Ruby and JavaScript. Compared in lower case. */
const GADGETS: ReadonlySet<string> = words(`
  __class__ __mro__ __subclasses__ __globals__ __builtins__ __init__ __import__ __base__ __bases__ __getattribute__ __getitem__ getclass
  forname getruntime processbuilder getengine getenginebyname newinstance scriptenginemanager popen shell_exec passthru phpinfo phpversion
  subprocess getenv child_process mainmodule cycler joiner lipsum get_flashed_messages url_for _self _context _templatereference__context
  registerundefinedfiltercallback getfilter file_excerpt file_get_contents get_user_file getresource freemarker objectconstructor
  jythonruntime templateresolver classloader getclassloader servletcontext class_for_name instance_eval stream_get_contents
  call_user_func execsync usleep
`);
/** The same, where they are also common words: they count where they are called, or reached through a dot. */
const CALLED_GADGETS: ReadonlySet<string> = words(`
  open send exec system require constructor statement io runtime assert eval glob readlines mro subclasses sleep
`);
/** Filters that call what their argument names. */
const FILTERS: ReadonlySet<string> = words("map filter reduce sort");
const DANGEROUS_STRING = /^(?:system|exec|passthru|shell_exec|popen|__\w{2,32}__|freemarker\.|java\.|javax\.|_{2,4}$)|\\x5f/i;
const JAVA: ReadonlySet<string> = words("java javax org");
/** Objects of the framework; a template of a user has no business with them. */
const CONTEXTS: ReadonlySet<string> = words(`
  config self request settings app session g environ env process global globalthis smarty _server application response pagecontext
  facescontext springmacrorequestcontext dump debug
`);
/** A credential at the end of a path: `llm.api_key`, `config.SECRET_KEY`. Compared without underscores and dashes. */
const CREDENTIALS: ReadonlySet<string> = words(`
  apikey secretkey privatekey accesskey signingkey encryptionkey clientsecret secret password passwd credential credentials
  connectionstring systemprompt
`);
/** Tokens of a path that may end in a credential. */
const LONGEST_PATH = 9;
/** Delimiters that stand for too much else to be told of without a gadget or a calculation in them. */
const AMBIGUOUS: ReadonlySet<string> = new Set(["[[", "@(", "@{", "*{"]);
/** Directives of Freemarker and Velocity, which stand outside the delimiters. RE2 syntax. */
const searchDirectives = compilePatterns([
  "(?i)[<\\[]#(?:assign|include|import)\\b[^>\\]]*(?:\\?new|Execute|ObjectConstructor|JythonRuntime|\\?api|['\"]/)",
  "(?i)#(?:set|evaluate|parse|include)\\s*\\(\\s*(?:\\$|[\"'])[^)]*(?:class|inspect|runtime|exec|/)",
]);

/** Judges template expressions in a value: a placeholder is ordinary, arithmetic is a probe, and what reaches for internals an attack. */
export function inspectTemplates(text: string, report: Report): void {
  report.spend(text.length >> 2);
  for (const expression of findExpressions(text, (steps) => report.spend(steps))) {
    const verdict = judge(expression, lexCode(expression.body, (steps) => report.spend(steps)));
    if (verdict) report.add(verdict[0], expression.start, expression.end, `${verdict[1]}: ${quote(expression.body.trim())}`);
  }
  if (!text.includes("#")) return;
  for (const { start, end } of searchDirectives(text)) report.add("template.injection", start, end, `a directive: ${quote(text.slice(start, end))}`);
}

function judge({ open, body }: TemplateExpression, tokens: readonly CodeToken[]): readonly [rule: string, detail: string] | undefined {
  // {{ title: "x" }}: an object in JSX.
  if (open === "{{" && tokens[0]?.kind === "name" && tokens[1]?.text === ":") return undefined;
  if (open === "{php}") return ["template.injection", "PHP in a template"];
  if (open === "{$") return /^smarty\b/i.test(body) ? ["template.injection", "internals of Smarty"] : undefined;
  const gadget = tokens.find((_, index) => isGadget(tokens, index));
  if (gadget) return ["template.injection", `reaches for ${quote(gadget.text)}`];
  if (isCredential(tokens)) return ["template.secret", "asks for a credential"];
  if (isProbe(tokens)) return ["template.probe", "calculates with constants"];
  if (AMBIGUOUS.has(open)) return undefined;
  const calls = tokens.some((_, index) => isCall(tokens, index));
  if (calls && tokens.some(isContext)) return ["template.injection", "calls an object of the framework"];
  if (tokens[0] && isContext(tokens[0])) return ["template.context", "an object of the framework"];
  return calls || open === "{%" ? ["template.expression", "more than a placeholder"] : undefined;
}

function isGadget(tokens: readonly CodeToken[], index: number): boolean {
  const token = tokens[index] as CodeToken;
  if (token.kind === "string") return DANGEROUS_STRING.test(token.text.slice(0, 64));
  if (token.kind !== "name") return false;
  const name = token.text.toLowerCase();
  const [before, after, inner] = [tokens[index - 1]?.text ?? "", tokens[index + 1]?.text ?? "", tokens[index + 2]];
  if (JAVA.has(name)) return after === ".";
  if (name === "t") return after === "(" && JAVA.has(inner?.text ?? "");
  if (name === "class") return before === "." && after === ".";
  if (name === "new") return before === "?" && after === "(";
  if (name === "attr") return before === "|" && after === "(";
  if (FILTERS.has(name)) return before === "|" && after === "(" && inner?.kind === "string" && DANGEROUS_STRING.test(inner.text.slice(0, 64));
  if (CALLED_GADGETS.has(name)) return after === "(" || (before === "." && after === ".");
  return GADGETS.has(name);
}

/** `config.api_key`, `llm.secret`: a path, optionally filtered, that ends in a credential. */
function isCredential(tokens: readonly CodeToken[]): boolean {
  const pipe = tokens.findIndex(({ text }) => text === "|");
  const path = (pipe < 0 ? tokens : tokens.slice(0, pipe)).filter(({ kind }) => kind !== "mark");
  if (path.length < 2 || path.length > LONGEST_PATH || path.some(({ kind }) => kind !== "name")) return false;
  return CREDENTIALS.has((path.at(-1) as CodeToken).text.replaceAll(/[_-]/g, "").toLowerCase());
}

/** Numbers and strings with operators between them, and no name at all. */
function isProbe(tokens: readonly CodeToken[]): boolean {
  // {{'a'.toUpperCase()}}
  const [first, dot, method] = tokens;
  if (first?.kind === "string" && dot?.text === "." && dot.start === first.end && method?.kind === "name") return true;
  const operator = tokens.some(({ kind, text }) => kind === "mark" && "+-*/%^&|=<>!".includes(text));
  const values = tokens.filter(({ kind }) => kind === "number" || kind === "string").length;
  return operator && values > 1 && tokens.every(({ kind }) => kind !== "name");
}

function isContext({ text }: CodeToken): boolean {
  return CONTEXTS.has(text.toLowerCase());
}

function isCall(tokens: readonly CodeToken[], index: number): boolean {
  return tokens[index]?.kind === "name" && tokens[index + 1]?.text === "(";
}
