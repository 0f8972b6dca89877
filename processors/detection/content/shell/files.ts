import { canonicalPath } from "../path/canonical.ts";
import { sensitivityOf } from "../path/sensitive.ts";
import { quote, type Report } from "../report.ts";
import type { ShellCommand } from "./command.ts";
import { globFiles } from "./expand.ts";
import type { ShellWord } from "./lexer.ts";
import { NAMES_ONLY, READERS } from "./programs.ts";

/** Longest argument that may be a path. */
const LONGEST = 4096;

/** Credentials and account files among the arguments and redirections of a command. */
export function judgeFiles(command: ShellCommand, report: Report): void {
  const quiet = NAMES_ONLY.has(command.name) && !command.hidden;
  const tell = (rule: string, word: ShellWord, file: string): void => report.add(rule, word.start, word.end, `${command.name || "a redirection"}: ${quote(file)}`);
  for (const word of command.args) {
    if (quiet) break;
    const globbed = globFiles(word);
    const [file, is] = globbed === undefined ? sensitiveArgument(word) : [globbed, "secret"];
    if (is === "secret" && !(word.split && !READERS.has(command.name))) tell("shell.secret_file", word, file);
    else if (is === "settings" && READERS.has(command.name)) tell("shell.settings_file", word, file);
  }
  for (const { text, target } of command.redirects) {
    if (!target || text === "<<" || text === "<<<" || text === "<<-") continue;
    const [file, is] = sensitiveArgument(target);
    if (is === "secret") tell(text.includes(">") ? "shell.settings_file" : "shell.secret_file", target, file);
  }
}

/** The path in an argument: plain, behind `=` or `@`, or as Windows writes it. */
function sensitiveArgument(word: ShellWord): readonly [file: string, is: string | undefined] {
  const { text, raw } = word;
  if (text.length > LONGEST || /[\n\t]/.test(text)) return ["", undefined];
  const value = text.slice(Math.max(text.indexOf("="), text.indexOf("@")) + 1);
  for (const candidate of new Set([text, value, raw.includes("\\") ? raw : text])) {
    // A sentence that mentions a file is no path.
    if (candidate.includes(" ") && !candidate.startsWith("/") && !/^[A-Za-z]:/.test(candidate)) continue;
    const { path } = canonicalPath(candidate.replace(/^%(?:systemroot|windir)%/i, "C:/Windows").replace(/^%userprofile%/i, "~").replace(/^file:\/\//i, ""));
    const below = path.replace(/^[a-z]:/, "");
    const is = sensitivityOf(below);
    if (is === "secret" || is === "settings") return [below, is];
  }
  return ["", undefined];
}
