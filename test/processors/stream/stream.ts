import type { CustomDetector } from "../../../policies/schema/data.ts";
import { Detection } from "../../../processors/detection/detection.ts";
import type { Finding, Scan } from "../../../processors/detection/finding.ts";
import { HoldBack, type HoldBackOptions, type Released } from "../../../processors/stream/hold-back.ts";

/** Looks for everything that is shipped, wherever it comes from. */
export const everything = (locales: readonly string[] = [], detectors: readonly CustomDetector[] = []): Detection =>
  new Detection({ locales, threshold: 0.5, detectors, incomplete: "block", unscannable: "flag" });

/** What redaction puts in the place of a finding here. */
export function replace({ detector, category }: Finding, original: string): string {
  return category === "pii" || category === "secret" ? `[${detector}]` : original;
}

/** A stream that is fed by hand. */
export class Stream {
  readonly detection: Detection;
  readonly #hold: HoldBack;

  constructor(detection: Detection, options: Partial<HoldBackOptions> = {}) {
    this.detection = detection;
    const look = (text: string): Scan => detection.scan(text);
    this.#hold = new HoldBack({ look, lookAlone: look, replaces: false, eager: true, stride: 0, ...options });
  }

  async push(value: unknown): Promise<unknown[]> {
    return this.#redacted(await this.#hold.push(value));
  }

  async end(): Promise<unknown[]> {
    return this.#redacted(await this.#hold.end());
  }

  /** What comes out of a whole stream, value by value. */
  async all(values: readonly unknown[]): Promise<unknown[]> {
    const out: unknown[] = [];
    for (const value of values) out.push(...(await this.push(value)));
    return [...out, ...(await this.end())];
  }

  #redacted(released: readonly Released[]): unknown[] {
    const { detection } = this;
    return released.map(({ value, piece }) => (piece ? detection.within(piece, () => detection.rewrite(value, replace).value) : value));
  }
}

/** A text cut at the given places. */
export function cut(text: string, places: readonly number[]): string[] {
  const at = [0, ...places.toSorted((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}
