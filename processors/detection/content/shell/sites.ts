import type { Report } from "../report.ts";
import { words } from "../words.ts";
import { readPipelines, runsAnother, type ShellCommand } from "./command.ts";
import { lexFirst, lexShell } from "./lexer.ts";
import { EVERYDAY, isListed, RECON, SHELLS } from "./programs.ts";
import { argumentsFit, codeSpanAt, isInside, isPair, isQuoted, isTable } from "./prose.ts";

/** How far behind a separator an injected command is read. */
const WINDOW = 512;
/** Longest value that an injected command stands behind, if it is not told by other signs. */
const SHORT = 80;
/** Longest name of a command that is looked up, and most characters between a separator and it. */
const LONGEST_NAME = 64;
const LONGEST_GAP = 32;
/** Steps that it takes to see whether a command fits where it stands, beside reading it. */
const SITE_COST = 48;
/** Tools that people write about more than attackers run them. */
const DEVELOPER: ReadonlySet<string> = words(`
  git npm npx node docker kubectl make gcc vim vi nano ed open defaults screen pip apt apt-get yum apk python python2 python3 ruby perl php
  lua openssl ssh scp tee grep sed awk tar sudo powershell systemctl service cmd eval exec xargs bash sh cp mv rm export base64
`);
/** What build scripts and instructions are made of: such a command is told of, and blocks nothing. */
const TOOLING: ReadonlySet<string> = words(`
  git npm npx pnpm yarn tsc node docker kubectl make gcc vim vi nano ed open pip apt apt-get yum apk tar cp mv rm mkdir tee export sudo
  systemctl grep sed awk xargs
`);

/** ASCII characters with which a separator begins. */
const SEPARATES = new Uint8Array(128);
for (const char of ";\n`|&$<>\\") SEPARATES[char.charCodeAt(0)] = 1;

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
 * @param tell is given each as it is found
 * @param isEnough whether one more of a tool of developers, or of other commands, would not be told: then it is not looked for
 * @param encoded the line breaks of the text were written as `%0a`, as nobody writes the lines of a text
 */
export function findSites(text: string, report: Report, tell: (site: Site) => void, isEnough: (everyday: boolean, at: number) => boolean, encoded = false): void {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127 || SEPARATES[code] === 0) continue;
    const separator = separatorAt(text, at);
    if (separator === "") continue;
    let from = at + separator.length;
    while (from < text.length && from - at < LONGEST_GAP && isGap(text.charCodeAt(from))) from++;
    if (!mayBeCommand(text, from)) {
      // The separators in between lead to the same place.
      at = from - 1;
      continue;
    }
    const written = isEnough(false, at) ? writtenName(text, from) : undefined;
    // Every site costs reading what follows, and a text may be made of sites.
    if (written !== undefined && (!TOOLING.has(written) || isEnough(true, at))) {
      at = from - 1;
      continue;
    }
    report.spend(SITE_COST);
    const name = startsCommand(text, at, from, encoded && separator === "\n" ? "%0a" : separator, report);
    if (name === undefined) continue;
    tell({ start: at, from, separator, everyday: TOOLING.has(name) });
    at = from;
  }
}

/** The name of a command that is written as it is, and that runs no other one. */
function writtenName(text: string, from: number): string | undefined {
  let end = from;
  while (end < from + LONGEST_NAME && isNamed(text.charCodeAt(end))) end++;
  const name = text.slice(from, end).toLowerCase();
  return isListed(name) && !runsAnother(name) && (end === text.length || /[\s;|&)]/.test(text[end] as string)) ? name : undefined;
}

/** The text of one command, up to where the quote or backtick that it stands in ends it. */
export function cutAt(text: string, from: number, separator: string): string {
  let piece = text.slice(from, from + WINDOW);
  if (separator === "`" || isInside(text, from, "`")) piece = piece.split("`", 1)[0] as string;
  for (const quote of ["'", "\""]) if (piece.split(quote).length % 2 === 0) piece = piece.slice(0, piece.lastIndexOf(quote));
  return piece.split("\\n", 1)[0] as string;
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

/** What may stand between a separator and a command. */
function isGap(code: number): boolean {
  return code === 0x20 || code === 9 || code === 0x22 || code === 0x27 || code === 0x28 || code === 0x26 || code === 0x7c || code === 0x3b;
}

/** A name that is in the tables, an absolute path, or a name written in disguise. */
function mayBeCommand(text: string, from: number): boolean {
  const char = text[from];
  if (char === undefined) return false;
  if ("/$\\{".includes(char)) return true;
  let end = from;
  while (end < from + LONGEST_NAME && isNamed(text.charCodeAt(end))) end++;
  const inside = text[end] ?? "";
  // w'h'oami, c$@at: quotes or expansions inside the name.
  if (inside !== "" && "'\"\\$`".includes(inside) && end > from && end - from < 8) return true;
  return isListed(text.slice(from, end).toLowerCase().replace(/\.exe$/, ""));
}

/** A letter or digit of ASCII, `_`, `.` or `-`. */
function isNamed(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 45 && code <= 57 && code !== 47) || code === 95;
}

/** @returns the name of the command, or undefined where none starts */
function startsCommand(text: string, at: number, from: number, separator: string, report: Report): string | undefined {
  // A value that a command was put behind is short; a sentence is not.
  const short = at <= SHORT && text.slice(0, at).trim().split(/\s/, 3).length <= 2;
  if (separator === "\n" && !(short && isPair(text, at))) return undefined;
  if (separator === "|" && isTable(text, at)) return undefined;
  const piece = cutAt(text, from, separator);
  const spend = (steps: number): void => report.spend(steps);
  const command = readPipelines(lexFirst(piece, spend)).flat()[0];
  const name = command?.name ?? "";
  if (!command || !isListed(name)) return undefined;
  const span = separator === "`" ? codeSpanAt(text, at) : undefined;
  if (span === "span" || (span === "whole" && DEVELOPER.has(name))) return undefined;
  const fits = (): boolean => readPipelines(lexShell(piece, spend)).flat().every((one) => isListed(one.name) && argumentsFit(one));
  return isStart(text, at, separator, command, short, fits) ? name : undefined;
}

/** @param fits whether all commands of the line are known, with arguments that fit them */
function isStart(text: string, at: number, separator: string, command: ShellCommand, short: boolean, fits: () => boolean): boolean {
  const { name, args } = command;
  if (command.hidden || (separator === "\\n" && at === 0)) return true;
  if (separator === "%0a") return args.length === 0 || argumentsFit(command);
  if (!short) return (args.length > 0 || isTelling(name)) && argumentsFit(command) && !isQuoted(text, at) && fits();
  if (args.length > 0) return argumentsFit(command) || !(EVERYDAY.has(name) || DEVELOPER.has(name));
  // "name & id", "name | date": with room on both sides it is a list of words.
  const apart = separator.length === 1 && separator !== ";" && /\s/.test(text[at - 1] ?? "");
  return separator.endsWith("(") || isTelling(name) || (RECON.has(name) && !apart);
}

/** A name that is no word of any language, and that attacks begin with. */
function isTelling(name: string): boolean {
  return (RECON.has(name) || SHELLS.has(name)) && !EVERYDAY.has(name) && !DEVELOPER.has(name);
}
