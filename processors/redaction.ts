import type { CompiledPolicy } from "../policies/index.ts";
import { Scanner } from "./detection/scanner.ts";
import { GateProcessor, type Filtered } from "./gate-processor.ts";
import type { Invocation } from "./invocation.ts";
import { currentArguments, isDenied, type Opinion } from "./verdict.ts";

/** Takes sensitive values out of arguments before the tool runs, and out of results before the model sees them. */
export class RedactionProcessor extends GateProcessor {
  override readonly name = "redaction";
  readonly #policy: CompiledPolicy;
  readonly #scanner: Scanner | undefined;

  constructor(policy: CompiledPolicy) {
    super();
    this.#policy = policy;
    if (policy.source.redact) this.#scanner = new Scanner(policy.source.redact.detectors);
  }

  override judge(invocation: Invocation): Opinion | undefined {
    if (!this.#covers("arguments", invocation) || isDenied(invocation)) return undefined;
    const { value, findings } = (this.#scanner as Scanner).scrub(currentArguments(invocation));
    if (!findings) return undefined;
    const found = Object.entries(findings).map(([id, count]) => `${count} ${id}`).join(", ");
    return { effect: "modify", rule: "redact", reason: `took out ${found}`, arguments: value, redactions: findings, mode: this.#policy.source.mode };
  }

  override filter(invocation: Invocation, result: unknown): Filtered | undefined {
    if (!this.#covers("results", invocation) || this.#policy.source.mode === "observe") return undefined;
    const { value, findings } = (this.#scanner as Scanner).scrub(result);
    return findings && { value, redactions: findings };
  }

  #covers(part: "arguments" | "results", { tool }: Invocation): boolean {
    return this.#scanner !== undefined && this.#policy.redacts(tool) && (this.#policy.source.redact?.in.includes(part) ?? false);
  }
}
