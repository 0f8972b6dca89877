import { TooComplex } from "../report.ts";
import { decodeAnsi } from "./ansi.ts";
import type { ShellRedirect, ShellScript, ShellToken, ShellWord } from "./token.ts";
import { WordBuilder } from "./word.ts";

/** Nesting of substitutions that is followed; people stop at three. */
const MAX_DEPTH = 16;

/** Steps that an operator, a redirection or `$IFS` costs beside being read: another command or word begins behind it. */
const OPERATOR_COST = 4;
/** A parameter expansion that is longer and goes over a line is none. */
const LONGEST_PARAMETER = 512;
const OPERATORS: ReadonlySet<string> = new Set(["&&", "||", "|&", ";;", ";", "&", "|", "\n", "(", ")"]);
const REDIRECTS = ["&>>", "<<<", "<<-", "&>", ">>", "<<", "<>", ">&", "<&", ">|", ">", "<"];
const ENDS_WORD: ReadonlySet<string> = new Set(" \t\r\n;&|()<>");

/**
 * Tokens of a POSIX shell or bash text: quoting, expansions, here-documents and all. Nothing is evaluated.
 *
 * @param spend is told of every character read
 * @throws TooComplex when substitutions are nested more than 16 deep
 */
export function lexShell(text: string, spend: (steps: number) => void = () => {}): ShellScript {
  return new Lexer(text, spend).script("text", 0, undefined, 0);
}

/** The same up to the operator behind the first command: most texts that are looked at go no further. */
export function lexFirst(text: string, spend: (steps: number) => void = () => {}): ShellScript {
  return new Lexer(text, spend, true).script("text", 0, undefined, 0);
}

interface Heredoc {
  readonly redirect: { body: string | undefined };
  readonly delimiter: string;
  readonly indented: boolean;
}

class Lexer {
  readonly #text: string;
  readonly #spend: (steps: number) => void;
  readonly #first: boolean;
  #at = 0;
  #open = false;

  constructor(text: string, spend: (steps: number) => void, first = false) {
    this.#first = first;
    this.#text = text;
    this.#spend = spend;
  }

