import { createRequire } from "node:module";
import type * as Re2Js from "re2js";
import { say } from "../../say.ts";

type Re2Native = typeof import("re2");

/** Linear-time regular expressions. JavaScript's own `RegExp` backtracks and never sees a text from outside. */
export interface RegexEngine {
  readonly name: "re2" | "re2js";
  /** Which of the patterns occur in the text, as indices; one pass for all of them. */
  compileSet(patterns: readonly string[]): (text: string) => readonly number[];
  /** Replaces every match by what `replace` returns for it. */
  compileReplacer(pattern: string): (text: string, replace: (match: string) => string) => string;
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
  return {
    name: "re2",
    compileSet(patterns) {
      const set = new RE2.Set(patterns, "u");
      return (text) => set.match(text);
    },
    compileReplacer(pattern) {
      const regex = new RE2(pattern, "gu");
      return (text, replace) => text.replace(regex, replace);
    },
  };
}

export function portable({ RE2JS, RE2Set }: typeof Re2Js): RegexEngine {
  return {
    name: "re2js",
    compileSet(patterns) {
      const set = new RE2Set();
      for (const pattern of patterns) set.add(pattern);
      set.compile();
      return (text) => set.match(text);
    },
    compileReplacer(pattern) {
      const regex = RE2JS.compile(pattern);
      return (text, replace) => regex.matcher(text).replaceAll(replace);
    },
  };
}
