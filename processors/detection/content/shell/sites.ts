import type { Report } from "../report.ts";
import { readPipelines, type ShellCommand, type ShellPipeline } from "./command.ts";
import { lexShell } from "./lexer.ts";
import { COMMON, RECON, SHELLS } from "./programs.ts";

/** How far behind a separator an injected command is read. */
const WINDOW = 512;
/** Longest value that an injected command stands behind, if it is not told by other signs. */
const SHORT = 80;
/** Longest name of a command that is looked up. */
const LONGEST_NAME = 64;
/** Commands whose names are also everyday words: without an argument they count only where nothing else stands. */
const EVERYDAY: ReadonlySet<string> = new Set([
  "id", "who", "last", "type", "set", "net", "time", "date", "find", "cat", "more", "less", "head", "tail", "sort", "dir", "host", "route", "kill", "copy", "move", "format", "start", "at", "print", "printf", "echo", "touch", "service", "sleep", "which",
  "locate", "mount", "groups", "env", "ip", "ss", "df", "ps", "ls", "ver", "del", "nl", "od", "cut", "sc", "exec", "export", "arp", "get", "passwd", "reboot", "shutdown", "hostname", "ping", "go",
]);
/** Of these, what build scripts and instructions are made of. */
const TOOLING: ReadonlySet<string> = new Set(["git", "npm", "npx", "pnpm", "yarn", "tsc", "node", "docker", "kubectl", "make", "gcc", "vim", "vi", "nano", "ed", "open", "pip", "apt", "apt-get", "yum", "apk", "tar", "cp", "mv", "rm", "mkdir", "tee", "export", "sudo", "systemctl", "grep", "sed", "awk", "xargs"]);
/** Commands with one bare word behind them. */
const BARE = /^(?:which|net|kill|sc|service|systemctl|pkill|killall|cat|type) [a-z][\w.-]{1,15}$/;
/** Commands whose first argument tells them from the words that they are. */
const SUBCOMMANDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["net", new Set(["user", "localgroup", "group", "view", "use", "share", "accounts", "start", "stop"])], ["ip", new Set(["addr", "address", "link", "route", "a"])],
  ["sc", new Set(["query", "create", "config", "start", "stop", "delete"])], ["service", new Set(["--status-all"])],
]);
/** Tools that people write about more than attackers run them. */
const DEVELOPER: ReadonlySet<string> = new Set(["git", "npm", "npx", "node", "docker", "kubectl", "make", "gcc", "vim", "vi", "nano", "ed", "open", "defaults", "screen", "pip", "apt", "apt-get", "yum", "apk", "python", "python2", "python3", "ruby", "perl", "php", "lua", "openssl", "ssh", "scp", "tee", "grep", "sed", "awk", "tar", "sudo", "powershell", "systemctl", "service", "cmd", "eval", "exec", "xargs", "bash", "sh", "cp", "mv", "rm", "export", "base64"]);

export interface Site {
  /** Where the separator stands. */
  readonly start: number;
  /** Where the command begins. */
  readonly from: number;
  readonly separator: string;
  /** A tool of developers, which is more often written about or run on purpose than injected. */
  readonly everyday: boolean;
}

/**
 * Places in a value where a shell would start another command: behind `;`, `|`, `&`, a line break, `$(` or a
 * backtick, when what follows is a known command with arguments that fit it. Prose and tables do not qualify.
 *
 * @param encoded the line breaks of the text were written as `%0a`, as nobody writes the lines of a text
 */
