/** Longest id that a rule takes, without what makes it unique. */
const LONGEST = 240;

/** An id that is not taken yet; it is then. */
export function unusedId(wanted: string, taken: Set<string>): string {
  const base = wanted.slice(0, LONGEST);
  let id = base;
  for (let count = 2; taken.has(id); count++) id = `${base}#${count}`;
  taken.add(id);
  return id;
}
