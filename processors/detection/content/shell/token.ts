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
