import { TooComplex } from "../report.ts";
import { decodeAnsi } from "./ansi.ts";

/** Nesting of substitutions that is followed; people stop at three. */
const MAX_DEPTH = 16;

/** A word after the shell's own quote removal, and how it was written. */
export interface ShellWord {
  readonly kind: "word";
  /** Quotes and escapes taken off; substitutions are left out, `$NAME` stays. */
  readonly text: string;
  /** As it was written. */
  readonly raw: string;
  readonly start: number;
  readonly end: number;
  /** Written as one quoted piece, or with quotes around parts of it. */
  readonly quoted: boolean;
  /** Quotes or backslashes inside what is one bare word to the shell: `c"a"t`, `r\m`. */
  readonly split: boolean;
  /** `$'\x63'`, `${IFS}`, `$@` and slices of variables: ways to write what is not there. */
  readonly tricks: readonly ShellTrick[];
  /** Has `*`, `?` or `[` that the shell would expand. */
  readonly glob: boolean;
  /** Scripts that are run to make this word. */
  readonly scripts: readonly ShellScript[];
}

export type ShellTrick = "ansi" | "ifs" | "empty" | "slice";

export interface ShellOperator {
  readonly kind: "operator";
  /** `;`, `&`, `&&`, `|`, `||`, `|&`, `\n`, `(`, `)`, `;;`. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface ShellRedirect {
  readonly kind: "redirect";
  /** `>`, `>>`, `<`, `<<`, `<<<`, `>&`, `&>` and so on, without a descriptor number. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly target: ShellWord | undefined;
  /** The lines of a here-document. */
  readonly body: string | undefined;
}

export type ShellToken = ShellWord | ShellOperator | ShellRedirect;

export interface ShellScript {
  /** `$(...)`, `` `...` ``, `<(...)`; or the text itself. */
  readonly kind: "text" | "command" | "backtick" | "process";
  readonly tokens: readonly ShellToken[];
  readonly start: number;
  readonly end: number;
  /** The text ended before a quote or substitution did. */
  readonly open: boolean;
}

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

interface Heredoc {
  readonly redirect: { body: string | undefined };
  readonly delimiter: string;
  readonly indented: boolean;
}

class Lexer {
  readonly #text: string;
  readonly #spend: (steps: number) => void;
  #at = 0;
  #open = false;

  constructor(text: string, spend: (steps: number) => void) {
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
          tokens.push(redirect);
          continue;
        }
        const operator = operatorAt(text, this.#at);
        if (operator === "") {
          this.#words(depth, closing, tokens);
          continue;
        }
        if (operator === "(") parentheses++;
        if (operator === ")") parentheses--;
        tokens.push({ kind: "operator", text: operator, start: this.#at, end: (this.#at += operator.length) });
        if (operator === "\n") this.#heredocs(waiting);
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
    const target = char === undefined || (ENDS_WORD.has(char) && !((char === "<" || char === ">") && text[this.#at + 1] === "(")) ? undefined : this.#words(depth, closing, [])[0];
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
    this.#at += 2;
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

  #arithmetic(word: WordBuilder): undefined {
    const end = this.#text.indexOf("))", this.#at);
    this.#spend((end < 0 ? this.#text.length : end) - this.#at);
    word.bare("0");
    this.#at = end < 0 ? this.#text.length : end + 2;
    return undefined;
  }

  #parameter(word: WordBuilder, depth: number, inQuotes: boolean): "separator" | undefined {
    const text = this.#text;
    let at = this.#at + 2;
    let braces = 1;
    for (; at < text.length && braces > 0; at++) {
      this.#spend(1);
      const char = text[at];
      if (char === "{") braces++;
      else if (char === "}") braces--;
      else if (char === "\\") at++;
      else if ((char === "$" && text[at + 1] === "(") || char === "`") {
        word.scripts.push(this.#nested(char === "`" ? "backtick" : "command", char === "`" ? at + 1 : at + 2, char === "`" ? "`" : ")", depth));
        at = this.#at - 1;
      } else if (char === "\n" && braces > 0 && at - this.#at > 512) break;
    }
    const body = text.slice(this.#at + 2, Math.max(this.#at + 2, at - 1));
    this.#at = Math.min(at, text.length);
    const name = /^[!#]?(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(body)?.[0] ?? "";
    return word.variable(name, body.slice(name.length), inQuotes, text[this.#at] ?? "");
  }

  #nested(kind: ShellScript["kind"], from: number, closing: ")" | "`", depth: number): ShellScript {
    const script = this.script(kind, from, closing, depth + 1);
    this.#at = Math.min(this.#at + 1, this.#text.length);
    return script;
  }
}

class WordBuilder {
  readonly start: number;
  readonly scripts: ShellScript[] = [];
  readonly tricks: ShellTrick[] = [];
  #text = "";
  #bare = false;
  #quoted = false;
  #split = false;
  #glob = false;

  constructor(start: number) {
    this.start = start;
  }

  get isEmpty(): boolean {
    return this.#text === "" && !this.#quoted && this.scripts.length === 0;
  }

  /** A run of characters, of which only the first may mean something. */
  bare(run: string): void {
    if (this.#quoted && /^\w/.test(run)) this.#split = true;
    this.#bare = true;
    this.#glob ||= run.startsWith("*") || run.startsWith("?") || run.startsWith("[");
    this.#text += run;
  }

  quote(content: string): void {
    if (this.#bare && /^\w*$/.test(content) && /\w$/.test(this.#text)) this.#split = true;
    this.#quoted = true;
    this.#text += content;
  }

  /** A backslash before a letter does nothing but hide it; before the first letter it is how people get past an alias. */
  escaped(char: string): void {
    if (/\w/.test(char) && this.#text !== "") this.#split = true;
    this.#bare = true;
    this.#text += char;
  }

  /** @param next the character behind it */
  variable(name: string, operation: string, inQuotes: boolean, next: string): "separator" | undefined {
    if (name === "IFS" && !inQuotes && !this.#text.includes("=")) {
      this.tricks.push("ifs");
      return "separator";
    }
    if (/^[0-9@*]$/.test(name) && operation === "" && !inQuotes && (this.#bare || name !== "@" && name !== "*")) {
      // These are empty in what an agent runs: `c$@at` is cat. Scripts use the first few for real.
      if (this.#bare && /[A-Za-z]$/.test(this.#text) && /[A-Za-z]/.test(next) && !/^[0-3]$/.test(name)) this.tricks.push("empty");
      return undefined;
    }
    if (/^:\s{0,4}-?\d/.test(operation)) this.tricks.push("slice");
    if (name === "HOME") this.#text += "~";
    else this.#text += operation === "" ? `$${name}` : `\${${name}${operation}}`;
    if (inQuotes) this.#quoted = true;
    else this.#bare = true;
    return undefined;
  }

  finish(source: string, end: number): ShellWord {
    return {
      kind: "word", text: this.#text, raw: source.slice(this.start, end), start: this.start, end, quoted: this.#quoted, split: this.#split,
      tricks: this.tricks, glob: this.#glob, scripts: this.scripts,
    };
  }
}

function operatorAt(text: string, at: number): string {
  const pair = text.slice(at, at + 2);
  return OPERATORS.has(pair) ? pair : OPERATORS.has(pair[0] as string) ? pair[0] as string : "";
}

/** Letters, digits and the marks that mean nothing to a shell. */
function isPlain(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 64 && code <= 90) || (code >= 44 && code <= 58) || code === 95 || code === 61 || code === 43 || code === 37 || code > 126;
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
