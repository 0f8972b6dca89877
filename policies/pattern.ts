/** Tests a name. */
export type Matcher = (name: string) => boolean;

/** Whether a pattern stands for more than itself. */
export function isWild(pattern: string): boolean {
  return pattern.includes("*") || pattern.includes("?");
}

/**
 * Compiles name patterns: `*` stands for any characters, `?` for one, everything else for itself.
 * No regular expression is involved; the cost is at most pattern length × name length.
 */
export function compilePatterns(patterns: readonly string[]): Matcher {
  if (patterns.includes("*")) return () => true;
  const exact = new Set(patterns.filter((pattern) => !isWild(pattern)));
  const wild = patterns.filter(isWild);
  if (wild.length === 0) {
    const [only] = exact;
    return exact.size === 1 ? (name) => name === only : (name) => exact.has(name);
  }
  return (name) => exact.has(name) || wild.some((pattern) => matches(pattern, name));
}

/** Greedy wildcard match with one level of backtracking: only the last `*` ever needs to be widened. */
export function matches(pattern: string, name: string): boolean {
  return greedy(pattern, name, (one, char) => one === "?" || one === char);
}

/** Whether every name that `special` matches is matched by `general` too. */
export function covers(general: string, special: string): boolean {
  // A `*` of the special pattern may become anything, so only a `*` of the general one can take it.
  return greedy(general, special, (one, char) => (one === "?" ? char !== "*" : one === char));
}

/** Whether some name is matched by both patterns. */
export function overlaps(a: string, b: string): boolean {
  // row[j]: whether what is left of `a` and b.slice(j) can match the same text; computed from the ends.
  let row: boolean[] = [];
  for (let i = a.length; i >= 0; i--) {
    const below = row;
    row = new Array<boolean>(b.length + 1).fill(false);
    for (let j = b.length; j >= 0; j--) {
      const [one, other] = [a[i], b[j]];
      if (one === undefined && other === undefined) row[j] = true;
      else if (one === "*") row[j] = (below[j] as boolean) || (other !== undefined && (row[j + 1] as boolean));
      else if (other === "*") row[j] = (row[j + 1] as boolean) || (one !== undefined && (below[j] as boolean));
      else if (one !== undefined && other !== undefined) row[j] = (one === other || one === "?" || other === "?") && (below[j + 1] as boolean);
    }
  }
  return row[0] as boolean;
}

function greedy(pattern: string, name: string, fits: (one: string, char: string) => boolean): boolean {
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let n = 0; n < name.length; ) {
    if (pattern[p] === "*") {
      star = p++;
      resume = n;
    } else if (p < pattern.length && fits(pattern[p] as string, name[n] as string)) {
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
