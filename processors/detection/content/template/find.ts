/** An expression between the delimiters of a template language. */
export interface TemplateExpression {
  /** The delimiter in front: `{{`, `{%`, `${`, `#{`, `<%`, `*{`, `@(`, `[[`, `{php}`, `{$`. */
  readonly open: string;
  readonly body: string;
  readonly start: number;
  readonly end: number;
}

/** Longest expression that is looked at; what follows is not part of the judgement. */
const LONGEST = 1024;
/** Jinja, Twig, Handlebars; Freemarker, Velocity, JSP EL, Mako; Ruby, Pug; ERB, EJS, JSP, ASP; Thymeleaf; Razor; Smarty. */
const DELIMITERS: readonly (readonly [open: string, close: string])[] = [
  ["{{", "}}"], ["{%", "%}"], ["${", "}"], ["#{", "}"], ["<%", "%>"], ["*{", "}"], ["@{", "}"], ["[[", "]]"], ["@(", ")"], ["{php}", "{/php}"], ["{$", "}"],
];
const BY_START: ReadonlyMap<string, readonly [string, string]> = new Map(DELIMITERS.map((pair) => [pair[0].slice(0, 2), pair]));

/**
 * Expressions of all template languages in a text, outermost first and without overlap.
 *
 * @param spend is told of the characters that were read
 */
export function findExpressions(text: string, spend: (steps: number) => void = () => {}): readonly TemplateExpression[] {
  const found: TemplateExpression[] = [];
  const closers = new Map<string, number>();
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // { $ # < * @ [
    if (code !== 0x7b && code !== 0x24 && code !== 0x23 && code !== 0x3c && code !== 0x2a && code !== 0x40 && code !== 0x5b) continue;
    const pair = BY_START.get(text.slice(at, at + 2));
    // {${x}}: PHP in a string, not Smarty.
    if (!pair || !text.startsWith(pair[0], at) || text.startsWith("{${", at)) continue;
    const [open, close] = pair;
    const from = at + open.length;
    // What nothing closes is no expression to any of these languages.
    if (nextOf(text, close, from, closers) - from > LONGEST) continue;
    const end = closing(text, from, open, close);
    spend((end < 0 ? LONGEST : end - from) >> 2);
    if (end < 0) continue;
    found.push({ open, body: text.slice(from, end), start: at, end: end + close.length });
    at = Math.max(at, end + close.length - 1);
  }
  return found;
}

/** The next place of a delimiter, looked up once for all that stand in front of it. */
function nextOf(text: string, close: string, from: number, known: Map<string, number>): number {
  const last = known.get(close);
  if (last !== undefined && last >= from) return last;
  const found = text.indexOf(close, from);
  const next = found < 0 ? Number.POSITIVE_INFINITY : found;
  known.set(close, next);
  return next;
}

/** Where an expression ends; braces inside it are counted, since they nest. */
function closing(text: string, from: number, open: string, close: string): number {
  const most = Math.min(text.length, from + LONGEST);
  let depth = 0;
  for (let at = from; at < most; at++) {
    const char = text[at] as string;
    if (depth <= 0 && text.startsWith(close, at)) return at;
    if (close === "}" ? char === "{" : open === "@(" && char === "(") depth++;
    else if (close === "}" ? char === "}" : open === "@(" && char === ")") depth--;
  }
  return -1;
}
