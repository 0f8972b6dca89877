/**
 * Pieces of patterns: words of English that injections are made of, as RE2 without groups that are counted. All are to
 * be read without regard to case. Their letters may be digits where people write them so.
 *
 * @module
 */

/** What looks like a letter: `1gn0re`. */
const LEET: Readonly<Record<string, string>> = { a: "[a4@]", e: "[e3]", i: "[i1!|]", o: "[o0]", s: "[s5$]", t: "[t7]" };

/** A word, in which digits may stand for letters. */
function leet(word: string): string {
  return word.replace(/[aeiost]/g, (letter) => LEET[letter] as string);
}

/** Between two words: space, marks of emphasis and of quotation, dashes; also `\n` as JSON writes it. No end of a sentence. */
export const S: string = String.raw`(?:[\s\x{a0}*_~"'’‘“”«»${"`"}#>,;:()|/+-]|\\[nrt])+`;
/** Up to so many words, each with what stands behind it. */
export const upTo = (words: number): string => `(?:[a-z0-9'’]+${S}){0,${words}}?`;
/** One of them, with what stands behind it, or none. */
export const maybe = (words: string): string => `(?:(?:${words})${S})?`;

/** One of several patterns. */
export const oneOf = (...patterns: readonly string[]): string => `(?:${patterns.join("|")})`;

/** Every text of the first with every one of the second behind it, as a trigger that needs no second look. */
export const phrases = (first: readonly string[], second: readonly string[] = [""]): string => `(?i)(?:${first.flatMap((head) => second.map((tail) => (head + tail).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))).join("|")})`;

/** To act against instructions, as an order. */
export const AGAINST: string = [
  leet("ignore"), "ignroe", leet("disregard"), leet("forget"), "overlook", "neglect", "set aside", "put aside", "leave aside", "throw (?:away|out)", "abandon", "disobey", "unlearn", "wipe (?:your memory of|out)",
  "pay no (?:attention|heed|mind) to", "(?:do not|don['’]?t|no longer|never|stop|cease|quit) (?:follow|obey|heed|listen to|comply with|adhere to|stick to|abide by|respect|apply)(?:ing)?",
  "(?:do not|don['’]?t|no longer) (?:have|need) to (?:follow|obey|comply with|adhere to|abide by)",
].join("|");
/** The same, in words that are also said of software and of orders of goods. */
export const AGAINST_ANYTHING: string = `${leet("override")}|${leet("bypass")}|circumvent|discard|dismiss|skip|erase|delete|drop|cancel|overwrite|supersede|violate`;

/** Came before, or is the model's own. */
export const EARLIER: string = `${leet("previous")}|prior|earlier|above|preceding|former|foregoing|aforementioned|past|existing|initial|original|current|primary|old|outstanding`;
/** Belongs to the model. */
export const OWN: string = "system|developer|safety|security|ethical|moral|internal|hidden|secret|core";
/** What a model is told. */
export const INSTRUCTIONS: string = `${leet("instruction")}s?|${leet("prompt")}s?|guidelines?|guidance|directives?|directions|programming|preamble|system message|developer message|safeguards?|guardrails?|(?:safety|content) (?:filters?|polic(?:y|ies))`;
/** The same, in words that are also said between people. */
export const ORDERS: string = `${leet("rule")}s|commands?|orders|context|constraints?|restrictions?|limitations?|conversation|training|polic(?:y|ies)|requests?|tasks?|objectives?|goals?|text|content|input|limits`;

/** Who reads a result and acts. */
export const MODEL: string = "a\\.?i\\.?|llms?|large language models?|language models?|a\\.?i\\.? (?:models?|assistants?|agents?|systems?|chat ?bots?)|chat ?bots?|gpt(?:-?[345][a-z0-9.]*)?|chat ?gpt|claude|gemini|copilot|llama|mistral|grok|deepseek";
/** The same, and words that are also said of people and programs. */
export const READER: string = `${MODEL}|assistants?|agents?|models?|bots?`;
