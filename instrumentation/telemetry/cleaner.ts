import { SpangateError } from "../../errors.ts";
import { selector, unknownChoice } from "../../processors/detection/catalogue.ts";
import type { Detection } from "../../processors/detection/detection.ts";
import type { Finding, Scan } from "../../processors/detection/finding.ts";
import { Familiar, isMap } from "./familiar.ts";

/** Levels of nesting down to which what could not be looked at is told from what could. */
const DEPTH = 8;

/** Takes out of items of telemetry what a detector knows. One for each policy: another one may look for something else. */
export class Cleaner {
  readonly #detection: Detection;
  readonly #chosen: (detector: { readonly id: string; readonly category: string }) => boolean;
  readonly #familiar = new Familiar();

  /** @throws SpangateError SG_DETECTOR_UNKNOWN */
  constructor(detection: Detection, detectors: "all" | readonly string[]) {
    const problem = unknownChoice(detectors, () => detection.detectors);
    if (problem !== undefined) throw new SpangateError("SG_DETECTOR_UNKNOWN", { path: "telemetry.detectors", problem });
    this.#detection = detection;
    this.#chosen = selector(detectors);
  }

  /**
   * The same list where there is nothing to take out, else a copy of the same form. What could not be looked at to the
   * end is replaced by `[REDACTED:<kind>]`.
   *
   * @param parts texts, and maps of attributes, in a fixed order
   * @param found takes the detector of each value that was taken out
   * @throws Error when even so not all of it could be looked at, or when the scanner fails
   */
  clean<T extends readonly unknown[]>(parts: T, found: string[]): T {
    const unknown = this.#unknown(parts);
    if (unknown.length === 0) return parts;
    const scan = this.#detection.scan(unknown);
    if (isComplete(scan) && !scan.findings.some((finding) => this.#applies(finding))) {
      this.#familiar.add(unknown);
      return parts;
    }
    const before = found.length;
    const whole = this.#rewrite(parts, found);
    if (isComplete(whole.scan)) return whole.value as T;
    // One text that is too long must not cost its neighbours their place, so each has limits of its own; what then is
    // left is looked at together once more, for values that are split.
    found.length = before;
    const again = this.#rewrite(parts.map((part) => this.#piece("", part, 0, found)[1]), found);
    if (!Array.isArray(again.value)) throw new Error(`too much to look at: ${again.scan.incomplete.map(({ kind }) => kind).join(", ")}`);
    return again.value as unknown as T;
  }

  #unknown(parts: readonly unknown[]): readonly unknown[] {
    try {
      return this.#familiar.unknown(parts);
    } catch {
      // A getter that throws: the scanner knows what to do with it.
      return parts;
    }
  }

  /** An entry by itself, key and value. */
  #piece(key: string, value: unknown, depth: number, found: string[]): [string, unknown] {
    const { value: rewritten, scan } = this.#rewrite({ [key]: value }, found);
    if (isComplete(scan)) return Object.entries(rewritten as object)[0] as [string, unknown];
    const inner = (Array.isArray(value) || isMap(value)) && depth < DEPTH ? this.#pieces(value, depth + 1, found) : placeholder(scan);
    return [this.#key(key, found), inner];
  }

  #pieces(value: readonly unknown[] | Readonly<Record<string, unknown>>, depth: number, found: string[]): unknown {
    const entries = Object.keys(value).map((key) => {
      try {
        return this.#piece(Array.isArray(value) ? "" : key, (value as Record<string, unknown>)[key], depth, found);
      } catch {
        return [this.#key(key, found), "[REDACTED:unreadable]"] as const;
      }
    });
    return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
  }

  #key(key: string, found: string[]): string {
    const { value, scan } = this.#rewrite({ [key]: null }, found);
    return isComplete(scan) ? (Object.keys(value as object)[0] as string) : placeholder(scan);
  }

  #rewrite(value: unknown, found: string[]): { readonly value: unknown; readonly scan: Scan } {
    return this.#detection.rewrite(value, (finding, original) => {
      if (!this.#applies(finding)) return original;
      found.push(finding.detector);
      return `[REDACTED:${finding.detector}]`;
    });
  }

  /** What has no value to take out is no matter of redaction. */
  #applies({ detector, category }: Finding): boolean {
    return (category === "pii" || category === "secret") && this.#chosen({ id: detector, category });
  }
}

function isComplete({ incomplete }: Scan): boolean {
  return incomplete.length === 0;
}

function placeholder({ incomplete }: Scan): string {
  return `[REDACTED:${incomplete[0]?.kind ?? "unreadable"}]`;
}
