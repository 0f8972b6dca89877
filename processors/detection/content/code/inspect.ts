import { sensitivityOf } from "../path/sensitive.ts";
import { quote, type Report } from "../report.ts";
import { CALLED, judgeCall } from "./call.ts";
import { IDIOMATIC, judgeIdiom } from "./idiom.ts";
import { lexCode, type CodeToken } from "./lexer.ts";
import { GADGETS, NETWORK, SOCKETS } from "./names.ts";
import { Reference } from "./reference.ts";

/** Tokens between two things that belong to one deed. */
const NEAR = 80;
/** Tokens that are gone back over to see which call a string is an argument of. */
const BACK = 12;
/** Steps that judging a call costs beside reading it. */
const CALL_COST = 12;
/** Longest string that may name something. */
const LONGEST_NAME = 256;
/** Names of which something may be said: of hundreds in a program a few. */
const TELLING: ReadonlySet<string> = new Set([...NETWORK, ...SOCKETS, ...CALLED, ...IDIOMATIC, "environ", "env", "getenv"]);
const SHELL_PATH = /^(?:\/(?:usr\/)?bin\/(?:ba|da|z|k)?sh|(?:ba|z)?sh|cmd(?:\.exe)?|powershell(?:\.exe)?)$/i;
const OPENER = /open|read|write|file|include|require|load|source|cat|exec|system|get|copy/i;

/** Looks for program text that runs commands, leaves its sandbox, or takes what it should not. */
export function inspectCode(text: string, report: Report): void {
  const tokens = lexCode(text, (steps) => report.spend(steps));
  const deeds = new Deeds(tokens, report);
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as CodeToken;
    if (token.kind === "name" && TELLING.has(token.text)) judgeName(new Reference(tokens, at), at, report, deeds);
    else if (token.kind === "string") judgeString(tokens, at, report, deeds);
  }
}

function judgeName(reference: Reference, at: number, report: Report, deeds: Deeds): void {
  const { token, name, argument } = reference;
  const used = reference.isCall || reference.isAccessed;
  if (NETWORK.has(name) && (used || reference.textAt(1) === "=")) deeds.saw("network", at);
  if (SOCKETS.has(name) && used) deeds.saw("socket", at);
  if (name === "environ" || (name === "env" && reference.owner === "process") || (name === "getenv" && reference.isCall)) {
    deeds.saw("environment", at);
    report.add("code.environment", token.start, reference.end, "reads the environment");
  }
  if (argument) report.spend(CALL_COST);
  const verdict = judgeIdiom(reference, report) ?? (argument && judgeCall(reference, argument));
  if (verdict) report.add(verdict.rule, token.start, reference.end, verdict.detail);
}

/** Strings that name a shell, a file with credentials, or a dangerous object. */
function judgeString(tokens: readonly CodeToken[], at: number, report: Report, deeds: Deeds): void {
  const { text, start, end } = tokens[at] as CodeToken;
  if (text.length > LONGEST_NAME) return;
  const [before, after] = [tokens[at - 1]?.text, tokens[at + 1]?.text];
  if (SHELL_PATH.test(text)) deeds.saw("shell", at);
  if (text === "__proto__") report.add("code.prototype", start, end, "__proto__ as a key");
  else if (text === "constructor" && leadsToPrototype(tokens, at)) report.add("code.prototype", start, end, "constructor.prototype as keys");
  else if (GADGETS.has(text) && before === "[" && after === "]") report.add("code.sandbox_escape", start, end, quote(text));
  const argument = before === "(" || before === "+" || before === ",";
  if (argument && isSecretFile(text) && isOpened(tokens, at)) report.add("code.secret_file", start, end, quote(text));
}

/** `"constructor": { "prototype"`, `["constructor"]["prototype"]`. */
function leadsToPrototype(tokens: readonly CodeToken[], at: number): boolean {
  return tokens.slice(at, at + 6).some(({ text }) => text === "prototype");
}

function isSecretFile(text: string): boolean {
  return /[/\\]/.test(text) && sensitivityOf(text.replaceAll("\\", "/").replace(/^[a-z]:/i, "")) === "secret";
}

/** The call around a string reads, writes or opens. */
function isOpened(tokens: readonly CodeToken[], at: number): boolean {
  for (let back = at - 1; back >= 0 && back > at - BACK; back--) {
    if (tokens[back]?.text === "(") return OPENER.test(tokens[back - 1]?.text.slice(0, LONGEST_NAME) ?? "");
  }
  return false;
}

type Deed = "network" | "environment" | "socket" | "shell";

/** Things that are harmless alone, and where each was seen last. */
class Deeds {
  readonly #tokens: readonly CodeToken[];
  readonly #report: Report;
  readonly #last = new Map<Deed, number>();

  constructor(tokens: readonly CodeToken[], report: Report) {
    this.#tokens = tokens;
    this.#report = report;
  }

  saw(deed: Deed, at: number): void {
    this.#last.set(deed, at);
    this.#together("socket", "shell", "code.reverse_shell", "a socket and a shell");
    this.#together("environment", "network", "code.exfiltration", "environment and network in one expression");
  }

  #together(one: Deed, other: Deed, rule: string, detail: string): void {
    const [first, second] = [this.#last.get(one), this.#last.get(other)];
    if (first === undefined || second === undefined || Math.abs(first - second) >= NEAR) return;
    this.#report.add(rule, (this.#tokens[Math.min(first, second)] as CodeToken).start, (this.#tokens[Math.max(first, second)] as CodeToken).end, detail);
  }
}
