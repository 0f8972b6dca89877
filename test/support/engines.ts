import { createRequire } from "node:module";
import * as re2js from "re2js";
import { native, portable, type RegexEngine } from "../../policies/regex.ts";

/** The engines that this Node has: where re2 has no binary for it, the bootstrap has said so, and re2js is what runs. */
export const ENGINES: readonly RegexEngine[] = [...nativeEngine(), portable(re2js)];

function nativeEngine(): RegexEngine[] {
  try {
    return [native(createRequire(import.meta.url)("re2") as Parameters<typeof native>[0])];
  } catch {
    return [];
  }
}
