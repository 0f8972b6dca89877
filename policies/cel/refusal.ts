/** Why an expression is not accepted; thrown while it is read and compiled. */
export class Refusal extends Error {
  /** Offset in the source, in UTF-16 code units. */
  readonly at: number;

  constructor(at: number, problem: string) {
    super(problem);
    this.at = at;
  }
}

/** `line:column`, both from 1. */
export function placeOf(source: string, at: number): string {
  const before = source.slice(0, at);
  const start = before.lastIndexOf("\n") + 1;
  return `${before.split("\n").length}:${at - start + 1}`;
}
