import type { CompiledPolicy, Invocation } from "../policies/index.ts";
import { GateProcessor, type Filtered } from "./gate-processor.ts";
import { currentArguments, isDenied, type Opinion } from "./verdict.ts";

/** Refuses arguments that are larger than the policy's `limits.input`, and results that are larger than `limits.output`. */
export class SizeLimitProcessor extends GateProcessor {
  override readonly name = "size_limit";
  readonly #input: number;
  readonly #output: number | undefined;

  constructor({ source }: CompiledPolicy) {
    super();
    this.#input = source.limits.input;
    this.#output = source.mode === "observe" ? undefined : source.limits.output;
  }

  override judge(invocation: Invocation): Opinion | undefined {
    if (isDenied(invocation) || !isLarger(currentArguments(invocation), this.#input)) return undefined;
    return { effect: "deny", rule: "limits.input", reason: `the arguments are larger than ${this.#input} bytes` };
  }

  override filter(_: Invocation, result: unknown): Filtered | undefined {
    if (this.#output !== undefined && isLarger(result, this.#output)) throw new Error(`it is larger than ${this.#output} bytes`);
    return undefined;
  }
}

/** What a number, a boolean or a missing value counts for, in bytes. */
const SMALL = 8;

/** Whether the texts, keys and buffers of a value come to more than `limit` bytes in UTF-8; stops as soon as they do. */
export function isLarger(value: unknown, limit: number): boolean {
  return measure(value, limit, new Set()) < 0;
}

/** What is left of the limit; negative when it is used up. */
function measure(value: unknown, left: number, seen: Set<object>): number {
  if (typeof value === "string") return left - (value.length > left ? value.length : Buffer.byteLength(value));
  if (typeof value !== "object" || value === null) return left - SMALL;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return left - value.byteLength;
  // An object that stands in two places is sent twice, but a circle has no end.
  if (seen.has(value)) return left - SMALL;
  seen.add(value);
  const isList = Array.isArray(value);
  const parts: Iterable<unknown> = isList || value instanceof Set ? value : value instanceof Map ? [...value].flat() : Object.keys(value);
  for (const part of parts) {
    left = measure(part, left, seen);
    if (left >= 0 && !isList && !(value instanceof Map) && !(value instanceof Set)) left = measure((value as Record<string, unknown>)[part as string], left, seen);
    if (left < 0) break;
  }
  return left;
}