  script(kind: ShellScript["kind"], from: number, closing: ")" | "`" | undefined, depth: number): ShellScript {
    if (depth > MAX_DEPTH) throw new TooComplex("shell");
    const text = this.#text;
    const tokens: ShellToken[] = [];
    const waiting: Heredoc[] = [];
    let parentheses = 0;
    this.#at = from;
    while (this.#at < text.length) {
      this.#spend(1);
      const char = text[this.#at] as string;
      if (closing === "`" ? char === "`" : char === closing && parentheses === 0) break;
      if (char === " " || char === "\t" || char === "\r") this.#at++;
      else if (char === "\\" && text[this.#at + 1] === "\n") this.#at += 2;
      else if (char === "#") this.#at = lineEnd(text, this.#at);
      else if ((char === "<" || char === ">") && text[this.#at + 1] === "(") this.#words(depth, closing, tokens);
      else {
        const redirect = this.#redirect(depth, closing, waiting);
        if (redirect) {
          this.#spend(OPERATOR_COST);
          tokens.push(redirect);
          continue;
        }
        const operator = operatorAt(text, this.#at);
        if (operator === "") {
          this.#words(depth, closing, tokens);
          continue;
        }
        this.#spend(OPERATOR_COST);
        if (operator === "(") parentheses++;
        if (operator === ")") parentheses--;
        tokens.push({ kind: "operator", text: operator, start: this.#at, end: (this.#at += operator.length) });
        if (operator === "\n") this.#heredocs(waiting);
        if (this.#first && depth === 0 && tokens.some(({ kind }) => kind !== "operator")) break;
      }
    }
    const end = this.#at;
    if (closing !== undefined && end >= text.length) this.#open = true;
    return { kind, tokens, start: from, end, open: this.#open };
  }

  /** `2>&1`: a number glued to the arrow is a descriptor. */
  #redirect(depth: number, closing: ")" | "`" | undefined, waiting: Heredoc[]): ShellRedirect | undefined {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    while (at < start + 3 && text[at] !== undefined && (text[at] as string) >= "0" && (text[at] as string) <= "9") at++;
    const first = text[at];
    const arrow = first === "<" || first === ">" || first === "&" ? REDIRECTS.find((candidate) => text.startsWith(candidate, at)) : undefined;
    if (arrow === undefined || (at > start && arrow.startsWith("&"))) return undefined;
    this.#at = at + arrow.length;
    while (text[this.#at] === " " || text[this.#at] === "\t") this.#at++;
    const char = text[this.#at];
    const process = (char === "<" || char === ">") && text[this.#at + 1] === "(";
    const target = char === undefined || (ENDS_WORD.has(char) && !process) ? undefined : this.#words(depth, closing, [])[0];
    const redirect = { kind: "redirect" as const, text: arrow, start, end: this.#at, target, body: undefined as string | undefined };
    if ((arrow === "<<" || arrow === "<<-") && target) waiting.push({ redirect, delimiter: target.text, indented: arrow === "<<-" });
    return redirect;
  }

  /** Bodies of the here-documents that were announced on the line that has just ended. */
  #heredocs(waiting: Heredoc[]): void {
    for (const { redirect, delimiter, indented } of waiting.splice(0)) {
      const from = this.#at;
      let line = from;
      for (;;) {
        const end = lineEnd(this.#text, line);
        this.#spend(end - line + 1);
        const content = this.#text.slice(line, end);
        if ((indented ? content.replace(/^\t+/, "") : content) === delimiter || end >= this.#text.length) {
          redirect.body = this.#text.slice(from, content === delimiter || indented ? line : end);
          this.#at = Math.min(end + 1, this.#text.length);
          break;
        }
        line = end + 1;
      }
    }
  }

  /** Adds one word, or several where an unquoted `$IFS` parts them. */
  #words<Kind extends ShellWord | ShellToken>(depth: number, closing: ")" | "`" | undefined, words: (Kind | ShellWord)[]): readonly (Kind | ShellWord)[] {
    const text = this.#text;
    let word = new WordBuilder(this.#at);
    while (this.#at < text.length) {
      this.#spend(1);
      const char = text[this.#at] as string;
      const process = (char === "<" || char === ">") && text[this.#at + 1] === "(" && word.isEmpty;
      if (process) {
        word.scripts.push(this.#nested("process", this.#at + 2, ")", depth));
        continue;
      }
      if (ENDS_WORD.has(char) || (closing === "`" && char === "`")) break;
      if (char === "'") this.#single(word);
      else if (char === "\"") this.#double(word, depth);
      else if (char === "`") word.scripts.push(this.#nested("backtick", this.#at + 1, "`", depth));
      else if (char === "\\") this.#escape(word);
      else if (char === "$") {
        if (this.#dollar(word, depth, false) === "separator") {
          this.#spend(OPERATOR_COST);
          words.push(word.finish(text, this.#at));
          word = new WordBuilder(this.#at);
          word.tricks.push("ifs");
        }
      } else {
        let end = this.#at + 1;
        while (end < text.length && isPlain(text.charCodeAt(end))) end++;
        word.bare(text.slice(this.#at, end));
        this.#spend(end - this.#at - 1);
        this.#at = end;
      }
    }
    words.push(word.finish(text, this.#at));
    return words;
  }

  #single(word: WordBuilder): void {
    const close = this.#text.indexOf("'", this.#at + 1);
    const end = close < 0 ? this.#text.length : close;
    if (close < 0) this.#open = true;
    this.#spend(end - this.#at);
    word.quote(this.#text.slice(this.#at + 1, end));
    this.#at = Math.min(end + 1, this.#text.length);
  }

  #double(word: WordBuilder, depth: number): void {
    const text = this.#text;
    if (text[++this.#at] === "\"") word.quote("");
    let from = this.#at;
    const flush = (): void => {
      if (this.#at > from) word.quote(text.slice(from, this.#at));
    };
    while (this.#at < text.length && text[this.#at] !== "\"") {
      this.#spend(1);
      const char = text[this.#at];
      if (char === "\\" && this.#at + 1 < text.length) {
        flush();
        const next = text[this.#at + 1] as string;
        word.quote("$`\"\\".includes(next) ? next : next === "\n" ? "" : `\\${next}`);
        this.#at += 2;
        from = this.#at;
      } else if (char === "`") {
        flush();
        word.scripts.push(this.#nested("backtick", this.#at + 1, "`", depth));
        from = this.#at;
      } else if (char === "$" && /[({A-Za-z_0-9@*#?$!-]/.test(text[this.#at + 1] ?? " ")) {
        flush();
        this.#dollar(word, depth, true);
        from = this.#at;
      } else this.#at++;
    }
    flush();
    if (this.#at >= text.length) this.#open = true;
    this.#at = Math.min(this.#at + 1, text.length);
  }

  #escape(word: WordBuilder): void {
    const next = this.#text[this.#at + 1];
    if (next !== undefined && next !== "\n") word.escaped(next);
    this.#at = Math.min(this.#at + 2, this.#text.length);
  }

  /** `$x`, `${x}`, `$(..)`, `$((..))`, `$'..'`, `$".."`. */
  #dollar(word: WordBuilder, depth: number, inQuotes: boolean): "separator" | undefined {
    const text = this.#text;
    const next = text[this.#at + 1];
    if (next === "'" && !inQuotes) {
      const end = ansiEnd(text, this.#at + 2);
      word.quote(decodeAnsi(text.slice(this.#at + 2, end)));
      word.tricks.push("ansi");
      this.#at = Math.min(end + 1, text.length);
    } else if (next === "\"" && !inQuotes) this.#at++;
    else if (next === "(") {
      if (text[this.#at + 2] === "(") return this.#arithmetic(word);
      word.scripts.push(this.#nested("command", this.#at + 2, ")", depth));
    } else if (next === "{") return this.#parameter(word, depth, inQuotes);
    else {
      const name = /[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]/y;
      name.lastIndex = this.#at + 1;
      const found = name.exec(text)?.[0];
      this.#at += 1 + (found?.length ?? 0);
      return found === undefined ? void word.bare("$") : word.variable(found, "", inQuotes, text[this.#at] ?? "");
    }
    return undefined;
  }

  /** `$((..))`, whose value nobody knows: from its two parentheses to theirs. */
  #arithmetic(word: WordBuilder): undefined {
    const text = this.#text;
    let at = this.#at + 3;
    for (let depth = 2; at < text.length; at++) {
      this.#spend(1);
      if (text[at] === "(") depth++;
      else if (text[at] === ")" && --depth === 0) break;
    }
    word.bare("0");
    this.#at = Math.min(at + 1, text.length);
    return undefined;
  }

  /** `${name}` and all its operations; substitutions in it are scripts of the word. */
  #parameter(word: WordBuilder, depth: number, inQuotes: boolean): "separator" | undefined {
    const text = this.#text;
    const from = this.#at + 2;
    let at = from;
    for (let braces = 1; at < text.length; at++) {
      this.#spend(1);
      const char = text[at];
      if (char === "{") braces++;
      else if (char === "}" && --braces === 0) break;
      else if (char === "\\") at++;
      else if (char === "`" || (char === "$" && text[at + 1] === "(")) {
        word.scripts.push(char === "`" ? this.#nested("backtick", at + 1, "`", depth) : this.#nested("command", at + 2, ")", depth));
        at = this.#at - 1;
      } else if (char === "\n" && at - from > LONGEST_PARAMETER) break;
    }
    const body = text.slice(from, at);
    this.#at = Math.min(at + 1, text.length);
    const name = /^[!#]?(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(body)?.[0] ?? "";
    return word.variable(name, body.slice(name.length), inQuotes, text[this.#at] ?? "");
  }

  #nested(kind: ShellScript["kind"], from: number, closing: ")" | "`", depth: number): ShellScript {
    const script = this.script(kind, from, closing, depth + 1);
    this.#at = Math.min(this.#at + 1, this.#text.length);
    return script;
  }
}

function operatorAt(text: string, at: number): string {
  const pair = text.slice(at, at + 2);
  return OPERATORS.has(pair) ? pair : OPERATORS.has(pair[0] as string) ? pair[0] as string : "";
}

/** Letters, digits and the marks that mean nothing to a shell. */
function isPlain(code: number): boolean {
  if ((code >= 97 && code <= 122) || (code >= 64 && code <= 90) || (code >= 44 && code <= 58)) return true;
  return code === 95 || code === 61 || code === 43 || code === 37 || code > 126;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function ansiEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "'") at += text[at] === "\\" ? 2 : 1;
  return Math.min(at, text.length);
}
