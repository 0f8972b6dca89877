import type { MatchContext } from "../detector.ts";

/** Marks that open a quotation, and those that close one. */
const OPENS = /["'`“„«‘「『(]\s*$/;
const CLOSES = /["'`”“»’」』)]/;
/** A key of JSON or of a form before the quotation mark: then that is not a quotation but the value. */
const KEY = /["'\w]\s*[:=]\s*["'`]$/;
/** Who quotes says what for. */
const QUOTES = /\b(?:such as|phrases?|payloads?|examples?|e\.g|for instance|strings? like|patterns? like|text like|keywords?|detects?|detected|detection|attackers?|attacks?|injections?|jailbreaks?|attempts?|red team|filters?|blocks?|blocked|well-known|classic|typical|known as|called|literal|regex|assert|expect|includes|contains|grep|saying|says|writes|typing|types|prompts? like|inputs? like|instructions? like|messages? like|commands? like|things like|something like|words)\b/i;
/** Code that looks for a text. */
const SOUGHT = /^["'`]\s*(?:in\s+\w|\)|,\s*["'`])/;

/** Whoever speaks of making a model do something does not tell it to. */
const CAUSES = /\b(?:mak(?:e|es|ing)|caus(?:e|es|ing)|lets?|letting|gets?|getting|forc(?:e|es|ing)|trick(?:s|ing)?|tells?|telling|told|asks?|asking|instruct(?:s|ing)?|convinc(?:e|es|ing)|persuad(?:e|es|ing)|manipulat(?:e|es|ing)|coax(?:es|ing)?|tr(?:y|ies|ying)|attempt(?:s|ing)?|aim(?:s|ing)?|design(?:ed)?|used|intend(?:s|ed)?|abl[ey]|meant|seeks?|want(?:s|ed)|ways?|how|order|harder|easier|possible|impossible|hidden|crafted|commands?|instructions?|prompts?)\b/i;
const TO = /\bto\s+$/i;
/** To whom an order is given, or that it is one. */
const ORDERED = /\b(?:you|must|have|has|needs?|ought|required|obliged|are|is|be|sure|please|remember|continue|proceed|welcome|free|task|goal|job|i order)\s+to\s+$/i;
const THIRD = /\b(?:models?|llms?|ais?|assistants?|agents?|chatbots?|gpt|it|them|one|users?)\s+$/i;
const NEGATED = /(?:\bnot|\bnever|n['’]t|\bcannot|\bwithout)\s+$/i;
const ASKED = /\b(?:can|could|may|might|should|shall|do|does|did|would|will|how)\s+(?:i|we|one|they|he|she|it|someone|somebody|anyone|users?|people|attackers?|models?|the \w+)\s+(?:\w+\s+)?$/i;
const SUBJECT = /\b(?:attackers?|adversar(?:y|ies)|hackers?|they|which|that|who|prompts?|injections?|jailbreaks?|models?|llms?|documents?|inputs?|texts?|attacks?|users?|i|we|it|this|he|she)\s+(?:(?:can|could|may|might|will|would|often|simply|also|then|should)\s+)?$/i;

/**
 * Whether a phrase is an order, by the words around it, and not a quotation in a text about such phrases, nor a sentence
 * about what somebody or something does. A rule of thumb: what it refuses has less weight elsewhere.
 */
export function isOrder(_: string, { before, after }: MatchContext): boolean {
  return !isQuoted(before, after) && !isDescribed(before);
}

/** The opposite of {@link isOrder}. */
export function isMentioned(value: string, context: MatchContext): boolean {
  return !isOrder(value, context);
}

/** Quoted, with words before it that say so. */
export function isQuoted(before: string, after: string): boolean {
  if (SOUGHT.test(after) && OPENS.test(before)) return true;
  return OPENS.test(before) && CLOSES.test(after) && !KEY.test(before) && QUOTES.test(before);
}

function isDescribed(before: string): boolean {
  if (NEGATED.test(before) || ASKED.test(before) || SUBJECT.test(before)) return true;
  if (TO.test(before)) return !ORDERED.test(before);
  return THIRD.test(before) && CAUSES.test(before);
}
