/**
 * The grammar of CEL without messages, bytes, unsigned integers and optional values:
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
 *
 * @module
 */
import { Refusal } from "./refusal.ts";
import { type Token, tokenize } from "./tokens.ts";

/** `at`: where it stands in the source. Operators are calls: `_+_`, `_==_`, `_in_`, `-_`, `!_`. */
export type Node = { readonly at: number } & (
  | { readonly kind: "literal"; readonly value: null | boolean | bigint | number | string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "field"; readonly of: Node; readonly name: string }
  | { readonly kind: "index"; readonly of: Node; readonly by: Node }
  | { readonly kind: "call"; readonly name: string; readonly target?: Node; readonly args: readonly Node[] }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [key: Node, value: Node])[] }
  | { readonly kind: "choice"; readonly condition: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: "and" | "or"; readonly operands: readonly Node[] }
);

/** Deepest nesting, and most operators of one level in a row (`a + b + …`; chains of && and || count once). */
const MAX_DEPTH = 100;
const MAX_INT = 2n ** 63n - 1n;

/** Words that cannot name a variable or a function; after a dot most of them can. */
const RESERVED = new Set(["as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop", "package", "namespace", "null", "return", "true", "var", "void", "while"]);
const KEYWORDS = new Set(["in", "true", "false", "null"]);
const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const RELATIONS: readonly string[] = ["==", "!=", "<", "<=", ">", ">=", "in"];

/** @throws Refusal */
export function parse(source: string): Node {
  const parser = new Parser(tokenize(source));
  const node = parser.expression();
  parser.end();
  return node;
}

class Parser {
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#next.kind !== "end") throw this.#unexpected("the end");
  }

  expression(): Node {
    return this.#deeper(() => {
      const condition = this.#or();
      const at = this.#next.at;
      if (!this.#take("?")) return condition;
      const yes = this.#or();
      this.#expect(":");
      return { kind: "choice", condition, yes, no: this.expression(), at };
    });
  }

  #or(): Node {
    const operands = [this.#and()];
    const { at } = this.#next;
    while (this.#take("||")) operands.push(this.#and());
    return operands.length > 1 ? { kind: "or", operands, at } : (operands[0] as Node);
  }

  #and(): Node {
    const operands = [this.#relation()];
    const { at } = this.#next;
    while (this.#take("&&")) operands.push(this.#relation());
    return operands.length > 1 ? { kind: "and", operands, at } : (operands[0] as Node);
  }

  /** All relations bind alike, from the left: `true == 1 in x` is `(true == 1) in x`. */
  #relation(): Node {
    return this.#leftToRight(RELATIONS, () => this.#sum());
  }

  #sum(): Node {
    return this.#leftToRight(["+", "-"], () => this.#product());
  }

  #product(): Node {
    return this.#leftToRight(["*", "/", "%"], () => this.#unary());
  }

  #leftToRight(operators: readonly string[], operand: () => Node): Node {
    let node = operand();
    for (let count = 0; ; count++) {
      const { text, at } = this.#next;
      if (!operators.includes(text) || !this.#take(text)) return node;
      if (count >= MAX_DEPTH) throw new Refusal(at, `more than ${MAX_DEPTH} operators in a row`);
      node = { kind: "call", name: `_${text}_`, args: [node, operand()], at };
    }
  }

  #unary(): Node {
    const { text, at } = this.#next;
    const number = this.#tokens[this.#index + 1]?.kind;
    if (text === "-" && this.#next.kind === "mark" && (number === "int" || number === "double")) {
      this.#index++;
      return this.#member(this.#number(-1n));
    }
    if ((text !== "!" && text !== "-") || !this.#take(text)) return this.#member(this.#primary());
    return { kind: "call", name: `${text}_`, args: [this.#deeper(() => this.#unary())], at };
  }

  #member(start: Node): Node {
    let node = start;
    for (let count = 0; ; count++) {
      const { at } = this.#next;
      if (this.#take("[")) {
        node = { kind: "index", of: node, by: this.expression(), at };
        this.#expect("]");
      } else if (this.#take(".")) {
        const field = this.#next;
        if (field.kind !== "quoted" && (field.kind !== "name" || KEYWORDS.has(field.text))) throw this.#unexpected("a field name");
        this.#index++;
        if (field.kind === "name" && this.#take("(")) node = { kind: "call", name: field.text, target: node, args: this.#items(")", () => this.expression()), at: field.at };
        else node = { kind: "field", of: node, name: field.text, at: field.at };
      } else return node;
      if (count >= MAX_DEPTH) throw new Refusal(at, `more than ${MAX_DEPTH} fields in a row`);
    }
  }

  #primary(): Node {
    const { kind, text, at } = this.#next;
    if (kind === "int" || kind === "double") return this.#number(1n);
    if (kind === "string") {
      this.#index++;
      return { kind: "literal", value: text, at };
    }
    if (this.#take("(")) {
      const node = this.expression();
      this.#expect(")");
      return node;
    }
    // A comma may stand after the last item.
    if (this.#take("[")) return { kind: "list", items: this.#items("]", () => this.expression(), true), at };
    if (this.#take("{")) return { kind: "map", entries: this.#items("}", () => this.#entry(), true), at };
    if (kind !== "name") throw this.#unexpected("a value");
    return this.#name();
  }

  #name(): Node {
    const { text, at } = this.#next;
    if (Object.hasOwn(CONSTANTS, text)) {
      this.#index++;
      return { kind: "literal", value: CONSTANTS[text] as boolean | null, at };
    }
    if (RESERVED.has(text)) throw new Refusal(at, `${text} is a reserved word`);
    this.#index++;
    return this.#take("(") ? { kind: "call", name: text, args: this.#items(")", () => this.expression()), at } : { kind: "name", name: text, at };
  }

  #number(sign: 1n | -1n): Node {
    const { value, at, text } = this.#next;
    this.#index++;
    if (typeof value === "number") return { kind: "literal", value: Number(sign) * value, at };
    const int = sign * (value as bigint);
    if (int > MAX_INT || int < -MAX_INT - 1n) throw new Refusal(at, `${text} is out of the range of an int (64 bits)`);
    return { kind: "literal", value: int, at };
  }

  #entry(): readonly [Node, Node] {
    const key = this.expression();
    this.#expect(":");
    return [key, this.expression()];
  }

  #items<T>(close: string, item: () => T, trailing = false): readonly T[] {
    const items: T[] = [];
    while (!this.#take(close)) {
      if (items.length) this.#expect(",", close);
      if (items.length && trailing && this.#take(close)) break;
      items.push(item());
    }
    return items;
  }

  #deeper<T>(inner: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new Refusal(this.#next.at, `nested deeper than ${MAX_DEPTH} levels`);
    const result = inner();
    this.#depth--;
    return result;
  }

  get #next(): Token {
    return this.#tokens[this.#index] as Token;
  }

  /** Goes past this mark (or the word `in`) if it is next. */
  #take(mark: string): boolean {
    const { kind, text } = this.#next;
    if (text !== mark || kind !== (mark === "in" ? "name" : "mark")) return false;
    this.#index++;
    return true;
  }

  #expect(...marks: readonly [string, ...string[]]): void {
    if (!this.#take(marks[0])) throw this.#unexpected(marks.join(" or "));
  }

  #unexpected(wanted: string): Refusal {
    const { kind, text, at } = this.#next;
    return new Refusal(at, `expected ${wanted}, found ${kind === "string" ? "a string" : text}`);
  }
}
