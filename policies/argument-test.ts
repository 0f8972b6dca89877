import { type Answer, answerOf, NO, UNKNOWN, YES } from "./answer.ts";
import { compilePatterns } from "./pattern.ts";
import { parsePath, select } from "./path.ts";
import { regexEngine } from "./regex.ts";
import type { ArgumentTest, Scalar } from "./schema/match.ts";

/**
 * Compiles the test of one argument. `every`: all selected values must pass and there must be one (rules that
 * allow); else one is enough. `loose`: other forms in which tools take the same are selected, too (rules that speak against).
 *
 * @throws Error for a pattern that is not RE2
 */
export function compileArgumentTest(path: string, test: ArgumentTest, every: boolean, loose: boolean): (args: unknown) => Answer {
  const parsed = parsePath(path);
  const passes = compileTest(test);
  const mustExist = test.exists;
  // What is not there in the form that was written down is not there.
  const isLoose = loose && mustExist !== false;
  return (args) => {
    let found = 0;
    let answer: Answer = every ? YES : NO;
    const decided = select(args, parsed, (value) => {
      found++;
      const one = passes(value);
      if (every ? one === NO : one === YES) {
        answer = one;
        return true;
      }
      if (one === UNKNOWN) answer = UNKNOWN;
      return false;
    }, isLoose);
    if (mustExist !== undefined && mustExist !== found > 0) return NO;
    if (decided) return answer;
    return found === 0 ? answerOf(mustExist === false) : answer;
  };
}

/** All parts of a test on one value. */
function compileTest(test: ArgumentTest): (value: unknown) => Answer {
  const parts: ((value: unknown) => Answer)[] = [];
  const { equals, in: among, not_in: notAmong, glob, pattern, not_pattern: notPattern, min, max, max_length: maxLength } = test;
  if (equals !== undefined) parts.push(memberOf([equals], true));
  if (among) parts.push(memberOf(among, true));
  if (notAmong) parts.push(memberOf(notAmong, false));
  if (glob) parts.push(onText(compilePatterns(glob)));
  if (pattern !== undefined) parts.push(onText(regexEngine().compileTest(pattern)));
  if (notPattern !== undefined) {
    const occurs = regexEngine().compileTest(notPattern);
    parts.push(onText((text) => !occurs(text)));
  }
  if (min !== undefined) parts.push(onNumber((number) => number >= min));
  if (max !== undefined) parts.push(onNumber((number) => number <= max));
  if (maxLength !== undefined) parts.push((value) => (typeof value === "string" || Array.isArray(value) ? answerOf(value.length <= maxLength) : UNKNOWN));
  return (value) => {
    let answer: Answer = YES;
    for (const part of parts) {
      const one = part(value);
      if (one === NO) return NO;
      if (one === UNKNOWN) answer = UNKNOWN;
    }
    return answer;
  };
}

/**
 * A list or a map is no scalar, and "100", "100.0" or "True" is not 100 or true though many tools take it for that:
 * nobody can say whether such a value is one of them.
 */
function memberOf(values: readonly Scalar[], wanted: boolean): (value: unknown) => Answer {
  const set = new Set<unknown>(values);
  const written = new Set(values.map(String));
  const others = values.filter((value) => typeof value !== "string");
  const words = new Set(others.map(String));
  const numbers = new Set(others.filter((value) => typeof value === "number"));
  const readsAsOther = (text: string): boolean => {
    const bare = text.trim();
    return words.has(bare.toLowerCase()) || (numbers.size > 0 && bare !== "" && numbers.has(Number(bare)));
  };
  return (value) => {
    if (set.has(value)) return answerOf(wanted);
    if (typeof value === "string") return others.length > 0 && readsAsOther(value) ? UNKNOWN : answerOf(!wanted);
    if ((typeof value === "object" && value !== null) || written.has(String(value))) return UNKNOWN;
    return answerOf(!wanted);
  };
}

function onText(holds: (text: string) => boolean): (value: unknown) => Answer {
  return (value) => (typeof value === "string" ? answerOf(holds(value)) : UNKNOWN);
}

/** Numbers in texts ("100") are not numbers: what the tool makes of them is not known. */
function onNumber(holds: (number: number) => boolean): (value: unknown) => Answer {
  return (value) => {
    if (typeof value === "bigint") return answerOf(holds(Number(value)));
    return typeof value === "number" && !Number.isNaN(value) ? answerOf(holds(value)) : UNKNOWN;
  };
}
