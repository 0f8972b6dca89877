import { words } from "../words.ts";
import type { ShellWord } from "./token.ts";

/** Words that one brace expansion may become. */
const MAX_WORDS = 32;

/** Where programs lie that a glob in a command's name may be after; the usual folders, and what attacks run. */
const FOLDERS = ["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/"];
const PROGRAMS = [...words(`
  cat bash sh dash zsh nc ncat netcat wget curl rm id whoami ls python python3 perl ruby php base64 tac head tail more less nl od xxd find
  chmod dd cp mv tar env printenv uname ping telnet socat sleep
`)];
const FILES = ["/etc/passwd", "/etc/shadow", "/etc/hosts", "/root/.ssh/id_rsa", "/proc/self/environ"];

/** `{cat,/etc/passwd}` as the command: the words that the shell makes of it. Braces elsewhere stay. */
export function expandBraces(given: readonly ShellWord[]): readonly ShellWord[] {
  const [first, ...others] = given;
  if (!first || first.quoted || !/^\{[^{}]+,[^{}]*\}$/.test(first.text)) return given;
  const pieces = first.text.slice(1, -1).split(",", MAX_WORDS);
  return [...pieces.map((text): ShellWord => ({ ...first, text, scripts: [] })), ...others];
}

/** The program that a command with a glob in its name would run: `/b?n/c*t` is cat. */
export function globNames(word: ShellWord): string | undefined {
  if (!word.glob || !word.text.startsWith("/") || word.text.length > 64) return undefined;
  return PROGRAMS.find((name) => FOLDERS.some((folder) => matchesGlob(word.text, folder + name)));
}

/** The sensitive file that a glob would find: `/???/p?ss??`. */
export function globFiles(word: ShellWord): string | undefined {
  if (!word.glob || word.text.length > 64 || !word.text.startsWith("/")) return undefined;
  // "/*" and "/etc/*" stand for everything, and are judged as what they are.
  if (!/[a-z?]{2}[^/]{0,64}$/i.test(word.text.replace(/^.*\//s, ""))) return undefined;
  return FILES.find((file) => matchesGlob(word.text, file));
}

/** `*`, `?` and `[..]` against a whole name; `*` and `?` do not match a slash. */
function matchesGlob(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    const step = matchOne(pattern, p, name[n] as string);
    if (pattern[p] === "*") {
      star = p++;
      resume = n;
    } else if (step > 0) {
      p += step;
      n++;
    } else if (star >= 0 && name[resume] !== "/") {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Characters of the pattern that match one character of the name; 0 when they do not. */
function matchOne(pattern: string, at: number, char: string): number {
  const wanted = pattern[at];
  if (wanted === undefined) return 0;
  if (wanted === "?") return char === "/" ? 0 : 1;
  if (wanted !== "[") return wanted === char ? 1 : 0;
  const close = pattern.indexOf("]", at + 2);
  if (close < 0) return 0;
  const inner = pattern.slice(at + 1, close);
  const negated = inner.startsWith("!") || inner.startsWith("^");
  let found = false;
  for (let index = negated ? 1 : 0; index < inner.length; index++) {
    const range = inner[index + 1] === "-" && inner[index + 2] !== undefined;
    found ||= range ? char >= (inner[index] as string) && char <= (inner[index + 2] as string) : char === inner[index];
    if (range) index += 2;
  }
  return found !== negated ? close - at + 1 : 0;
}
