import type { MatchContext } from "../detector.ts";

/** Opens a quotation that is still open where the match begins: behind a space, and no mark behind it. */
const OPEN = /(?:^|[\s([:=,>])["'`“„«‘「『][^"`“”„«»「」『』]*$/;
const CLOSES = /["'`”’»」』]/;
/** A quoted key before the quotation mark, as in JSON: then that is not a quotation but the value. */
const KEY = /["']\s*[:=]\s*["'`]$/;
/** Who quotes says what for. */
const QUOTES = /\b(?:like|such as|phrases?|payloads?|examples?|e\.g|i\.e|for instance|patterns?|keywords?|detects?|detected|detection|attackers?|attacks?|hackers?|injections?|jailbreaks?|attempts?|red team|filters?|blocks?|blocked|well-known|classic|typical|known as|called|literal|regex|assert|expect|includes|contains|grep|saying|says|said|telling|writes|typing|types|inputs?|users?|words|the (?:text|string|sentence|instruction|message))\b/i;
/** A quotation that a sentence goes on about; code that looks for a text. */
const ABOUT = /^[^"'`“”„«»]{0,60}["'`”»]\s*(?:(?:is|are|was|were|attacks?|prompts?|phrases?|style|styles|or similar|and similar|patterns?|in\s+\w+|and then|as an)\b|\)|,\s*["'`])/i;
/** Says before it, without a quotation mark, that somebody says it. */
const UTTERED = /\b(?:typing|types|typed|saying|says|said|writes|writing|reads)\s+$/i;
/** A kind of attack, and a colon: what follows explains it. */
const DEFINED = /\b(?:injections?|jailbreak\w*|leak\w*|attacks?|hijack\w*|extraction|override)\**\s*[:–—-]\s*$/i;

/** Whoever speaks of making a model do something does not tell it to. */
const CAUSES = /\b(?:mak(?:e|es|ing)|caus(?:e|es|ing)|lets?|letting|gets?|getting|forc(?:e|es|ing)|trick(?:s|ing)?|tells?|telling|told|asks?|asking|instruct(?:s|ing)?|convinc(?:e|es|ing)|persuad(?:e|es|ing)|manipulat(?:e|es|ing)|tr(?:y|ies|ying)|attempt(?:s|ing)?|order)\b/i;
const THIRD = /\b(?:models?|llms?|ais?|assistants?|agents?|chatbots?|gpt|it|them|one|users?)\s+$/i;
const TO = /\bto\s+$/i;
/** To whom an order is given, or that it is one. */
const ORDERED = /\b(?:you|must|have|has|needs?|ought|required|obliged|are|is|be|sure|please|remember|continue|proceed|welcome|free|task|goal|job|i order)\s+to\s+$/i;
const IF = /\b(?:if|when|whenever|should)\b[^.!?]*\b(?:asks?|tells?|told|instructs?|tries|wants?|says|requests?|attempts?)\b[^.!?]*$/i;
const NEGATED = /(?:\bnot|\bnever|n['’]t|\bcannot|\bwithout)\s+$/i;
const ASKED = /\b(?:can|could|may|might|should|shall|do|does|did|would|will|how)\s+(?:i|we|one|they|he|she|it|someone|somebody|anyone|users?|people|attackers?|models?|the \w+)\s+(?:\w+\s+)?$/i;
const SUBJECT = /\b(?:attackers?|adversar(?:y|ies)|hackers?|they|which|that|who|prompts?|injections?|jailbreaks?|models?|llms?|documents?|inputs?|texts?|attacks?|users?|i|we|it|this|he|she)\s+(?:(?:can|could|may|might|will|would|often|simply|also|then|should)\s+)?$/i;

/**
 * Whether a phrase is an order, by the words around it, and not a quotation in a text about such phrases, nor a sentence
 * about what somebody or something does. A rule of thumb: what it refuses counts elsewhere, for less.
 */
export function isOrder(_: string, { before, after }: MatchContext): boolean {
  return !isQuoted(before, after) && !isDescribed(before);
}

/** The opposite of {@link isOrder}. */
export function isMentioned(value: string, context: MatchContext): boolean {
  return !isOrder(value, context);
}

/** Whether a phrase, whatever it is, stands here for itself. */
export function isSaid(_: string, { before, after }: MatchContext): boolean {
  return !isQuoted(before, after);
}

/** Quoted, with words around it that say so. */
function isQuoted(before: string, after: string): boolean {
  const open = OPEN.exec(before);
  if (!open) return UTTERED.test(before) || DEFINED.test(before);
  return !KEY.test(before) && CLOSES.test(after) && (ABOUT.test(after) || QUOTES.test(before.slice(0, open.index + 1)));
}

function isDescribed(before: string): boolean {
  if (NEGATED.test(before) || ASKED.test(before) || SUBJECT.test(before) || IF.test(before)) return true;
  if (TO.test(before)) return !ORDERED.test(before);
  return THIRD.test(before) && CAUSES.test(before);
}
