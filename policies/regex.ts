import { createRequire } from "node:module";
import type * as Re2Js from "re2js";
import { say } from "../say.ts";

type Re2Native = typeof import("re2");

/** Memory that the automaton of one set may take, in bytes. More makes nothing faster; RE2's default of 8 MB is too little for hundreds of patterns. */
const SET_MEMORY = 32 * 1024 * 1024;

/** Linear-time regular expressions. JavaScript's own `RegExp` backtracks and never sees a text from outside. */
export interface RegexEngine {
  readonly name: "re2" | "re2js";
  /** Which of the patterns occur in the text, as indices in rising order; one pass for all of them. */
  compileSet(patterns: readonly string[]): (text: string) => readonly number[];
  /** The same for UTF-8, which must be valid: no class matches a byte that is not. @throws when the automaton runs out of memory */
  compileByteSet(patterns: readonly string[]): (bytes: Buffer) => readonly number[];
  /** Whether one pattern occurs in the text; lone surrogates count as U+FFFD. */
  compileTest(pattern: string): (text: string) => boolean;
  /** Replaces every match by what `replace` returns for it. */
  compileReplacer(pattern: string): (text: string, replace: (match: string) => string) => string;
  /** Looks for one pattern in UTF-8, which must be valid. `group` is the one whose place is wanted. */
  compileFinder(pattern: string, group?: number): Finder;
}

/** One pattern, and where it was found last; positions are bytes. */
export interface Finder {
  /** The first match that begins at `from` or later; what stands before it counts for `\b` and `^` only. */
  find(bytes: Buffer, from: number): boolean;
  /** Only where that match ends; -1 where there is none. */
  findEnd(bytes: Buffer, from: number): number;
  /** Of the group; of the whole match where the group took no part in it. */
  readonly start: number;
  readonly end: number;
  /** Of the whole match. */
  readonly matchStart: number;
  readonly matchEnd: number;
}

const require = createRequire(import.meta.url);
let engine: RegexEngine | undefined;

/**
 * The native RE2 when its binary fits this Node, else re2js (the same language in JavaScript, slower, linear
 * as well). Loaded on first use: most processes that preload spangate never call a tool.
 */
export function regexEngine(): RegexEngine {
  if (engine) return engine;
  try {
    engine = native(require("re2") as Re2Native);
  } catch {
    engine = portable(require("re2js") as typeof Re2Js);
    say(`spangate: re2 cannot be loaded by Node ${process.version} (ABI ${process.versions.modules}); using re2js, which is slower. \`npm rebuild re2\` builds it.`);
  }
  return engine;
}

export function native(RE2: Re2Native): RegexEngine {
  const set = (patterns: readonly string[]): InstanceType<Re2Native["Set"]> => new RE2.Set(patterns, "u", { maxMem: SET_MEMORY });
  return {
    name: "re2",
    compileSet(patterns) {
      const compiled = set(patterns);
      return (text) => compiled.match(text);
    },
    compileByteSet(patterns) {
      const compiled = set(patterns);
      return (bytes) => compiled.match(bytes);
    },
    compileTest(pattern) {
      const regex = new RE2(pattern, "u");
      return (text) => regex.test(text.toWellFormed());
    },
    compileReplacer(pattern) {
      const regex = new RE2(pattern, "gu");
      return (text, replace) => text.replace(regex, replace);
    },
    compileFinder: (pattern, group = 0) => new NativeFinder(new RE2(pattern, group > 0 ? "dgu" : "gu") as unknown as Re2Bytes, group),
  };
}

export function portable({ RE2JS, RE2Set }: typeof Re2Js): RegexEngine {
  const set = (patterns: readonly string[]): InstanceType<typeof RE2Set> => {
    const compiled = new RE2Set(RE2Set.UNANCHORED, 0, SET_MEMORY);
    for (const pattern of patterns) compiled.add(pattern);
    compiled.compile();
    return compiled;
  };
  return {
    name: "re2js",
    compileSet(patterns) {
      const compiled = set(patterns);
      return (text) => compiled.match(text);
    },
    compileByteSet(patterns) {
      const compiled = set(patterns);
      return (bytes) => compiled.match(bytes);
    },
    compileTest(pattern) {
      const compiled = set([pattern]);
      return (text) => compiled.match(text.toWellFormed()).length > 0;
    },
    compileReplacer(pattern) {
      const regex = RE2JS.compile(pattern);
      return (text, replace) => regex.matcher(text).replaceAll(replace);
    },
    compileFinder: (pattern, group = 0) => new PortableFinder(RE2JS.compile(pattern), group),
  };
}

/** What is used of a native pattern; the types of re2 give it as a `RegExp`, which takes no bytes. */
interface Re2Bytes {
  lastIndex: number;
  test(bytes: Buffer): boolean;
  search(bytes: Buffer): number;
  exec(bytes: Buffer): { readonly index: number; readonly indices?: readonly (readonly [start: number, end: number] | undefined)[] } | null;
}

class NativeFinder implements Finder {
  start = 0;
  end = 0;
  matchStart = 0;
  matchEnd = 0;
  readonly #regex: Re2Bytes;
  readonly #group: number;

  constructor(regex: Re2Bytes, group: number) {
    this.#regex = regex;
    this.#group = group;
  }

  find(bytes: Buffer, from: number): boolean {
    const regex = this.#regex;
    regex.lastIndex = from;
    // `test` allocates nothing and settles most calls; `exec` copies every group.
    if (!regex.test(bytes)) return false;
    this.matchEnd = regex.lastIndex;
    if (this.#group === 0 && from === 0) {
      this.matchStart = regex.search(bytes);
    } else {
      regex.lastIndex = from;
      const match = regex.exec(bytes);
      if (!match) return false;
      this.matchStart = match.index;
      const span = match.indices?.[this.#group];
      if (span) {
        [this.start, this.end] = span;
        return true;
      }
    }
    this.start = this.matchStart;
    this.end = this.matchEnd;
    return true;
  }

  findEnd(bytes: Buffer, from: number): number {
    this.#regex.lastIndex = from;
    return this.#regex.test(bytes) ? this.#regex.lastIndex : -1;
  }
}

class PortableFinder implements Finder {
  start = 0;
  end = 0;
  matchStart = 0;
  matchEnd = 0;
  readonly #regex: InstanceType<(typeof Re2Js)["RE2JS"]>;
  readonly #group: number;

  constructor(regex: InstanceType<(typeof Re2Js)["RE2JS"]>, group: number) {
    this.#regex = regex;
    this.#group = group;
  }

  find(bytes: Buffer, from: number): boolean {
    const matcher = this.#regex.matcher(bytes);
    if (!matcher.find(from)) return false;
    this.matchStart = matcher.start();
    this.matchEnd = matcher.end();
    const start = this.#group === 0 ? -1 : matcher.start(this.#group);
    this.start = start < 0 ? this.matchStart : start;
    this.end = start < 0 ? this.matchEnd : matcher.end(this.#group);
    return true;
  }

  findEnd(bytes: Buffer, from: number): number {
    return this.find(bytes, from) ? this.matchEnd : -1;
  }
}
