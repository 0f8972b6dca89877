import type { CompiledPolicy } from "../policies/index.ts";
import { GateProcessor } from "./gate-processor.ts";
import type { Invocation } from "./invocation.ts";
import { ballotOf, cast, type Opinion } from "./verdict.ts";

/** Applies the rules of a policy: allow or deny by tool name, else the policy's default. */
export class PolicyProcessor extends GateProcessor {
  override readonly name = "policy";
  readonly #policy: CompiledPolicy;

  constructor(policy: CompiledPolicy) {
    super();
    this.#policy = policy;
  }

  override judge(invocation: Invocation): Opinion | undefined {
    const [strongest, ...others] = this.#policy.rulings(invocation.tool);
    if (others.length > 0) {
      // Each matching rule speaks for itself, so that a shadow rule is recorded beside the one that counts.
      const ballot = ballotOf(invocation);
      for (const ruling of others) cast(ballot, this.name, ruling);
    }
    return strongest;
  }
}
