import { isUtf8 } from "node:buffer";
import { bufferOf, bytesLike } from "../detection/bytes.ts";
import type { Path } from "../detection/finding.ts";

/** A value of a stream, with the text in it that goes on from value to value. */
export interface Chunk {
  readonly value: unknown;
  readonly text: string;
  /** Where the text stands. */
  readonly path: Path;
  /** Values of one track are parts of one text. */
  readonly track: string;
  /** The value with no text; undefined where the text is all there is. */
  readonly rest: unknown;
  /** The value with another text, made from `rest` or what became of it. */
  fill(text: string, rest: unknown): unknown;
}

interface Shape {
  readonly fits: (value: Readonly<Record<string, unknown>>) => boolean;
  readonly paths: readonly Path[];
}

/** For the last element of a list. */
const LAST = -1;
const END = /[-_.](?:end|stop|done)$|^finish/;
const isDelta = ({ type }: Readonly<Record<string, unknown>>): boolean => typeof type === "string" && /[-_.]delta$/.test(type);

/** How frameworks and providers stream text: the parts of `ai`, events of OpenAI and Anthropic, chunks of LangChain messages, messages of `ai` and MCP. */
const SHAPES: readonly Shape[] = [
  { fits: isDelta, paths: [["delta"], ["text"], ["textDelta"], ["inputTextDelta"], ["argsTextDelta"], ["delta", "text"], ["delta", "thinking"], ["delta", "partial_json"]] },
  { fits: ({ type }) => type === "text" || type === "reasoning", paths: [["text"]] },
  { fits: ({ object }) => object === "chat.completion.chunk", paths: [["choices", 0, "delta", "content"]] },
  { fits: ({ concat }) => typeof concat === "function", paths: [["content"], ["content", LAST, "text"]] },
  { fits: ({ role }) => typeof role === "string", paths: [["parts", LAST, "text"], ["content", LAST, "text"], ["content"]] },
];

/** Takes the values of one stream apart. */
export class Chunks {
  /** The first bytes of a character whose others come with the next value. */
  #carry: Buffer | undefined;

  /** Undefined for a value in which no text goes on; it is looked at by itself. */
  read(value: unknown): Chunk | undefined {
    if (typeof value === "string") return { value, text: value, path: [], track: "", rest: undefined, fill: (text) => text };
    if (typeof value !== "object" || value === null) return undefined;
    if (value instanceof Uint8Array) return this.#bytes(value);
    try {
      const record = value as Readonly<Record<string, unknown>>;
      for (const { fits, paths } of SHAPES) {
        if (!fits(record)) continue;
        for (const path of paths) {
          const [place, text] = follow(value, path);
          if (typeof text === "string") return { value, text, path: place, track: trackOf(record, place), rest: filled(value, place, ""), fill: (other, rest) => filled(rest as object, place, other) };
        }
      }
    } catch {
      // It threw when it was read, which is for who looks at it by itself to say.
    }
    return undefined;
  }

  /** Whether a value says that the texts before it have come to their end. */
  isEnd(value: unknown): boolean {
    try {
      const { type } = value as { readonly type?: unknown };
      return typeof type === "string" && END.test(type);
    } catch {
      return false;
    }
  }

  /** What is left when there are no more values. */
  end(): unknown {
    const left = this.#carry;
    this.#carry = undefined;
    return left;
  }

  #bytes(value: Uint8Array): Chunk | undefined {
    const bytes = this.#carry ? Buffer.concat([this.#carry, value]) : bufferOf(value);
    const whole = bytes.subarray(0, completeEnd(bytes));
    if (!isUtf8(whole)) return undefined;
    const text = whole.toString("utf8");
    const same = whole.length === value.length && !this.#carry;
    this.#carry = whole.length < bytes.length ? Buffer.from(bytes.subarray(whole.length)) : undefined;
    return { value: same ? value : bytesLike(value, text, "utf8"), text, path: [], track: "", rest: undefined, fill: (other) => (same && other === text ? value : bytesLike(value, other, "utf8")) };
  }
}

/** Events say which of several texts they belong to. */
function trackOf(value: Readonly<Record<string, unknown>>, path: Path): string {
  const named = ["type", "id", "index", "item_id", "content_index"].map((key) => value[key]);
  return JSON.stringify([path, ...named.map((name) => (typeof name === "string" || typeof name === "number" ? name : null))]);
}

function follow(value: object, path: Path): [place: Path, found: unknown] {
  const place: (string | number)[] = [];
  let at: unknown = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return [place, undefined];
    const key = step === LAST ? (Array.isArray(at) ? at.length - 1 : 0) : step;
    place.push(key);
    at = (at as Record<string | number, unknown>)[key];
  }
  return [place, at];
}

/** A copy with another text at a place; everything beside the way there is shared. */
function filled(value: object, [key, ...further]: Path, text: string): object {
  const inner = (value as Record<string | number, unknown>)[key as string | number];
  const next = further.length === 0 ? text : filled(inner as object, further, text);
  if (Array.isArray(value)) return value.with(key as number, next);
  const properties = { ...Object.getOwnPropertyDescriptors(value), [key as string]: { value: next, enumerable: true, writable: true, configurable: true } };
  return Object.create(Object.getPrototypeOf(value) as object | null, properties) as object;
}

/** The end of the last complete character of UTF-8. */
function completeEnd(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? bytes.length - back : bytes.length;
    if (byte < 0x80) break;
  }
  return bytes.length;
}
