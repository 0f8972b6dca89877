import { type Context, propagation, type Span, SpanKind } from "@opentelemetry/api";
import { unsuppressTracing } from "@opentelemetry/core";
import { messageOf, SpangateError } from "../errors.ts";
import type { DecisionBody } from "../exporters/audit/bodies.ts";
import type { Kept } from "../exporters/audit/safety.ts";
import { CALLS, OVERHEAD, REDACTIONS, SHADOW, VIOLATIONS } from "../exporters/instruments.ts";
import * as names from "../names.ts";
import type { Call, Invocation } from "../policies/index.ts";
import type { Detection } from "../processors/detection/detection.ts";
import { taintOf } from "../processors/injection/taint.ts";
import { withInvocation } from "../processors/invocation.ts";
import { snapshot } from "../processors/snapshot.ts";
import { failure, permits, type Verdict } from "../processors/verdict.ts";
import { activeContext } from "./context.ts";
import { clip, describeText, describeValue, redacted } from "./evidence.ts";
import { isSameCall, runOutsideFrames } from "./frame.ts";
import type { Host, Written } from "./host.ts";
import { logged } from "./logged.ts";
import { isMcp } from "./mcp-duration.ts";
import { Crossing, GuardedPassage, type Judged, type Passage } from "./passage.ts";

/** The gate: every seam of every framework ends here. */
export class Guard {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * Judges a call and writes the decision down. A promise only when an opinion has to be waited for. Never
   * throws; the passage says whether the tool may run, and is how it is run.
   */
  admit(call: Call): Passage | Promise<Passage> {
    return this.#admit(call, true);
  }

  /** The same for a caller that cannot wait: a verdict that would have to be waited for is a denial. */
  admitSync(call: Call): Passage {
    return this.#admit(call, false) as Passage;
  }

