import type { CodeToken } from "./lexer.ts";

/** Tokens behind an opening parenthesis in which a nested call is looked for. */
const REACH = 12;
/** Tokens that are gone back over to find who owns a member. */
const BACK = 32;

/** A name in program text, and how it is used. */
export class Reference {
  readonly token: CodeToken;
  readonly name: string;
  readonly #tokens: readonly CodeToken[];
  readonly #at: number;
  #inner: readonly CodeToken[] | undefined;

  constructor(tokens: readonly CodeToken[], at: number) {
    this.#tokens = tokens;
    this.#at = at;
    this.token = tokens[at] as CodeToken;
    this.name = this.token.text;
  }

  /** The token so far behind this one, or in front of it. */
  at(offset: number): CodeToken | undefined {
    return this.#tokens[this.#at + offset];
  }

  textAt(offset: number): string {
    return this.at(offset)?.text ?? "";
  }

  get isMember(): boolean {
    return isAccess(this.at(-1));
  }

  /** A member of this one is asked for. */
  get isAccessed(): boolean {
    return isAccess(this.at(1));
  }

  get isCall(): boolean {
    return this.at(1)?.text === "(" && this.at(1)?.kind === "mark";
  }

  /** A call without room in front of the parenthesis, as prose would leave. */
  get isGlued(): boolean {
    return this.isCall && this.at(1)?.start === this.token.end;
  }

  /** The name in front of the dot; that of the function where a call stands there. */
  get owner(): string {
    if (!this.isMember) return "";
    let back = -2;
    for (let depth = 0; back > -BACK; back--) {
      const text = this.textAt(back);
      if (text === ")") depth++;
      else if (text === "(") depth--;
      else if (depth === 0) break;
    }
    return this.textAt(back);
  }

  /** The first token of the arguments; undefined for an empty call, and for no call. */
  get argument(): CodeToken | undefined {
    const first = this.isCall ? this.at(2) : undefined;
    return first?.text === ")" && first.kind === "mark" ? undefined : first;
  }

  /** The tokens of the arguments, as far as one looks. */
  get inner(): readonly CodeToken[] {
    return (this.#inner ??= this.#tokens.slice(this.#at + 2, this.#at + 2 + REACH));
  }

  get end(): number {
    return this.at(1)?.end ?? this.token.end;
  }
}

function isAccess(token: CodeToken | undefined): boolean {
  return token?.kind === "mark" && (token.text === "." || token.text === "->" || token.text === "::" || token.text === "?.");
}
