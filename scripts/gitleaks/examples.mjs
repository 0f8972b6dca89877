// A match and near misses for each rule, drawn from its pattern and held against the whole rule.
import { RE2JS } from "re2js";
import { detectorOf } from "../../processors/detection/secrets/gitleaks-rule.ts";
import { parsePattern } from "./pattern.mjs";
import { randomOf, sample } from "./samples.mjs";

/** Draws before giving up: entropy and allow lists refuse some. */
const DRAWS = 500;
/** A value that is looked at in context keeps this much on each side. */
const AROUND = 64;

/** @returns {{ matches: string[], misses: string[] }} the same for the same rule */
export function examplesOf(rule, everywhere) {
  const triggers = rule.triggers.map((trigger) => RE2JS.compile(trigger));
  const triggered = (text) => triggers.some((trigger) => trigger.matcher(text).find());
  const found = finderOf(rule, everywhere);
  const finds = (text) => triggered(text) && found(text);
  const random = randomOf(rule.id);
  const { node } = parsePattern(rule.pattern);
  for (let draw = 0; draw < DRAWS; draw++) {
    const drawn = sample(node, rule.group ?? 0, random);
    // Some rules go by a word that stands anywhere near.
    const word = triggered(drawn.text) ? "" : `${rule.triggers.at(-1).replace(/^\(\?i\)/, "")} `;
    const text = word + drawn.text;
    const at = drawn.at.map((index) => index + word.length);
    const misses = mutations(text, at, rule).filter((mutation) => !finds(mutation));
    if (finds(text) && misses.length > 0) return { matches: [text], misses: [...new Set(misses)].slice(0, 2) };
  }
  throw new Error(`${rule.id}: none of ${DRAWS} draws is a match with a miss beside it`);
}

/** A value cut short, a form or name spoilt, and a value of one character: none of them is the secret. */
function mutations(text, [from, to], rule) {
  const value = text.slice(from, to);
  const put = (other) => text.slice(0, from) + other + text.slice(to);
  const head = rule.triggers.map((trigger) => trigger.replace(/^\(\?i\)/, "").replaceAll("\\", "").toLowerCase()).find((literal) => text.toLowerCase().includes(literal));
  const at = head === undefined ? from : text.toLowerCase().indexOf(head);
  return [put(value.slice(0, Math.ceil(value.length / 2))), `${text.slice(0, at)}#${text.slice(at + 1)}`, put(value.replace(/[a-z\d]/gi, "x"))];
}

function finderOf(rule, everywhere) {
  const pattern = RE2JS.compile(rule.pattern);
  const { validate } = detectorOf(rule, everywhere);
  return (text) => {
    const matcher = pattern.matcher(text);
    while (matcher.find()) {
      const [start, end] = [matcher.start(rule.group ?? 0), matcher.end(rule.group ?? 0)];
      const context = { before: text.slice(Math.max(0, start - AROUND), start), after: text.slice(end, end + AROUND), key: "" };
      if (validate(text.slice(start, end), context)) return true;
    }
    return false;
  };
}