  #admit(call: Call, canWait: boolean): Passage | Promise<Passage> {
    if (isSameCall(call)) return new Crossing(call.arguments);
    const started = performance.now();
    const { pipeline, provider } = this.#host;
    const context = activeContext();
    let invocation: Invocation | undefined;
    let span: Span | undefined;
    let verdict: Verdict | Promise<Verdict>;
    try {
      const identified = (invocation = Object.freeze(identify(call, context, this.#host.deployment)));
      // What a processor asks of others is no request of the call around this one.
      span = runOutsideFrames(() => provider.getTracer("spangate", names.VERSION).startSpan(
        `${names.EXECUTE_TOOL} ${call.tool}`, { kind: SpanKind.INTERNAL, attributes: startAttributes(identified) },
        // The application may have suppressed or unsampled this context; the gate is not the application's to switch off.
        withInvocation(unsuppressTracing(context), identified),
      ));
      verdict = pipeline.verdict(identified, canWait);
    } catch (thrown) {
      invocation ??= Object.freeze({ ...call, arguments: undefined, time: Date.now() });
      verdict = refusal(`spangate could not judge this call: ${messageOf(thrown)}`, invocation.arguments);
    }
    const judged = invocation;
    const conclude = (final: Verdict, waited: number): Passage | Promise<Passage> => this.#conclude({ call, invocation: judged, span, context, pipeline, verdict: final, started, canWait, waited });
    if (!(verdict instanceof Promise)) return conclude(verdict, 0);
    const from = performance.now();
    return verdict.then((final) => conclude(final, performance.now() - from));
  }

  /**
   * Judges a call and runs it, or answers with `denied`: the framework's own way to tell the model no,
   * which the agent survives.
   */
  async call<T>(call: Call, run: (args: unknown) => T | Promise<T>, denied: (message: string) => T): Promise<T> {
    const passage = await this.admit(call);
    if (!passage.allowed) {
      passage.refuse();
      return denied(passage.message);
    }
    try {
      return await passage.run(run);
    } catch (thrown) {
      if (passage.withheld) return denied(passage.message);
      throw thrown;
    }
  }

  #conclude(judged: Judged): Passage | Promise<Passage> {
    const { mode } = judged.pipeline.policy.source;
    const verdict = presentable(judged.verdict, judged.pipeline.detection);
    const kept = this.#host.decide(() => decisionRecord(this.#host, judged, verdict, mode), judged.canWait);
    return kept instanceof Promise ? kept.then((settled) => this.#pass(judged, verdict, settled)) : this.#pass(judged, verdict, kept);
  }

  #pass(judged: Judged, decided: Verdict, { index, safe }: Kept): Passage {
    const { invocation, pipeline, span } = judged;
    const { mode } = pipeline.policy.source;
    let verdict = decided;
    if (!safe && mode === "enforce") {
      verdict = refusal("the audit log cannot be written", invocation.arguments);
      const context = span?.spanContext();
      // The record may be written yet, and it says that the tool runs.
      if (index !== undefined && runs(decided, mode)) {
        this.#host.conclude(() => ({ body: { ref: index, trace: context?.traceId ?? "", span: context?.spanId ?? "", tool: clip(invocation.tool), status: "not_run", ms: 0, error: "audit_unavailable" } }));
      }
    }
    const passage = new GuardedPassage({ ...judged, verdict, host: this.#host, decision: index, runs: runs(verdict, mode) });
    this.#count(judged, verdict, mode);
    if (this.#host.decisionLog) this.#host.attempt(() => this.#tell(judged, verdict, mode, index));
    return passage;
  }

  #tell({ invocation, pipeline, span }: Judged, { effect, rule, source, shadow }: Verdict, mode: string, index: number | undefined): void {
    const { source: { name, version }, digest } = pipeline.policy;
    this.#host.decisionLog?.decided({
      ...logged(this.#host, invocation, index, span?.spanContext()), effect, rule, source, mode, runs: runs({ effect }, mode), shadow: shadow && `${shadow.effect}:${shadow.rule}`,
      policy: { name, version }, digest,
    });
  }

  #count({ invocation, started, waited }: Judged, verdict: Verdict, mode: string): void {
    const { metrics } = this.#host;
    const tool = { [names.TOOL_NAME]: invocation.tool };
    metrics.record(CALLS, 1, { ...tool, [names.FRAMEWORK]: invocation.framework, [names.DECISION]: verdict.effect, [names.MODE]: mode });
    const against = permits(verdict) ? verdict.shadow : verdict;
    if (against && !permits(against)) {
      const rule = { ...tool, [names.RULE_NAME]: against.rule };
      metrics.record(VIOLATIONS, 1, { ...rule, [names.SOURCE]: against.source as string, [names.MODE]: permits(verdict) ? "observe" : mode });
      if (runs(verdict, mode)) metrics.record(SHADOW, 1, { ...rule, [names.DECISION]: against.effect, [names.SHADOW_SCOPE]: permits(verdict) ? "rule" : "policy" });
    }
    for (const [detector, count] of Object.entries(verdict.redactions ?? {})) metrics.record(REDACTIONS, count, { ...tool, [names.DETECTOR]: detector });
    metrics.record(OVERHEAD, (performance.now() - started - waited) / 1_000, { [names.DECISION]: verdict.effect });
  }
}

function runs(verdict: Pick<Verdict, "effect">, mode: string): boolean {
  return permits(verdict) || mode === "observe";
}

function refusal(reason: string, args: unknown): Verdict {
  const { rule, source } = failure("spangate", "");
  return Object.freeze({ effect: "deny", rule, source: source as string, reason, arguments: args, shadow: undefined, redactions: undefined, flags: [] });
}

/** A reason that no policy author wrote may quote arguments, and the model, the spans and the log are to show it. */
function presentable(verdict: Verdict, detection: Detection): Verdict {
  return verdict.source === "policy" ? verdict : { ...verdict, reason: describeText(verdict.reason, detection) };
}

/** The frozen snapshot that is judged. Who calls comes from the seam, else from W3C baggage. */
function identify(call: Call, context: Context, environment: string | undefined): Invocation {
  const baggage = propagation.getBaggage(context);
  const entry = (key: string): string | undefined => baggage?.getEntry(key)?.value;
  let args: unknown;
  try {
    args = snapshot(call.arguments, true);
  } catch (thrown) {
    throw new SpangateError("SG_ARGUMENTS_UNREADABLE", { tool: call.tool, problem: messageOf(thrown) }, { cause: thrown });
  }
  const session = call.session ?? entry("session.id") ?? entry(names.CONVERSATION_ID);
  return {
    tool: call.tool,
    arguments: args,
    framework: call.framework,
    server: call.server,
    callId: call.callId,
    caller: call.caller ?? entry("user.id") ?? entry("enduser.id"),
    roles: call.roles ?? entry("user.roles")?.split(",").map((role) => role.trim()),
    tenant: call.tenant ?? entry("tenant.id"),
    onBehalfOf: call.onBehalfOf ?? entry("spangate.on_behalf_of"),
    agent: call.agent ?? entry(names.AGENT_NAME),
    session,
    taint: taintOf(session),
    time: Date.now(),
    environment,
    context: baggage && Object.fromEntries(baggage.getAllEntries().map(([key, { value }]) => [key, value])),
  };
}

function startAttributes(invocation: Invocation): Record<string, string> {
  const attributes: Record<string, string> = {
    [names.OPERATION_NAME]: names.EXECUTE_TOOL,
    [names.TOOL_NAME]: invocation.tool,
    [names.FRAMEWORK]: invocation.framework,
  };
  if (isMcp(invocation.framework)) attributes[names.MCP_METHOD] = names.TOOLS_CALL;
  if (invocation.callId) attributes[names.TOOL_CALL_ID] = invocation.callId;
  if (invocation.agent) attributes[names.AGENT_NAME] = invocation.agent;
  if (invocation.session) attributes[names.CONVERSATION_ID] = invocation.session;
  return attributes;
}

function decisionRecord(host: Host, { invocation, span, pipeline }: Judged, verdict: Verdict, mode: string): Written<DecisionBody> {
  const { source, digest } = pipeline.policy;
  const { values } = source.audit;
  const context = span?.spanContext();
  const { text, cut } = describeValue(values === "original" ? verdict.arguments : redacted(verdict.arguments, pipeline.detection));
  const vault = host.vault();
  const { onBehalfOf, caller } = invocation;
  const value = vault.seal(text, { subject: onBehalfOf ?? caller, onBehalfOf: clip(onBehalfOf), keep: values === "none" ? "nothing" : "value" });
  const processing = pipeline.processingOf(invocation.tool);
  return {
    value,
    body: {
      trace: context?.traceId ?? "", span: context?.spanId ?? "",
      framework: invocation.framework, server: clip(invocation.server), tool: clip(invocation.tool), call: clip(invocation.callId),
      agent: clip(invocation.agent), caller: clip(caller), roles: invocation.roles?.map(clip), on_behalf_of: onBehalfOf === undefined ? undefined : vault.pseudonym(onBehalfOf),
      tenant: clip(invocation.tenant), session: clip(invocation.session), environment: clip(invocation.environment), model: clip(invocation.context?.[names.REQUEST_MODEL]),
      mode, safety: host.log().safety, effect: verdict.effect, runs: runs(verdict, mode), rule: verdict.rule, source: verdict.source, reason: verdict.reason,
      shadow: verdict.shadow && `${verdict.shadow.effect}:${verdict.shadow.rule}`,
      flags: verdict.flags.length > 0 ? verdict.flags : undefined,
      policy: `${source.name}@${source.version}`, digest,
      purpose: processing?.id, data_categories: processing?.data_categories.length ? processing.data_categories : undefined, recipient_country: processing?.recipient_country,
      redacted: verdict.redactions, args: value.commit, args_bytes: value.bytes, cut,
    },
  };
}
