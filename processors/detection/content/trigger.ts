import { DELETERS, EXECUTORS, GADGETS, OPENERS, OWNERS, RUNNERS } from "./code/names.ts";
import { COMMANDS, DELAYS, ERRORS, FILES, SCHEMAS } from "./sql/words.ts";
import { words } from "./words.ts";

/** Kinds of characters that a text has, as bits. */
export const HAS = {
  letter: 1, quote: 2, separator: 4, dollar: 8, backtick: 16, slash: 32, backslash: 64, percent: 128, brace: 256, angle: 512,
  round: 1024, colon: 2048, equals: 4096, space: 8192, control: 16384, hash: 32768, wide: 65536, bang: 131072, square: 262144, dash: 524288,
} as const;

/** Kinds of words that a text has, as bits. */
export const SAYS = { sql: 1, connector: 2, code: 4 } as const;

export interface Traits {
  /** Bits of {@link HAS}. */
  readonly chars: number;
  /** Bits of {@link SAYS}. */
  readonly words: number;
}

/** Words without which no text is SQL that does harm; of qualified names the last part. */
const SQL_WORDS: ReadonlySet<string> = words(`
  union select insert update delete drop truncate alter create exec execute waitfor having order group limit procedure grant shutdown declare
  attach copy sleep load set outfile dumpfile if bulk rlike
`);
const CONNECTORS: ReadonlySet<string> = words("or and xor where like having between rlike regexp not");
const CODE_WORDS: ReadonlySet<string> = words("require import __import__ include env __class__ mainModule");
/** Slots of the table of hashes, a power of two. */
const SLOTS = 8192;

const CLASS = new Int32Array(128);
const CHARACTERS: readonly (readonly [chars: string, bit: number])[] = [
  ["'\"", HAS.quote], [";|&\n", HAS.separator], ["$", HAS.dollar], ["`", HAS.backtick], ["/~", HAS.slash], ["\\", HAS.backslash], ["%", HAS.percent],
  ["{", HAS.brace], ["<>", HAS.angle], ["(", HAS.round], [":", HAS.colon], ["=", HAS.equals], [" \t\n\r", HAS.space], ["#", HAS.hash], ["!", HAS.bang],
  ["[", HAS.square], ["-", HAS.dash],
];
for (let code = 0; code < CLASS.length; code++) {
  const char = String.fromCharCode(code);
  if (/[A-Za-z0-9_$]/.test(char)) CLASS[code] = HAS.letter;
  else if (code < 32 && !/\s/.test(char)) CLASS[code] = HAS.control;
}
for (const [chars, bit] of CHARACTERS) for (const char of chars) CLASS[char.charCodeAt(0)] = (CLASS[char.charCodeAt(0)] as number) | bit;

const KNOWN = new Map<string, number>();
/** By hash of a word: the bits that it may bring. */
const MAYBE = new Uint8Array(SLOTS);
for (const list of [SQL_WORDS, DELAYS, COMMANDS, FILES, ERRORS, SCHEMAS]) addWords(list, SAYS.sql);
addWords(CONNECTORS, SAYS.connector);
for (const list of [EXECUTORS, RUNNERS, DELETERS, GADGETS, OPENERS, OWNERS.keys(), CODE_WORDS]) addWords(list, SAYS.code);

function addWords(list: Iterable<string>, bit: number): void {
  for (const word of list) {
    const plain = word.slice(word.lastIndexOf(".") + 1).toLowerCase();
    KNOWN.set(plain, (KNOWN.get(plain) ?? 0) | bit);
    let hash = 0;
    for (let index = 0; index < plain.length; index++) hash = (hash * 31 + (plain.charCodeAt(index) | 32)) | 0;
    MAYBE[hash & (SLOTS - 1)] = (MAYBE[hash & (SLOTS - 1)] as number) | bit;
  }
}

/** One pass over a text, without allocation: what it is made of decides who looks closer. */
export function traitsOf(text: string): Traits {
  let chars = 0;
  let said = 0;
  let hash = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 32;
    const kind = code < 128 ? CLASS[code] as number : HAS.wide;
    if ((kind & HAS.letter) !== 0) {
      if (hash === 0) start = at;
      hash = (hash * 31 + (code | 32)) | 0;
      chars |= kind;
      continue;
    }
    if (hash !== 0) {
      // Only a word that may bring something new is looked up.
      if (((MAYBE[hash & (SLOTS - 1)] as number) & ~said) !== 0) said |= KNOWN.get(text.slice(start, at).toLowerCase()) ?? 0;
      hash = 0;
    }
    if (at < text.length) chars |= kind;
  }
  return { chars, words: said };
}
