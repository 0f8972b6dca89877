import { expandBraces, globNames } from "./expand.ts";
import type { ShellOperator, ShellRedirect, ShellScript, ShellWord } from "./token.ts";
import { isKnown } from "./programs.ts";
import { words } from "../words.ts";

/** One simple command: what runs, with what, and between what it stands. */
export interface ShellCommand {
  /** Last part of the path, lower case, without `.exe`; wrappers like `env` and `sudo` taken off. Empty for a bare assignment. */
  readonly name: string;
  /** The word that named it. */
  readonly word: ShellWord | undefined;
  readonly args: readonly ShellWord[];
  /** `NAME=value` in front of it, or given to `env` and `export`. */
  readonly assignments: readonly ShellWord[];
  readonly redirects: readonly ShellRedirect[];
  /** Commands that ran this one: `sudo`, `xargs`, `busybox`. */
  readonly wrappers: readonly string[];
  /** Written so that its name does not show: quotes, escapes, globs, braces, `$IFS`. */
  readonly hidden: boolean;
  /** The operator in front of it and behind it; empty at the ends. */
  readonly before: string;
  readonly after: string;
  readonly start: number;
  readonly end: number;
}

/** Commands joined by pipes. */
export type ShellPipeline = readonly ShellCommand[];

/** Words of the grammar that stand in front of a command. */
const RESERVED: ReadonlySet<string> = words(`
  if then elif else fi while until do done { } ! time coproc esac
`);
/** Programs that run the rest of their arguments, and the options of theirs that take a value. */
const WRAPPERS: ReadonlyMap<string, string> = new Map([
  ["sudo", "ugCDhpRrTtU"], ["doas", "uC"], ["env", "uC"], ["nice", "n"], ["ionice", "cnp"], ["stdbuf", "ioe"], ["timeout", "ks"], ["exec", "a"], ["xargs", "IinLPdEas"],
  ["watch", "n"], ["strace", "eopsuE"], ["ltrace", "eo"], ["flock", "w"], ["parallel", "j"], ["proxychains", "f"], ["proxychains4", "f"],
  ...[...words("nohup setsid command builtin busybox toybox unbuffer chrt taskset caffeinate torsocks start winpty")].map((name): [string, string] => [name, ""]),
]);
/** File systems take no longer name. */
const LONGEST_NAME = 255;
const WINDOWS_PATH = /^(?:[A-Za-z]:|\.{1,2}|%\w{1,32}%)\\/;
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

/** The simple commands of a script, pipeline by pipeline; those of its substitutions are in its words. */
export function readPipelines(script: ShellScript): readonly ShellPipeline[] {
  const pipelines: ShellCommand[][] = [];
  let pipeline: ShellCommand[] = [];
  let words: ShellWord[] = [];
  let redirects: ShellRedirect[] = [];
  let before = "";
  const close = (operator: ShellOperator | undefined): void => {
    const after = operator?.text ?? "";
    if (words.length > 0 || redirects.length > 0) pipeline.push(simple(words, redirects, before, after));
    if (after !== "|" && after !== "|&" && pipeline.length > 0) {
      pipelines.push(pipeline);
      pipeline = [];
    }
    words = [];
    redirects = [];
    before = after;
  };
  for (const token of script.tokens) {
    if (token.kind === "operator") close(token);
    else if (token.kind === "redirect") redirects.push(token);
    else words.push(token);
  }
  close(undefined);
  return pipelines;
}

