import { words } from "../words.ts";
import type { ShellCommand } from "./command.ts";
import { SHELLS } from "./programs.ts";
import type { ShellWord } from "./token.ts";

const [LINE_END, PIPE] = [0x0a, 0x7c];
/** Pipes on one line that are the borders of cells. */
const MANY_PIPES = 3;
/** How far around a place one looks to see what it stands in. */
const AROUND = 512;
/** Commands with one bare word behind them. */
const BARE = /^(?:which|net|kill|sc|service|systemctl|pkill|killall|cat|type) [a-z][\w.-]{1,15}$/;
/** Commands whose first argument tells them from the words that they are. */
const SUBCOMMANDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["net", words("user localgroup group view use share accounts start stop")],
  ["ip", words("addr address link route a")],
  ["sc", words("query create config start stop delete")],
]);
/** What a person would not write behind a verb: an option, a path, a variable, an address, a number. */
const SHARP_START = /^(?:--?[\w-]|\/(?:[\w/?*]|$)|~|\.{1,2}(?:\/|$)|\$|https?:|\d{1,6}$|\d{1,3}(?:\.\d{1,3}){3}|[A-Za-z]:[\\/]?|%\w)/;
/** The same for its end: a file name with an ending, or a path below a folder. */
const SHARP_END = /^[\w/.-]{0,200}(?:\.[a-z]{2,5}|\/[\w*.-]{1,64})$/i;

/** Options, paths, addresses, numbers and names of files, with a word or two between them: not a sentence. */
export function argumentsFit({ args, name }: ShellCommand): boolean {
  if (args.length === 0 || SHELLS.has(name) || SUBCOMMANDS.get(name)?.has(args[0]?.text.toLowerCase() ?? "")) return true;
  const sharp = args.filter(isSharp).length;
  if (args.length === 1 && sharp === 0) return BARE.test(`${name} ${args[0]?.text}`);
  return sharp > 0 && args.length - sharp <= Math.max(2, sharp);
}

/** Nothing that a person would write behind a verb. */
function isSharp({ text, scripts, quoted, glob }: ShellWord): boolean {
  return quoted || glob || scripts.some(({ open }) => !open) || SHARP_START.test(text) || SHARP_END.test(text);
}

/** Inside quotes or backticks that close again: a quotation. */
export function isQuoted(text: string, at: number): boolean {
  const behind = text.slice(at, at + AROUND);
  return ["`", "\""].some((quote) => isInside(text, at, quote) && behind.includes(quote));
}

/** Whether an odd number of quotes stands in front of a place, on its line. */
export function isInside(text: string, at: number, quote: string): boolean {
  const wanted = quote.charCodeAt(0);
  let count = 0;
  for (let index = at - 1; index >= 0 && index >= at - AROUND; index--) {
    const code = text.charCodeAt(index);
    if (code === LINE_END) break;
    if (code === wanted) count++;
  }
  return count % 2 === 1;
}

/** Two lines, of which the first is one word: a name with a command behind it, and not the lines of a text. */
export function isPair(text: string, at: number): boolean {
  return text.indexOf("\n", at + 1) < 0 && /^[^\s`#:]{1,80}$/.test(text.slice(0, at).trim());
}

/** Markdown code at a backtick: no letters touch it. @returns `whole` where the code is the whole text */
export function codeSpanAt(text: string, at: number): "span" | "whole" | undefined {
  const close = text.slice(0, at + AROUND).indexOf("`", at + 1);
  if (close < 0 || text[at - 1] === "`") return "span";
  if (text[at - 1] === "(" && text[at - 2] === "$") return undefined;
  // The one that closes a span opens none.
  if (isInside(text, at, "`")) return "span";
  const [before, after] = [text[at - 1], text[close + 1]];
  const touches = (char: string | undefined): boolean => char !== undefined && /[\w$/\\=]/.test(char);
  if (touches(before) || touches(after)) return undefined;
  return before === undefined && after === undefined ? "whole" : "span";
}

/** A row of a table: several cells on one line. */
export function isTable(text: string, at: number): boolean {
  let [pipes, lines] = [0, false];
  // Three pipes settle it, and a table has them near.
  for (let index = at; index < text.length && index < at + AROUND && pipes < MANY_PIPES; index++) {
    const code = text.charCodeAt(index);
    lines = code === LINE_END;
    if (lines) break;
    if (code === PIPE) pipes++;
  }
  for (let index = at - 1; index >= 0 && index >= at - AROUND && pipes < MANY_PIPES; index--) {
    const code = text.charCodeAt(index);
    if (code === LINE_END) return pipes === 2;
    if (code === PIPE) pipes++;
  }
  return pipes >= MANY_PIPES || (pipes === 2 && lines);
}