export function findSites(text: string, report: Report, encoded = false): readonly Site[] {
  const sites: Site[] = [];
  for (let at = 0; at < text.length; at++) {
    const separator = separatorAt(text, at);
    if (separator === "") continue;
    let from = at + separator.length;
    while (from < text.length && from - at < 32 && /[ \t"'(&|;]/.test(text[from] as string)) from++;
    if (!mayBeCommand(text, from)) continue;
    report.spend(8);
    const name = startsCommand(text, at, from, encoded && separator === "\n" ? "%0a" : separator, report);
    if (name !== undefined) {
      sites.push({ start: at, from, separator, everyday: TOOLING.has(name) });
      at = from;
    }
  }
  return sites;
}

function separatorAt(text: string, at: number): string {
  const char = text[at] as string;
  const next = text[at + 1];
  if (char === ";" || char === "\n" || char === "`") return char;
  if (char === "|" || char === "&") return next === char ? char + char : char;
  if (char === "$" && next === "(") return "$(";
  if ((char === "<" || char === ">") && next === "(") return `${char}(`;
  // A line break that somebody wrote as an escape and something else will decode.
  if (char === "\\" && (next === "n" || next === "r")) return text.slice(at, at + 2);
  return "";
}

/** A name that is in the tables, an absolute path to one, or a name written in disguise. */
function mayBeCommand(text: string, from: number): boolean {
  const char = text[from];
  if (char === undefined) return false;
  if ("/$\\{".includes(char)) return true;
  let end = from;
  while (end < from + LONGEST_NAME && /[\w.-]/.test(text[end] ?? " ")) end++;
  const name = text.slice(from, end).toLowerCase().replace(/\.exe$/, "");
  // w'h'oami, c$@at: quotes or expansions inside the name.
  const inside = text[end] ?? "";
  return RECON.has(name) || COMMON.has(name) || (end > from && end - from < 8 && "'\"\\$`".includes(inside) && inside !== "");
}

/** @returns the name of the command, or undefined where none starts */
function startsCommand(text: string, at: number, from: number, separator: string, report: Report): string | undefined {
  // A value that a command was put behind is short; a sentence is not.
  const short = at <= SHORT && text.slice(0, at).trim().split(/\s/, 3).length <= 2;
  if (separator === "\n" && !(short && isPair(text, at))) return undefined;
  if (separator === "|" && isTable(text, at)) return undefined;
  const commands = readPipelines(lexShell(cutAt(text, from, separator), (steps) => report.spend(steps))).flat();
  const name = commands[0]?.name ?? "";
  if (!isListed(name) || (separator === "`" && isCodeSpan(text, at, name))) return undefined;
  return isStart(text, at, separator, commands, short) ? name : undefined;
}

function isStart(text: string, at: number, separator: string, commands: ShellPipeline, short: boolean): boolean {
  const command = commands[0] as ShellCommand;
  if (command.hidden || (separator === "\\n" && at === 0)) return true;
  if (separator === "%0a") return command.args.length === 0 || argumentsFit(command);
  if (!short) return !isQuoted(text, at) && commands.every((one) => isListed(one.name) && argumentsFit(one)) && (command.args.length > 0 || isTelling(command.name));
  if (command.args.length > 0) return argumentsFit(command) || !(EVERYDAY.has(command.name) || DEVELOPER.has(command.name));
  // "name & id", "name | date": with room on both sides it is a list of words.
  const apart = separator.length === 1 && separator !== ";" && /\s/.test(text[at - 1] ?? "");
  return separator.endsWith("(") || isTelling(command.name) || (RECON.has(command.name) && !apart);
}

function isListed(name: string): boolean {
  return RECON.has(name) || COMMON.has(name);
}

/** A name that is no word of any language, and that attacks begin with. */
function isTelling(name: string): boolean {
  return (RECON.has(name) || SHELLS.has(name)) && !EVERYDAY.has(name) && !DEVELOPER.has(name);
}

/** Inside quotes or backticks that close again: a quotation. */
function isQuoted(text: string, at: number): boolean {
  const [before, behind] = [text.slice(Math.max(0, at - WINDOW), at), text.slice(at, at + WINDOW)];
  return ["`", "\""].some((quote) => before.split(quote).length % 2 === 0 && behind.includes(quote));
}

/** Two lines, of which the first is one word: a name with a command behind it, and not the lines of a text. */
function isPair(text: string, at: number): boolean {
  return text.indexOf("\n", at + 1) < 0 && /^[^\s`#:]{1,80}$/.test(text.slice(0, at).trim());
}

/** The text of one command, up to where its separator's partner or the next separator ends it. */
function cutAt(text: string, from: number, separator: string): string {
  let piece = text.slice(from, from + WINDOW);
  if (separator === "`") piece = piece.split("`", 1)[0] as string;
  // The quote that the command stands in may close behind it.
  const single = piece.split("'").length % 2 === 0;
  const double = piece.split("\"").length % 2 === 0;
  if (single) piece = piece.slice(0, piece.lastIndexOf("'"));
  if (double) piece = piece.slice(0, piece.lastIndexOf("\""));
  return piece.split("\\n", 1)[0] as string;
}

/** Options, paths, addresses, numbers and names of files, with a word or two between them: not a sentence. */
export function argumentsFit({ args, name }: ShellCommand): boolean {
  if (args.length === 0 || SHELLS.has(name) || SUBCOMMANDS.get(name)?.has(args[0]?.text.toLowerCase() ?? "")) return true;
  const sharp = args.filter(({ text, scripts, quoted, glob }) => quoted || glob || scripts.some(({ open }) => !open) || isSharp(text)).length;
  if (args.length === 1 && sharp === 0) return BARE.test(`${name} ${args[0]?.text}`);
  return sharp > 0 && args.length - sharp <= Math.max(2, sharp);
}

/** What a person would not write behind a verb: an option, a path, an address, a file name with an ending. */
function isSharp(text: string): boolean {
  return /^(?:--?[\w-]|\/[\w/?*]|~|\.{1,2}(?:\/|$)|\$|https?:|\d{1,6}$|[A-Za-z]:[\\/]?|%\w)/.test(text) || /^[\w/.-]{0,200}(?:\.[a-z]{2,5}|\/[\w*.-]{1,64})$/i.test(text) || /^\d{1,3}(?:\.\d{1,3}){3}/.test(text);
}

/** Markdown code: no letters touch it, and it is not the whole text, unless it is what developers quote. */
function isCodeSpan(text: string, at: number, name: string): boolean {
  const close = text.slice(0, at + WINDOW).indexOf("`", at + 1);
  if (close < 0 || text[at - 1] === "`") return true;
  if (text[at - 1] === "(" && text[at - 2] === "$") return false;
  const [before, after] = [text[at - 1], text[close + 1]];
  const touches = (char: string | undefined): boolean => char !== undefined && /[\w$/.\\=]/.test(char) && char !== ".";
  if (touches(before) || touches(after)) return false;
  return before !== undefined || after !== undefined || DEVELOPER.has(name);
}

/** A row of a table: several cells on one line. */
function isTable(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - WINDOW), at);
  const behind = text.slice(at, at + WINDOW);
  const end = behind.indexOf("\n");
  const line = before.slice(before.lastIndexOf("\n") + 1) + (end < 0 ? behind : behind.slice(0, end));
  const pipes = line.split("|").length - 1;
  return pipes >= 3 || (pipes >= 2 && (before.includes("\n") || end >= 0));
}
