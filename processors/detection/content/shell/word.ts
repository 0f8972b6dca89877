import type { ShellScript, ShellTrick, ShellWord } from "./token.ts";

/** Puts a word together from its pieces, and remembers how they were written. */
export class WordBuilder {
  readonly start: number;
  readonly scripts: ShellScript[] = [];
  readonly tricks: ShellTrick[] = [];
  #text = "";
  /** Code of the last character; 0 while there is none. */
  #last = 0;
  #bare = false;
  #quoted = false;
  #split = false;
  #glob = false;
  #assigns = false;

  constructor(start: number) {
    this.start = start;
  }

  get isEmpty(): boolean {
    return this.#text === "" && !this.#quoted && this.scripts.length === 0;
  }

  /** A run of characters, of which only the first may mean something. */
  bare(run: string): void {
    if (this.#quoted && isWordChar(run.charCodeAt(0))) this.#split = true;
    this.#bare = true;
    this.#glob ||= run.startsWith("*") || run.startsWith("?") || run.startsWith("[");
    this.#add(run);
  }

  quote(content: string): void {
    if (this.#bare && isWordChar(this.#last) && (content === "" || isWordChar(content.charCodeAt(0)))) this.#split = true;
    this.#quoted = true;
    this.#add(content);
  }

  /** A backslash before a letter does nothing but hide it; before the first letter it is how people get past an alias. */
  escaped(char: string): void {
    if (isWordChar(char.charCodeAt(0)) && this.#last !== 0) this.#split = true;
    this.#bare = true;
    this.#add(char);
  }

  #add(piece: string): void {
    if (piece === "") return;
    this.#text += piece;
    this.#assigns ||= piece.includes("=");
    this.#last = piece.charCodeAt(piece.length - 1);
  }

  /** @param next the character behind it */
  variable(name: string, operation: string, inQuotes: boolean, next: string): "separator" | undefined {
    if (name === "IFS" && !inQuotes && !this.#assigns) {
      this.tricks.push("ifs");
      return "separator";
    }
    if (/^[0-9@*]$/.test(name) && operation === "" && !inQuotes && (this.#bare || name !== "@" && name !== "*")) {
      // These are empty in what an agent runs: `c$@at` is cat. Scripts use the first few for real.
      if (this.#bare && isWordChar(this.#last) && /[A-Za-z]/.test(next) && !/^[0-3]$/.test(name)) this.tricks.push("empty");
      return undefined;
    }
    if (/^:\s{0,4}-?\d/.test(operation)) this.tricks.push("slice");
    this.#add(name === "HOME" ? "~" : operation === "" ? `$${name}` : `\${${name}${operation}}`);
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

function isWordChar(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}
