import type { CompiledPolicy, Invocation } from "../policies/index.ts";
import { compilePatterns, type Matcher } from "../policies/pattern.ts";
import type { Direction, Secrets } from "../policies/schema/data.ts";
import type { Detection } from "./detection/detection.ts";
import { GateProcessor, type Filtered } from "./gate-processor.ts";
import { ballotOf, currentArguments, isDenied, type Opinion } from "./verdict.ts";

/** Refuses, or notes, calls and results that carry a credential. */
export class SecretsProcessor extends GateProcessor {
  override readonly name = "secrets";
  readonly #section: Secrets | undefined;
  readonly #tools: Matcher;
  readonly #detection: Detection;
  readonly #observing: boolean;

  constructor({ source }: CompiledPolicy, detection: Detection) {
    super();
    this.#section = source.secrets;
    this.#tools = compilePatterns(source.secrets?.tool ?? []);
    this.#detection = detection;
    this.#observing = source.mode === "observe";
  }

  override judge(invocation: Invocation): Opinion | undefined {
    if (isDenied(invocation)) return undefined;
    const found = this.#found("arguments", invocation, currentArguments(invocation));
    if (found.length === 0) return undefined;
    if (this.#section?.action === "block") return { effect: "deny", rule: "secrets", reason: `the arguments carry a credential (${found.join(", ")})` };
    ballotOf(invocation).flags.push(...found.map((id) => `secret:${id}`));
    return undefined;
  }

  override filter(invocation: Invocation, result: unknown): Filtered | undefined {
    if (this.#observing) return undefined;
    const found = this.#found("results", invocation, result);
    if (found.length === 0) return undefined;
    if (this.#section?.action === "block") throw new Error(`it carries a credential (${found.join(", ")})`);
    return { value: result, flags: found.map((id) => `secret:${id}`) };
  }

  /** The detectors that found something, each once. */
  #found(direction: Direction, { tool }: Invocation, value: unknown): string[] {
    const section = this.#section;
    if (!section || section.action === "off" || !section.in.includes(direction) || !this.#tools(tool)) return [];
    const { findings } = this.#detection.scan(value);
    return [...new Set(findings.filter(({ category }) => category === "secret").map(({ detector }) => detector))];
  }
}
