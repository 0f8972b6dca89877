import type { CompiledPolicy, Invocation } from "../policies/index.ts";
import type { Action } from "../policies/schema/data.ts";
import type { Detection } from "./detection/detection.ts";
import type { Incomplete, IncompleteKind } from "./detection/limits.ts";
import { GateProcessor, type Filtered } from "./gate-processor.ts";
import { ballotOf, currentArguments, isDenied, type Opinion } from "./verdict.ts";

/** What nobody can look into by its nature, and not because it was cut short; the policy says by `unscannable` what becomes of it. */
const UNSCANNABLE: ReadonlySet<IncompleteKind> = new Set(["binary", "opaque"]);

/**
 * Decides on what could not be looked at to the end: a limit that cuts something short is never silence. Only where
 * the policy has a section that relies on looking.
 */
export class CompletenessProcessor extends GateProcessor {
  override readonly name = "completeness";
  readonly #detection: Detection;
  readonly #relies: boolean;
  readonly #observing: boolean;

  constructor({ source }: CompiledPolicy, detection: Detection) {
    super();
    this.#detection = detection;
    this.#relies = source.redact !== undefined || source.secrets !== undefined || source.content !== undefined || source.injection !== undefined;
    this.#observing = source.mode === "observe";
  }

  override judge(invocation: Invocation): Opinion | undefined {
    if (!this.#relies || isDenied(invocation)) return undefined;
    const [action, kinds] = this.#what(this.#detection.scan(currentArguments(invocation)).incomplete);
    if (action === "off") return undefined;
    if (action === "flag") {
      ballotOf(invocation).flags.push(`incomplete:${kinds}`);
      return undefined;
    }
    return { effect: "deny", rule: "detection.incomplete", reason: `not everything in the arguments could be looked at: ${kinds}` };
  }

  override filter(_: Invocation, result: unknown): Filtered | undefined {
    if (!this.#relies || this.#observing) return undefined;
    const [action, kinds] = this.#what(this.#detection.scan(result).incomplete);
    if (action === "block") throw new Error(`not everything in it could be looked at: ${kinds}`);
    return action === "flag" ? { value: result, flags: [`incomplete:${kinds}`] } : undefined;
  }

  /** The strictest action for what is incomplete, and the kinds that ask for it. */
  #what(incomplete: readonly Incomplete[]): [action: Action, kinds: string] {
    if (incomplete.length === 0) return ["off", ""];
    const { incomplete: cut, unscannable } = this.#detection.section;
    const asking = (action: Action): string => incomplete.filter(({ kind }) => (UNSCANNABLE.has(kind) ? unscannable : cut) === action).map(({ kind }) => kind).join(", ");
    for (const action of ["block", "flag"] as const) if (asking(action)) return [action, asking(action)];
    return ["off", ""];
  }
}
