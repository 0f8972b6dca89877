import type { Attributes } from "@opentelemetry/api";
import { ENFORCING, POLICY_INFO, POLICY_STALE, POLICY_TIME } from "../exporters/instruments.ts";
import type { Gauges } from "../exporters/metrics.ts";
import { AUDIT_MODE, MODE, POLICY_DIGEST, RULESET_NAME, RULESET_VERSION } from "../names.ts";
import type { CompiledPolicy } from "../policies/index.ts";

/** What metrics say of the policy in force: which, since when, and whether the file says something else. */
export class PolicyGauges {
  /** True while the policy file could not be put in force as it is now. */
  stale = false;
  #since = 0;
  #enforcing = false;
  #current = "";
  /** Every policy that was in force: OpenTelemetry repeats the last value of a series that is no longer told of. */
  readonly #known = new Map<string, Attributes>();

  /** Not looked at before somebody asks: its digest takes node:crypto, which a process that only starts must not load. */
  #unseen: CompiledPolicy | undefined;

  constructor(policy: CompiledPolicy) {
    this.inForce(policy);
  }

  inForce(policy: CompiledPolicy): void {
    this.#see();
    this.#since = Date.now();
    this.#enforcing = policy.source.mode === "enforce";
    this.#unseen = policy;
  }

  #see(): void {
    if (!this.#unseen) return;
    const { source, digest } = this.#unseen;
    this.#unseen = undefined;
    const attributes = { [RULESET_NAME]: source.name, [RULESET_VERSION]: source.version, [POLICY_DIGEST]: digest, [MODE]: source.mode, [AUDIT_MODE]: source.audit.mode };
    this.#current = JSON.stringify(attributes);
    this.#known.set(this.#current, attributes);
  }

  readonly observe: Gauges = (observe) => {
    this.#see();
    observe(ENFORCING, Number(this.#enforcing));
    for (const [key, attributes] of this.#known) observe(POLICY_INFO, Number(key === this.#current), attributes);
    observe(POLICY_TIME, this.#since / 1_000);
    observe(POLICY_STALE, Number(this.stale));
  };
}
