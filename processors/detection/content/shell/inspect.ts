import { decodePercent } from "../path/decode.ts";
import { quote, type Report } from "../report.ts";
import { judgeBreakout } from "./breakout.ts";
import { readPipelines, type ShellCommand } from "./command.ts";
import { judgeShell, type JudgeCode } from "./judge.ts";
import { lexShell } from "./lexer.ts";
import { EVERYDAY, isListed } from "./programs.ts";
import { argumentsFit } from "./prose.ts";
import { cutAt, findSites, type Site } from "./sites.ts";

/** Characters in which a command's name stands. */
const LONGEST_HEAD = 96;
/** Percent signs that stand for separators and white space. */
const ENCODED = /%(?:25)?(?:0[ad]|20|26|3b|7c|60|24)/i;
const ENCODED_BREAK = /%(?:25)?0[ad]/i;
const SHELLSHOCK = /\(\)\s{0,8}\{\s{0,8}:;?\s{0,8}\}?\s{0,8};/;
/** A fork bomb, braces as a command, `$IFS`, `$'..'`, an option, a path of globs, or a name with quotes in it. */
const DISGUISED = /^(?::\(\)|\{[a-z]{1,16},|\$\{?IFS|\$'|-o[A-Z]|\/[?*[\]a-z]{1,16}\/[?*[\]a-z]{1,16} |[a-z]{1,8}["'$\\`])/;

/** Judges a text as a shell command, or looks for a command that a value brings with it. */
export function inspectShell(text: string, report: Report, judgeCode: JudgeCode): void {
  look(text, report, judgeCode, false);
  if (!ENCODED.test(text)) return;
  const { text: decoded } = decodePercent(text);
  if (decoded !== text) report.inside(0, text.length, () => look(decoded, report, judgeCode, ENCODED_BREAK.test(text)));
}

function look(text: string, report: Report, judgeCode: JudgeCode, encoded: boolean): void {
  report.spend(text.length >> 4);
  if (SHELLSHOCK.test(text)) report.add("shell.function_import", 0, text.length, "a function definition as a value (shellshock)");
  if (report.role === "shell") {
    judgeShell(text, report, judgeCode);
    judgeBreakout(text, report);
  } else lookInValue(text, report, judgeCode, encoded);
}

function lookInValue(text: string, report: Report, judgeCode: JudgeCode, encoded: boolean): void {
  let first: Site | undefined;
  let whole = false;
  const ruleOf = (everyday: boolean): string => (whole || everyday ? "shell.command" : "shell.injection");
  const tell = (site: Site): void => {
    // A substitution among the arguments is no second command of a line.
    if (!first) [first, whole] = [site, !/[(`]$/.test(site.separator) && isCommandLine(text)];
    const end = Math.min(text.length, site.from + 32);
    report.add(ruleOf(site.everyday), site.start, end, `a command in a value: ${quote(text.slice(site.start, end))}`);
  };
  findSites(text, report, tell, (everyday, at) => first !== undefined && report.isFull(ruleOf(everyday), at), encoded);
  const injected = first as Site | undefined;
  if (injected && !whole) report.shifted(injected.from, () => judgeShell(cutAt(text, injected.from, injected.separator), report, judgeCode));
  else if (beginsAsCommand(text) && !isSentence(text)) judgeShell(text, report, judgeCode);
}

/** Whether a text of unknown meaning begins as a command does: with a known name, or with a name in disguise. */
export function beginsAsCommand(text: string): boolean {
  const head = text.slice(0, LONGEST_HEAD).trimStart();
  const end = wordEnd(head);
  if (end > 0 && (end === head.length || head[end] === " ")) return isCommandName(head.slice(0, end).toLowerCase());
  const path = /^["'(]{0,2}([\w./\\+-]{1,64})/.exec(head)?.[1]?.toLowerCase() ?? "";
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1).replace(/\.exe$/, "");
  return isCommandName(name) || DISGUISED.test(head);
}

function isCommandName(name: string): boolean {
  return isListed(name) || name.startsWith("mkfs");
}

/** Where the letters, digits and dashes end with which a text begins. */
function wordEnd(text: string): number {
  let end = 0;
  while (isWordCode(text.charCodeAt(end))) end++;
  return end;
}

function isWordCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}

/** A command with arguments in front of the first separator: somebody wrote a whole command line. */
function isCommandLine(text: string): boolean {
  const command = beginsAsCommand(text) ? firstCommand(text) : undefined;
  return command !== undefined && command.args.length > 0 && argumentsFit(command);
}

/** "Find the nearest parking lot": an everyday word, and the words of a sentence. */
function isSentence(text: string): boolean {
  const command = firstCommand(text);
  if (!command || !EVERYDAY.has(command.name) || command.hidden) return false;
  return !argumentsFit(command) && !argumentsFit({ ...command, args: command.args.slice(0, 1) });
}

function firstCommand(text: string): ShellCommand | undefined {
  return readPipelines(lexShell(text.slice(0, LONGEST_HEAD * 2)))[0]?.[0];
}
