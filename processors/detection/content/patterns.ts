import { regexEngine } from "../../../policies/regex.ts";

interface PatternMatch {
  /** Which of the patterns. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

type Search = (text: string) => readonly PatternMatch[];

/**
 * Looks for several patterns at once: one pass settles which occur, and only those are located, each at its first
 * place. RE2 syntax; compiled when it is first needed.
 */
export function compilePatterns(patterns: readonly string[]): Search {
  let search: Search | undefined;
  return (text) => (search ??= compile(patterns))(text);
}

function compile(patterns: readonly string[]): Search {
  const engine = regexEngine();
  const occurring = engine.compileSet(patterns);
  const locators = new Map<number, ReturnType<typeof engine.compileReplacer>>();
  return (text) => {
    const well = text.toWellFormed();
    return occurring(well).map((index) => {
      let locate = locators.get(index);
      if (!locate) locators.set(index, (locate = engine.compileReplacer(patterns[index] as string)));
      let found: string | undefined;
      locate(well, (match) => {
        found ??= match;
        return match;
      });
      const start = found === undefined ? 0 : well.indexOf(found);
      return { index, start, end: start + (found?.length ?? 0) };
    });
  };
}
