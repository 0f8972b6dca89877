import type { CompiledPolicy, Invocation } from "../../policies/index.ts";
import type { Detection } from "../detection/detection.ts";
import { messageOf } from "../../errors.ts";
import { GateProcessor, type Filtered } from "../gate-processor.ts";
import { currentArguments, isDenied, type Opinion } from "../verdict.ts";
import { Redactor } from "./redactor.ts";

/** Takes sensitive values out of arguments before the tool runs, and out of results before the model sees them. */
export class RedactionProcessor extends GateProcessor {
  override readonly name = "redaction";
  readonly #redactor: Redactor | undefined;
  readonly #observing: boolean;

  constructor({ source }: CompiledPolicy, detection: Detection) {
    super();
    if (source.redact) this.#redactor = new Redactor(source.redact, detection);
    this.#observing = source.mode === "observe";
  }

  override judge(invocation: Invocation): Opinion | undefined {
    const redactor = this.#redactor;
    if (!redactor || isDenied(invocation)) return undefined;
    const { tool } = invocation;
    const args = currentArguments(invocation);
    if (redactor.restores(tool)) {
      try {
        const restored = redactor.restore(args, scopeOf(invocation));
        return restored === args ? undefined : { effect: "modify", rule: "redact.restore", reason: "put the values of tokens back", arguments: restored };
      } catch (thrown) {
        return { effect: "deny", rule: "redact.restore", reason: messageOf(thrown) };
      }
    }
    if (!redactor.covers("arguments", tool)) return undefined;
    const { value, counts } = redactor.redact(args, "arguments", tool, scopeOf(invocation));
    const found = Object.entries(counts);
    if (found.length === 0) return undefined;
    return { effect: "modify", rule: "redact", reason: `took out ${found.map(([id, count]) => `${count} ${id}`).join(", ")}`, arguments: value, redactions: counts };
  }

  override filter(invocation: Invocation, result: unknown): Filtered | undefined {
    const redactor = this.#redactor;
    if (!redactor || this.#observing || !redactor.covers("results", invocation.tool)) return undefined;
    const { value, counts, scan } = redactor.redact(result, "results", invocation.tool, scopeOf(invocation));
    // Of a value that goes over several of a stream, only the first counts.
    const changed = Object.keys(counts).length > 0 || (value !== result && scan.incomplete.length === 0);
    return changed ? { value, redactions: counts } : undefined;
  }
}

/** Who may have the value of a token back. */
function scopeOf({ tenant }: Invocation): string {
  return tenant ?? "";
}