function simple(words: readonly ShellWord[], redirects: readonly ShellRedirect[], before: string, after: string): ShellCommand {
  const expanded = expandBraces(words);
  const assignments: ShellWord[] = [];
  const wrappers: string[] = [];
  let at = 0;
  let hidden = expanded !== words;
  while (at < expanded.length) {
    const word = expanded[at] as ShellWord;
    if (!word.quoted && RESERVED.has(word.text)) at++;
    else if (ASSIGNMENT.test(word.text)) assignments.push(expanded[at++] as ShellWord);
    else if (word.text === "" && !word.quoted && word.scripts.length === 0) {
      hidden ||= word.tricks.includes("ifs") || word.tricks.includes("empty");
      at++;
    } else {
      const wrapper = nameOf(word);
      const options = expanded.length > at + 1 ? WRAPPERS.get(wrapper) : undefined;
      if (options === undefined) break;
      wrappers.push(wrapper);
      at = behindOptions(expanded, at + 1, options, wrapper);
    }
  }
  const word = expanded[at];
  const [first, last] = [words[0] ?? redirects[0], words.at(-1) ?? redirects.at(-1)];
  const real = word ? globNames(word) : undefined;
  const name = real ?? (word ? nameOf(word) : "");
  const args = expanded.slice(at + 1);
  hidden ||= real !== undefined || (word !== undefined && hides(word)) || args.some(({ tricks }) => tricks.includes("ifs"));
  if (name === "export" || name === "declare" || name === "typeset" || name === "setenv") for (const arg of args) if (ASSIGNMENT.test(arg.text)) assignments.push(arg);
  return { name, word, args, assignments, redirects, wrappers, hidden, before, after, start: first?.start ?? 0, end: last?.end ?? 0 };
}

/** `\rm` gets past an alias; anything else of this kind in a command's name only hides it. */
function hides(word: ShellWord): boolean {
  // $(npm bin)/eslint names a folder; w`echo h`oami hides a letter.
  const pieced = word.scripts.some(({ kind }) => kind !== "process") && /^[a-z]{1,12}$/i.test(word.text);
  return (word.split && !WINDOWS_PATH.test(word.raw) && isKnown(nameOf(word))) || word.tricks.length > 0 || pieced;
}

/** Whether a word stands in front of the command that is meant. */
export function runsAnother(name: string): boolean {
  return WRAPPERS.has(name) || RESERVED.has(name);
}

/** From the first argument of a wrapper to the command it runs. */
function behindOptions(words: readonly ShellWord[], from: number, valued: string, wrapper: string): number {
  let at = from;
  for (; at < words.length; at++) {
    const { text } = words[at] as ShellWord;
    if (text === "--") return at + 1;
    if (text.startsWith("-") && text.length > 1) {
      if (text.length === 2 && valued.includes(text[1] as string)) at++;
    } else if (wrapper === "timeout" && /^[\d.]+[smhd]?$/.test(text)) {
      at++;
      break;
    } else break;
  }
  return at;
}

/** Last part of a path, lower case, without the endings of Windows programs. */
export function nameOf(word: Pick<ShellWord, "text"> & { readonly raw?: string }): string {
  // The backslashes of a Windows path are no escapes.
  const text = word.raw !== undefined && WINDOWS_PATH.test(word.raw) ? word.raw : word.text;
  const from = Math.max(text.lastIndexOf("/"), text.lastIndexOf("\\")) + 1;
  const base = text.slice(from, from + LONGEST_NAME).toLowerCase();
  return base.includes(".") ? base.replace(/\.(?:exe|cmd|bat|com)$/, "") : base;
}

/** Every argument text of a command, in order. */
export function textsOf(command: ShellCommand): readonly string[] {
  return command.args.map(({ text }) => text);
}

/** The arguments that are no options. */
export function targetsOf(command: ShellCommand): readonly string[] {
  return textsOf(command).filter((text) => !text.startsWith("-"));
}

/** `python3.12` is python. */
export function plainName(name: string): string {
  let end = name.length;
  for (let code = name.charCodeAt(end - 1); code === 46 || (code >= 48 && code <= 57); code = name.charCodeAt(end - 1)) end--;
  return end === name.length ? name : name.slice(0, end);
}

/** Whether one of the options is given: `-r`, `-rf` for `r`, or a long one. */
export function hasOption(command: ShellCommand, letters: string, ...long: readonly string[]): boolean {
  return command.args.some(({ text }) => {
    if (text.startsWith("--")) return long.some((name) => text === `--${name}` || text.startsWith(`--${name}=`));
    return text.startsWith("-") && [...letters].some((letter) => text.slice(1).includes(letter));
  });
}
