/**
 * The Prometheus text exposition format 0.0.4, strictly: a line that is not in it is an error with its number, since
 * a figure that was misread is worse than none.
 *
 * @module
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*/y;
/** A value and, at will, a time in milliseconds. */
const VALUE = /[ \t]+(\S+)(?:[ \t]+(-?\d+))?[ \t]*$/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)$/i;
const SPECIAL: Readonly<Record<string, number>> = { "+inf": Infinity, inf: Infinity, "-inf": -Infinity, nan: NaN };
const ESCAPES: Readonly<Record<string, string>> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

/** The samples of a scrape, in their order. Comments, types and times are read over. @throws Error with the line */
export function parseExposition(text: string): Sample[] {
  return text.split("\n").flatMap((line, index) => {
    const trimmed = line.replace(/\r$/, "").trimStart();
    if (trimmed.trimEnd() === "" || trimmed.startsWith("#")) return [];
    const sample = parseSample(trimmed);
    if (typeof sample === "string") throw new Error(`line ${index + 1}: ${sample}: ${JSON.stringify(trimmed.slice(0, 60))}`);
    return [sample];
  });
}

/** One sample, or what is wrong with it. */
function parseSample(line: string): Sample | string {
  const name = match(NAME, line, 0)?.[0];
  if (name === undefined) return "no name of a metric";
  let at = name.length;
  const labels: Record<string, string> = Object.create(null) as Record<string, string>;
  if (line[at] === "{") {
    for (at++; line[at] !== "}"; ) {
      const found = match(LABEL, line, at);
      if (!found) return "no label";
      const [whole, label, value] = found as unknown as [string, string, string];
      if (label in labels) return `a second label ${label}`;
      const unescaped = unescape(value);
      if (unescaped === undefined) return "an escape that there is not";
      labels[label] = unescaped;
      at += whole.length;
      if (line[at] === ",") at++;
      else if (line[at] !== "}") return "labels without an end";
    }
    at++;
  }
  // The braces may stand right before the value.
  const found = match(VALUE, line[at - 1] === "}" && line[at] !== " " && line[at] !== "\t" ? `${line.slice(0, at)} ${line.slice(at)}` : line, at);
  const value = found && numberOf(found[1] as string);
  return value === undefined ? "no value" : { name, labels, value };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function unescape(value: string): string | undefined {
  let isKnown = true;
  const text = value.replace(/\\./gs, (escaped) => ESCAPES[escaped] ?? ((isKnown = false), ""));
  return isKnown ? text : undefined;
}

function numberOf(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : SPECIAL[text.toLowerCase()];
}
