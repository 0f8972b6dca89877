/** One part of a pattern; `text` is RE2. */
export type Token =
  | { readonly kind: "literal"; readonly char: string }
  /** `\b`, `\B`, `$`. */
  | { readonly kind: "boundary" | "inside" | "end" }
  | { readonly kind: "open" | "close" | "or" | "repeat" | "other"; readonly text: string };

/** What `\d`, `\w` and `\s` are in texts of any script, inside of brackets. */
const CLASSES: Readonly<Record<string, string>> = { d: "\\p{Nd}", w: "\\pL\\pN_", s: "\\s\\v\\x1c-\\x1f\\x{85}\\pZ" };
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v", a: "\x07" };
const HEX: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Thrown for what RE2 has no words for; never leaves this file. */
class Unknown extends Error {}

/** @returns undefined for what RE2 cannot express, and for what is no pattern */
export function tokenize(pattern: string, fold: boolean): readonly Token[] | undefined {
  try {
    return new Reader(pattern, fold).tokens();
  } catch (thrown) {
    if (thrown instanceof Unknown) return undefined;
    throw thrown;
  }
}

/** A character that stands for itself, in brackets or outside of them. */
export function char(letter: string, inBrackets: boolean): string {
  if ((inBrackets ? /^[\\[\]^&~-]$/ : /^[\\.+*?()|[\]{}^$]$/).test(letter)) return `\\${letter}`;
  return /^[\p{L}\p{N}\p{P}\p{S} ]$/u.test(letter) ? letter : `\\x{${(letter.codePointAt(0) as number).toString(16)}}`;
}

class Reader {
  readonly #chars: readonly string[];
  readonly #fold: boolean;
  #at = 0;

  constructor(pattern: string, fold: boolean) {
    this.#chars = [...pattern];
    this.#fold = fold;
  }

  tokens(): readonly Token[] {
    const tokens: Token[] = [];
    while (this.#at < this.#chars.length) {
      const token = this.#next();
      if (token.kind === "repeat" && (tokens.at(-1)?.kind ?? "repeat") === "repeat") throw new Unknown();
      tokens.push(token);
    }
    return tokens;
  }

  #next(): Token {
    const letter = this.#chars[this.#at++] as string;
    switch (letter) {
      case "\\": return this.#escape();
      case "[": return { kind: "other", text: this.#brackets() };
      case "(": return this.#open();
      case ")": return { kind: "close", text: ")" };
      case "|": return { kind: "or", text: "|" };
      case "^": case ".": return { kind: "other", text: letter };
      case "$": return { kind: "end" };
      case "*": case "+": case "?": return this.#repeat(letter);
      case "{": return this.#braces();
      default: return { kind: "literal", char: letter };
    }
  }

  /** Lazy ones match the same texts; possessive ones do not. */
  #repeat(text: string): Token {
    if (this.#take("+")) throw new Unknown();
    this.#take("?");
    return { kind: "repeat", text };
  }

  #braces(): Token {
    const [found, least, comma, most] = /^(\d*)(,?)(\d*)\}/.exec(this.#chars.slice(this.#at, this.#at + 24).join("")) ?? [];
    if (found === undefined || (least === "" && comma === "")) return { kind: "literal", char: "{" };
    this.#at += found.length;
    return this.#repeat(comma ? `{${least || 0},${most}}` : `{${least}}`);
  }

  #open(): Token {
    const rest = this.#chars.slice(this.#at, this.#at + 80).join("");
    const [found] = /^\?(?::|P<\w+>)/.exec(rest) ?? [];
    if (found === undefined && rest.startsWith("?")) throw new Unknown();
    this.#at += found?.length ?? 0;
    return { kind: "open", text: "(?:" };
  }

  #escape(): Token {
    const letter = this.#chars[this.#at++];
    switch (letter) {
      case undefined: throw new Unknown();
      case "b": return { kind: "boundary" };
      case "B": return { kind: "inside" };
      case "A": return { kind: "other", text: "\\A" };
      case "Z": return { kind: "other", text: "\\z" };
      case "d": return { kind: "other", text: "\\p{Nd}" };
      case "w": case "s": return { kind: "other", text: `[${CLASSES[letter]}]` };
      case "D": case "W": case "S": return { kind: "other", text: `[^${CLASSES[letter.toLowerCase()]}]` };
      default: return { kind: "literal", char: this.#character(letter) };
    }
  }

  /** The character of an escape. */
  #character(letter: string): string {
    if (Object.hasOwn(CONTROLS, letter)) return CONTROLS[letter] as string;
    if (!/[A-Za-z0-9]/.test(letter)) return letter;
    const length = HEX[letter] ?? 0;
    const digits = this.#chars.slice(this.#at, this.#at + length).join("");
    const code = length > 0 && digits.length === length && /^[0-9a-fA-F]+$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    // Numbers are references to groups, which RE2 does not have.
    if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) throw new Unknown();
    this.#at += length;
    return String.fromCodePoint(code);
  }

  #brackets(): string {
    const negated = this.#take("^");
    let text = "";
    let hasI = false;
    for (let first = true; first || this.#chars[this.#at] !== "]"; first = false) {
      const from = this.#member();
      if (typeof from !== "string") {
        text += from.class;
        continue;
      }
      let to = from;
      if (this.#chars[this.#at] === "-" && this.#chars[this.#at + 1] !== "]") {
        this.#at++;
        const end = this.#member();
        if (typeof end !== "string" || (end.codePointAt(0) as number) < (from.codePointAt(0) as number)) throw new Unknown();
        to = end;
      }
      text += from === to ? char(from, true) : `${char(from, true)}-${char(to, true)}`;
      hasI ||= [..."iIıİ"].some((letter) => letter >= from && letter <= to);
    }
    this.#at++;
    return `[${negated ? "^" : ""}${text}${hasI && this.#fold && !negated ? "iıİ" : ""}]`;
  }

  #member(): string | { readonly class: string } {
    const letter = this.#chars[this.#at++];
    if (letter === undefined) throw new Unknown();
    if (letter !== "\\") return letter;
    const escaped = this.#chars[this.#at++];
    if (escaped === undefined || "DWS".includes(escaped)) throw new Unknown();
    if (Object.hasOwn(CLASSES, escaped)) return { class: CLASSES[escaped] as string };
    return escaped === "b" ? "\b" : this.#character(escaped);
  }

  #take(letter: string): boolean {
    if (this.#chars[this.#at] !== letter) return false;
    this.#at++;
    return true;
  }
}
