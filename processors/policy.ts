import type { CompiledPolicy, Invocation } from "../policies/index.ts";
import { GateProcessor } from "./gate-processor.ts";
import { ballotOf, cast, type Opinion } from "./verdict.ts";

/** Applies the rules of a policy, its engines and its defaults. */
export class PolicyProcessor extends GateProcessor {
  override readonly name = "policy";
  readonly #policy: CompiledPolicy;

  constructor(policy: CompiledPolicy) {
    super();
    this.#policy = policy;
  }

  override judge(invocation: Invocation): Opinion {
    const { ruling, arguments: changed, shadow } = this.#policy.decide(invocation);
    const ballot = ballotOf(invocation);
    if (shadow) cast(ballot, this.name, { ...shadow, mode: "observe" });
    if (ruling.effect === "modify") {
      // A rule that changes arguments lets the call run: it says both.
      cast(ballot, this.name, { ...ruling, effect: "allow" });
      return { ...ruling, arguments: changed };
    }
    // Another rule decides (an approval, say), and the changes stand beside it.
    if (changed !== undefined) cast(ballot, this.name, { ...ruling, effect: "modify", arguments: changed });
    return ruling;
  }
}
