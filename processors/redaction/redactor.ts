import { SpangateError } from "../../errors.ts";
import { compilePatterns, type Matcher } from "../../policies/pattern.ts";
import type { Direction, Redact } from "../../policies/schema/data.ts";
import { selector, unknownChoice } from "../detection/catalogue.ts";
import type { Detection } from "../detection/detection.ts";
import type { Scan } from "../detection/finding.ts";
import { type RedactionKeys, readKeys } from "./key.ts";
import { type Substitute, substitute } from "./strategy.ts";
import { detokenize } from "./token.ts";

/** One way to treat what is found. */
interface Way {
  readonly applies: (detector: { readonly id: string; readonly category: string }) => boolean;
  readonly in: readonly Direction[];
  readonly tool: Matcher;
  /** Undefined: left as it is. */
  readonly substitute: Substitute | undefined;
}

export interface Redacted {
  readonly value: unknown;
  /** Detector → how many values were taken out. */
  readonly counts: Readonly<Record<string, number>>;
  readonly scan: Scan;
}

/** Takes out what a policy wants taken out, in the way it wants. */
export class Redactor {
  readonly #detection: Detection;
  readonly #ways: readonly Way[];
  readonly #restores: Matcher;
  #keys: RedactionKeys | undefined;

  /** @throws SpangateError for a detector that nobody knows, and for a missing key */
  constructor(redact: Redact, detection: Detection) {
    this.#detection = detection;
    const keys = (): RedactionKeys => (this.#keys ??= readKeys());
    const choices = [["redact.detectors", redact.detectors], ...redact.overrides.map(({ detectors }, index) => [`redact.overrides.${index}.detectors`, detectors])] as const;
    for (const [path, wanted] of choices) {
      const problem = unknownChoice(wanted as Redact["detectors"], () => detection.selectable);
      if (problem !== undefined) throw new SpangateError("SG_DETECTOR_UNKNOWN", { path: path as string, problem });
    }
    // What has no value to take out is no matter of redaction.
    const isValue = ({ category }: { readonly category: string }): boolean => category === "pii" || category === "secret";
    const chosen = selector(redact.detectors);
    this.#ways = [
      ...redact.overrides.map(({ detectors, in: directions, tool, strategy, preserve_form: preserve }): Way => ({
        applies: selector(detectors), in: directions, tool: compilePatterns(tool), substitute: strategy === "keep" ? undefined : substitute(strategy, preserve, keys),
      })),
      { applies: (detector) => isValue(detector) && chosen(detector), in: redact.in, tool: compilePatterns(redact.tool), substitute: substitute(redact.strategy, redact.preserve_form, keys) },
    ];
    this.#restores = compilePatterns(redact.restore);
    if (redact.restore.length > 0) keys();
  }

  /** Whether anything may be taken out of the calls of this tool. */
  covers(direction: Direction, tool: string): boolean {
    return this.#ways.some((way) => way.substitute && way.in.includes(direction) && way.tool(tool));
  }

  /** @param found where something else than what a detector finds is to be taken out */
  redact(value: unknown, direction: Direction, tool: string, scope: string, found: Pick<Detection, "rewrite"> = this.#detection): Redacted {
    const counts: Record<string, number> = {};
    const ways = this.#ways.filter((way) => way.in.includes(direction) && way.tool(tool));
    const { value: rewritten, scan } = found.rewrite(value, ({ detector, category }, original) => {
      const replaced = ways.find((way) => way.applies({ id: detector, category }))?.substitute?.(detector, original, scope) ?? original;
      if (replaced !== original) counts[detector] = (counts[detector] ?? 0) + 1;
      return replaced;
    });
    return { value: rewritten, counts, scan };
  }

  /** Whether this tool gets the values of tokens back. */
  restores(tool: string): boolean {
    return this.#restores(tool);
  }

  /**
   * A copy with the values of tokens in their place; the same value where there is none.
   *
   * @throws Error for a token that cannot be put back
   */
  restore(value: unknown, scope: string): unknown {
    if (typeof value === "string") return detokenize(this.#keys ?? readKeys(), value, scope);
    if (typeof value !== "object" || value === null) return value;
    let changed = false;
    const again = (inner: unknown): unknown => {
      const restored = this.restore(inner, scope);
      changed ||= restored !== inner;
      return restored;
    };
    if (Array.isArray(value)) {
      const list = value.map(again);
      return changed ? list : value;
    }
    const entries = Object.entries(value).map(([key, inner]) => [key, again(inner)] as const);
    if (!changed) return value;
    const copy = Object.assign(Object.create(Object.getPrototypeOf(value) as object | null) as object, value);
    for (const [key, inner] of entries) Object.defineProperty(copy, key, { value: inner, enumerable: true, writable: true, configurable: true });
    return copy;
  }
}
