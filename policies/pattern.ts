/** Tests a name. */
export type Matcher = (name: string) => boolean;

/**
 * Compiles tool-name patterns: `*` stands for any characters, `?` for one, everything else for itself.
 * No regular expression is involved; the cost is at most pattern length × name length.
 */
export function compilePatterns(patterns: readonly string[]): Matcher {
  if (patterns.includes("*")) return () => true;
  const exact = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const wild = patterns.filter((pattern) => !exact.has(pattern));
  return (name) => exact.has(name) || wild.some((pattern) => matches(pattern, name));
}

/** Greedy wildcard match with one level of backtracking: only the last `*` ever needs to be widened. */
function matches(pattern: string, name: string): boolean {
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let n = 0; n < name.length; ) {
    if (pattern[p] === "*") {
      star = p++;
      resume = n;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
