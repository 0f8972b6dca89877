import { decodePercent } from "../path/decode.ts";
import { quote, type Report } from "../report.ts";
import { readPipelines } from "./command.ts";
import { judgeShell, type JudgeCode } from "./judge.ts";
import { lexShell, type ShellScript } from "./lexer.ts";
import { COMMON, RECON } from "./programs.ts";
import { argumentsFit, findSites } from "./sites.ts";

/** Files that hold data: as the first word of a command they are a value that somebody put a command behind. */
const DATA_FILE = /^[\w./-]{1,128}\.(?:pdf|png|jpe?g|gif|svg|txt|csv|tsv|docx?|xlsx?|pptx?|json|xml|html?|zip|gz|log|md|mp[34]|wav|ya?ml)$/i;
/** Options that run a program, as the whole of what should have been a host, a file or a branch (CWE-88). */
const DANGEROUS_OPTION = /^(?:-o(?:Proxy|Local|Permit|Known)|--(?:upload-pack|receive-pack|exec|checkpoint|to-command|use-compress-program|config|rsh)[=:]|-e(?:sh|bash)\b)/;
/** Characters in which a command's name stands. */
const LONGEST_HEAD = 96;
/** Percent signs that stand for separators and white space. */
const ENCODED = /%(?:25)?(?:0[ad]|20|26|3b|7c|60|24)/i;

/** Judges a text as a shell command, or looks for a command that a value brings with it. */
export function inspectShell(text: string, report: Report, judgeCode: JudgeCode): void {
  look(text, report, judgeCode);
  if (!ENCODED.test(text)) return;
  const { text: decoded } = decodePercent(text);
  if (decoded !== text) report.inside(0, text.length, () => look(decoded, report, judgeCode, /%(?:25)?0[ad]/i.test(text)));
}

function look(text: string, report: Report, judgeCode: JudgeCode, encoded = false): void {
  report.spend(text.length >> 4);
  if (/\(\)\s{0,8}\{\s{0,8}:;?\s{0,8}\}?\s{0,8};/.test(text)) report.add("shell.function_import", 0, text.length, "a function definition as a value (shellshock)");
  if (report.role === "shell") {
    judgeShell(text, report, judgeCode);
    brokenOut(text, report);
    return;
  }
  const sites = findSites(text, report, encoded);
  const whole = sites.length > 0 && isCommandLine(text);
  for (const { start, from, everyday } of sites) {
    const rule = whole || everyday ? "shell.command" : "shell.injection";
    report.add(rule, start, Math.min(text.length, from + 32), `a command in a value: ${quote(text.slice(start, from + 32))}`);
  }
  const first = sites[0];
  if (first && !whole) report.shifted(first.from, () => judgeShell(text.slice(first.from), report, judgeCode));
  else if (beginsAsCommand(text)) judgeShell(text, report, judgeCode);
}

/** Whether a text of unknown meaning begins as a command does: with a known name, or with a name in disguise. */
export function beginsAsCommand(text: string): boolean {
  const head = text.slice(0, LONGEST_HEAD).trimStart();
  const end = wordEnd(head);
  if (end > 0 && (end === head.length || head[end] === " ")) return isCommandName(head.slice(0, end).toLowerCase());
  const word = /^["'(]{0,2}([\w./\\+-]{1,64})/.exec(head)?.[1]?.toLowerCase().replace(/\.exe$/, "") ?? "";
  const name = word.slice(Math.max(word.lastIndexOf("/"), word.lastIndexOf("\\")) + 1);
  if (isCommandName(name)) return true;
  return /^(?::\(\)|\{[a-z]{1,16},|\$\{?IFS|\$'|-o[A-Z]|\/[?*[\]a-z]{1,16}\/[?*[\]a-z]{1,16} |[a-z]{1,8}(?:["'$\\`]))/.test(head);
}

function isCommandName(name: string): boolean {
  return RECON.has(name) || COMMON.has(name) || name.startsWith("mkfs");
}

/** Where the letters, digits and dashes end with which a text begins. */
function wordEnd(text: string): number {
  let end = 0;
  for (let code = text.charCodeAt(0); (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 45 || code === 95; code = text.charCodeAt(++end));
  return end;
}

/** A command with arguments in front of the first separator: somebody wrote a whole command line. */
function isCommandLine(text: string): boolean {
  const command = beginsAsCommand(text) ? readPipelines(lexShell(text.slice(0, 256)))[0]?.[0] : undefined;
  return command !== undefined && command.args.length > 0 && argumentsFit(command);
}

/** Signs that the command was meant to be one argument of another: it begins or ends with a separator, or starts with a file of data. */
function brokenOut(text: string, report: Report): void {
  const trimmed = text.trim();
  const offset = text.indexOf(trimmed);
  const edge = /^(?:;|\|\|?|&&?)(?![&|;])/.test(trimmed) || /(?:\|\|?|&&)$/.test(trimmed);
  if (edge && trimmed.length > 1) report.add("shell.breakout", offset, offset + trimmed.length, "begins or ends with a separator");
  if (/^(?:%0[ad])|(?:%0[ad])$/i.test(trimmed)) report.add("shell.breakout", offset, offset + trimmed.length, "begins or ends with an encoded line break");
  const script = lexShell(text.slice(0, 1024));
  if (closesNothing(script)) report.add("shell.breakout", offset, offset + trimmed.length, "closes a parenthesis that it has not opened");
  const [first, ...others] = readPipelines(script);
  const command = first?.[0];
  if (!command?.word) return;
  if (command.word.text === "" && command.word.scripts.length > 0 && command.args.length === 0 && first?.length === 1 && others.length === 0) report.add("shell.breakout", offset, offset + trimmed.length, "nothing but a substitution");
  const { text: name, start, end } = command.word;
  if (DATA_FILE.test(name) && !name.startsWith("./") && !name.startsWith("/") && command.after !== "") report.add("shell.breakout", start, end, `a file of data in front of a separator: ${quote(name)}`);
  else if (/[;|&\n]/.test(name) && command.word.quoted) report.add("shell.breakout", start, end, "separators in the name of a command");
  else if (DANGEROUS_OPTION.test(name)) report.add("shell.option_injection", start, end, "an option in place of a command");
}

/** `a);id`; the patterns of `case` close without opening as well. */
function closesNothing({ tokens }: ShellScript): boolean {
  if (tokens.some((token) => token.kind === "word" && token.text === "case")) return false;
  let depth = 0;
  return tokens.some((token) => token.kind === "operator" && (token.text === "(" ? ++depth : token.text === ")" ? --depth : depth) < 0);
}
