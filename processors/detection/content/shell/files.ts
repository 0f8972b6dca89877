import { canonicalPath } from "../path/canonical.ts";
import { sensitivityOf, type Sensitivity } from "../path/sensitive.ts";
import { quote, type Report } from "../report.ts";
import type { ShellCommand } from "./command.ts";
import { globFiles } from "./expand.ts";
import type { ShellWord } from "./token.ts";
import { NAMES_ONLY, READERS } from "./programs.ts";

/** Longest argument that may be a path. */
const LONGEST = 4096;

interface NamedFile {
  readonly file: string;
  readonly is: Sensitivity;
}

/** Credentials and account files among the arguments and redirections of a command. */
export function judgeFiles(command: ShellCommand, report: Report): void {
  const { name } = command;
  const tell = (rule: string, word: ShellWord, { file }: NamedFile): void => report.add(rule, word.start, word.end, `${name || "a redirection"}: ${quote(file)}`);
  for (const word of NAMES_ONLY.has(name) && !command.hidden ? [] : command.args) {
    const named = sensitiveFile(word);
    if (named?.is === "secret") tell("shell.secret_file", word, named);
    else if (named && READERS.has(name)) tell("shell.settings_file", word, named);
  }
  for (const { text, target } of command.redirects) {
    const named = target && !text.startsWith("<<") ? sensitiveFile(target) : undefined;
    // Writing over a file does not tell what was in it; what that does is another rule's business.
    if (target && named?.is === "secret") tell(text.includes(">") ? "shell.settings_file" : "shell.secret_file", target, named);
  }
}

/** The sensitive file that an argument names: plain, behind `=` or `@`, by a glob, or as Windows writes it. */
function sensitiveFile(word: ShellWord): NamedFile | undefined {
  const globbed = globFiles(word);
  if (globbed !== undefined) return { file: globbed, is: "secret" };
  const { text, raw } = word;
  if (text.length > LONGEST || text.includes("\n") || text.includes("\t")) return undefined;
  const behind = Math.max(text.indexOf("="), text.indexOf("@")) + 1;
  return namedBy(text) ?? (behind > 0 ? namedBy(text.slice(behind)) : undefined) ?? (raw !== text && raw.includes("\\") ? namedBy(raw) : undefined);
}

function namedBy(text: string): NamedFile | undefined {
  if (!isPathlike(text)) return undefined;
  const file = withoutDrive(text);
  const is = sensitivityOf(file);
  return is === "secret" || is === "settings" ? { file, is } : undefined;
}

/** A sentence that mentions a file is no path. */
function isPathlike(text: string): boolean {
  return !text.includes(" ") || text.startsWith("/") || /^[A-Za-z]:/.test(text);
}

function withoutDrive(text: string): string {
  const plain = !text.includes("%") && !text.includes(":") ? text : text.replace(/^%(?:systemroot|windir)%/i, "C:/Windows").replace(/^%userprofile%/i, "~").replace(/^file:\/\//i, "");
  return canonicalPath(plain).path.replace(/^[a-z]:/, "");
}
