import { type Attributes, type Context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import { messageOf, SpangateError } from "../errors.ts";
import type { OutcomeBody } from "../exporters/audit/bodies.ts";
import type { Sealed } from "../exporters/audit/vault.ts";
import { TOOL_DURATION } from "../exporters/instruments.ts";
import * as names from "../names.ts";
import type { Call, Invocation } from "../policies/index.ts";
import type { Pipeline } from "../processors/pipeline.ts";
import type { Released } from "../processors/stream/hold-back.ts";
import { snapshot } from "../processors/snapshot.ts";
import type { Verdict } from "../processors/verdict.ts";
import { adoptable, cleanArguments } from "./adopt.ts";
import { activeContext, runWith } from "./context.ts";
import { clip, describeText, describeValue, errorName, redacted } from "./evidence.ts";
import { currentFrame, type Frame, runInFrame } from "./frame.ts";
import type { Host } from "./host.ts";
import { logged } from "./logged.ts";
import { isMcp, mcpDuration } from "./mcp-duration.ts";
import { ResultFilter } from "./result-filter.ts";
import { TimeLimit, TookTooLong } from "./time-limit.ts";

/** `error.type` of what was refused or withheld. */
const DENIED = "spangate_denied";

/** A judged call, as a seam sees it. */
export interface Passage {
  /** Whether the tool runs. In mode `observe` it always does. */
  readonly allowed: boolean;
  /**
   * What the tool runs with: a copy of what was judged, which nobody else holds. For a refused call they are
   * redacted, since the framework's own telemetry may still show them.
   */
  readonly arguments: unknown;
  /** For the model, when the call was refused or its result withheld. */
  readonly message: string;
  /** True once a result was kept back by a processor; {@link run} then throws `SG_DENIED`. */
  readonly withheld: boolean;
  /** Runs the tool with the judged arguments; its result, or each one that it yields, passes the filters. */
  run<T>(tool: (args: unknown) => T): T;
  /** Ends a refused call. Called where the framework's own span is active, that span is marked. */
  refuse(): void;
  /** What to throw where a framework wants an error. */
  denial(): Error;
  /** Ends a call whose tool the framework never ran. Does nothing after {@link run} or {@link refuse}. */
  abandon(): void;
}

/** A call between its verdict and its end. */
export interface Judged {
  readonly call: Call;
  readonly invocation: Invocation;
  readonly span: Span | undefined;
  /** The application's context when the call was judged. */
  readonly context: Context;
  readonly pipeline: Pipeline;
  readonly verdict: Verdict;
  readonly started: number;
  /** Who made the call takes a promise. */
  readonly canWait: boolean;
  /** Milliseconds spent waiting for opinions. */
  readonly waited: number;
}

/** The same call at another seam: it was decided, so it just goes on. */
export class Crossing implements Passage {
  readonly allowed = true;
  readonly message = "";
  readonly withheld = false;
  readonly arguments: unknown;

  constructor(args: unknown) {
    this.arguments = args;
  }

  run<T>(tool: (args: unknown) => T): T {
    return tool(this.arguments);
  }

  refuse(): void {}
  abandon(): void {}

  denial(): Error {
    return deniedError("");
  }
}

interface Details extends Judged {
  readonly host: Host;
  /** Index of the decision record; undefined when it could not be written. */
  readonly decision: number | undefined;
  readonly runs: boolean;
}

export class GuardedPassage implements Passage {
  readonly allowed: boolean;
  readonly #details: Details;
  #message = "";
  #withheld = false;
  #over = false;
  #began = 0;
  #span: Span | undefined;
  #frame: Frame | undefined;
  #time: TimeLimit | undefined;
  readonly #results: ResultFilter;

  constructor(details: Details) {
    this.#details = details;
    this.#results = new ResultFilter(details.pipeline, details.invocation, details.host);
    this.allowed = details.runs;
    if (!details.runs) this.#message = denial(details.verdict.reason);
    details.span?.setAttributes(decisionAttributes(details));
  }

  get arguments(): unknown {
    const { call, verdict, pipeline } = this.#details;
    if (!this.allowed) return redacted(verdict.arguments, pipeline.detection);
    // Who only observes must not change what the application does; not even by a copy.
    return pipeline.policy.source.mode === "observe" ? call.arguments : snapshot(verdict.arguments);
  }

  get message(): string {
    return this.#message;
  }

  get withheld(): boolean {
    return this.#withheld;
  }

  run<T>(tool: (args: unknown) => T): T {
    // One admission is one run.
    if (!this.allowed || this.#over || this.#began) throw deniedError(this.#message || denial("this call was already made"));
    const { call, span, context, pipeline: { policy: { source } } } = this.#details;
    const args = this.arguments;
    if (source.limits.duration !== undefined && source.mode === "enforce") this.#time = new TimeLimit(source.limits.duration);
    const active = activeContext();
    const adopted = adoptable(active, call, currentFrame()?.span, context);
    this.#begin(adopted);
    const inside = adopted || !span ? active : trace.setSpan(active, span);
    const frame: Frame = { tool: call.tool, arguments: args, seams: new Set([call.framework]), span: this.#span, decision: this.#details.decision, over: false };
    this.#frame = frame;
    const enter = <R>(step: () => R): R => runWith(inside, () => runInFrame(frame, step));
    let result: T;
    try {
      result = enter(() => tool(args));
    } catch (thrown) {
      throw this.#failed(thrown);
    }
    if (isAsyncIterator(result)) return this.#stream(result, enter) as T;
    if (isThenable(result)) {
      return (this.#time?.within(result) ?? Promise.resolve(result)).then((value: unknown) => (isAsyncIterator(value) ? this.#stream(value, enter) : this.#finished(value, true)), async (thrown: unknown) => { throw await this.#failedLate(thrown); }) as T;
    }
    return this.#finished(result, this.#details.canWait) as T;
  }

  refuse(): void {
    if (this.#over) return;
    const { call, context } = this.#details;
    this.#begin(adoptable(activeContext(), call, currentFrame()?.span, context));
    if (this.#span) markDenied(this.#span);
    this.#end();
  }

  denial(): Error {
    return deniedError(this.#message);
  }

  abandon(): void {
    if (this.#over || this.#began) return;
    if (!this.allowed) this.refuse();
    else this.#outcome("not_run");
  }

  /** Our span is shown to the application unless it has one of its own for this call. */
  #begin(adopted: Span | undefined): void {
    this.#began = performance.now();
    const { span, host, context } = this.#details;
    this.#span = adopted ?? span;
    if (adopted) {
      adopted.setAttributes(decisionAttributes(this.#details));
      cleanArguments(adopted, this.#details.verdict.arguments, this.#details.pipeline.detection);
    } else if (span) host.mirror.show(span, context);
  }

  #finished(result: unknown, canWait: boolean): unknown {
    let filtered;
    let late;
    try {
      this.#time?.check();
      filtered = this.#results.filter(result);
      late = this.#results.filterLate(filtered, canWait);
    } catch (thrown) {
      throw this.#withhold(thrown);
    }
    if (late) return late.then((value) => (this.#outcome("ok", { result: value }), value), (thrown: unknown) => { throw this.#withhold(thrown); });
    this.#outcome("ok", { result: filtered });
    return filtered;
  }

  /**
   * A generator stays one: each value passes the filters as soon as its text cannot go on to be something in the next
   * one, the tool goes on in its own context.
   */
  async *#stream(source: AsyncIterator<unknown>, enter: <R>(step: () => R) => R): AsyncGenerator<unknown> {
    const { pipeline, invocation } = this.#details;
    const held = pipeline.holdBack(invocation);
    const pass = async ({ value, piece }: Released): Promise<unknown> => {
      try {
        const filtered = this.#results.filter(value, piece);
        // The text of a piece has been looked at to the end.
        const late = piece?.isText ? undefined : this.#results.filterLate(filtered, true);
        return late ? await late : filtered;
      } catch (thrown) {
        throw this.#withhold(thrown);
      }
    };
    let done = false;
    try {
      for (;;) {
        const next = enter(() => source.next());
        let step;
        try {
          step = await (this.#time?.within(next) ?? next);
        } catch (thrown) {
          done = true;
          // What was yielded before comes before the error.
          if (held && !(thrown instanceof TookTooLong)) for (const one of await held.end()) yield await pass(one);
          throw thrown;
        }
        if (step.done) {
          done = true;
          if (held) for (const one of await held.end()) yield await pass(one);
          return await this.#finished(step.value, true);
        }
        if (!held) yield await pass(step);
        else for (const one of await held.push(step.value)) yield await pass(one);
      }
    } catch (thrown) {
      if (this.#withheld) throw thrown;
      done = true;
      // Not waited for: it is late already.
      if (thrown instanceof TookTooLong) void enter(async () => source.return?.()).catch(() => {});
      throw this.#over ? thrown : await this.#failedLate(thrown);
    } finally {
      // The consumer stopped early, or a value was withheld: so does the tool.
      try {
        if (!done) await enter(() => source.return?.());
      } finally {
        this.#outcome("ok");
      }
    }
  }

  #withhold(thrown: unknown): Error {
    this.#withheld = true;
    this.#message = denial(`its result was withheld: ${describeText(messageOf(thrown), this.#details.pipeline.detection)}`);
    if (this.#span) markDenied(this.#span);
    this.#outcome("withheld");
    return deniedError(this.#message);
  }

  /** The same for who can wait: for the filters that take time, too. */
  async #failedLate(thrown: unknown): Promise<unknown> {
    if (!(thrown instanceof Error) || thrown instanceof TookTooLong) return this.#failed(thrown);
    try {
      await this.#results.filterErrorLate(thrown);
    } catch (problem) {
      return this.#withhold(problem);
    }
    return this.#failed(thrown);
  }

  #failed(thrown: unknown): unknown {
    if (thrown instanceof TookTooLong) return this.#withhold(thrown);
    try {
      thrown = this.#results.filterError(thrown);
    } catch (problem) {
      return this.#withhold(problem);
    }
    const { span } = this.#details;
    const error = thrown instanceof Error ? errorName(thrown) : "error";
    span?.setStatus({ code: SpanStatusCode.ERROR, message: error });
    span?.setAttribute(names.ERROR_TYPE, error);
    this.#outcome("error", { error: errorName(thrown) });
    return thrown;
  }

  #outcome(status: OutcomeBody["status"], end: { readonly error?: string; readonly result?: unknown } = {}): void {
    if (this.#over) return;
    const { decision, invocation, host } = this.#details;
    const context = this.#span?.spanContext() ?? this.#details.span?.spanContext();
    const { flags, redacted: taken } = this.#results;
    const ms = this.#began ? performance.now() - this.#began : 0;
    if (status !== "not_run") this.#measure(ms, status === "withheld" ? DENIED : end.error, end.result);
    if (host.decisionLog) host.attempt(() => host.decisionLog?.ended({ ...logged(host, invocation, decision, context), status, ms: Math.round(ms * 1_000) / 1_000, error: end.error }));
    if (decision !== undefined) {
      host.conclude(() => {
        const kept = "result" in end ? this.#seal(end.result) : undefined;
        return {
          value: kept?.value,
          body: {
            ref: decision, trace: context?.traceId ?? "", span: context?.spanId ?? "", tool: clip(invocation.tool), status,
            ms: Math.round(ms * 1_000) / 1_000,
            error: end.error, flags, redacted: taken,
            result: kept?.value.commit, result_bytes: kept?.value.bytes, cut: kept?.cut,
          },
        };
      });
    }
    if (flags) this.#span?.setAttribute(names.FLAGS, [...this.#details.verdict.flags, ...flags]);
    if (taken) this.#span?.setAttribute(names.REDACTIONS, sum(this.#details.verdict.redactions) + sum(taken));
    this.#end();
  }

  #measure(ms: number, error: string | undefined, result: unknown): void {
    const { invocation: { tool, agent, framework }, host } = this.#details;
    const attributes: Attributes = { [names.TOOL_NAME]: tool };
    if (agent !== undefined) attributes[names.AGENT_NAME] = agent;
    if (error !== undefined) attributes[names.ERROR_TYPE] = error;
    host.metrics.record(TOOL_DURATION, ms / 1_000, attributes);
    if (isMcp(framework)) host.metrics.record(...mcpDuration(framework, tool, ms, error, result));
  }

  /** Commits to a result. It is kept only where the policy keeps originals: what is in it was not searched for everything that a record must not hold. */
  #seal(result: unknown): { value: Sealed; cut: number | undefined } {
    const { invocation, host, pipeline } = this.#details;
    const { values } = pipeline.policy.source.audit;
    const { text, cut } = describeValue(result);
    const keep = values === "original" ? "value" : values === "redacted" ? "salt" : "nothing";
    return { value: host.vault().seal(text, { subject: invocation.onBehalfOf ?? invocation.caller, keep }), cut };
  }

  #end(): void {
    this.#over = true;
    if (this.#frame) this.#frame.over = true;
    this.#details.host.attempt(() => this.#details.span?.end());
  }
}

function sum(redactions: Readonly<Record<string, number>> | undefined): number {
  return Object.values(redactions ?? {}).reduce((total, count) => total + count, 0);
}

function decisionAttributes({ verdict, pipeline, decision, host }: Details): Attributes {
  const { source, digest } = pipeline.policy;
  const attributes: Attributes = {
    [names.DECISION]: verdict.effect,
    [names.REASON]: verdict.reason,
    [names.SOURCE]: verdict.source,
    [names.MODE]: source.mode,
    [names.RULE_NAME]: verdict.rule,
    [names.RULESET_NAME]: source.name,
    [names.RULESET_VERSION]: source.version,
    [names.POLICY_DIGEST]: digest,
  };
  if (verdict.flags.length > 0) attributes[names.FLAGS] = [...verdict.flags];
  if (verdict.redactions) attributes[names.REDACTIONS] = sum(verdict.redactions);
  if (decision !== undefined) {
    attributes[names.AUDIT_LOG] = host.log().id;
    attributes[names.AUDIT_INDEX] = String(decision);
  }
  return attributes;
}

/** Marks a span as refused, in the words of the semantic conventions. */
function markDenied(span: Span): void {
  span.setAttribute(names.ERROR_TYPE, DENIED);
  span.setStatus({ code: SpanStatusCode.ERROR, message: "denied by policy" });
}

function denial(reason: string): string {
  return `Tool call denied by policy: ${reason.replace(/\.$/, "")}.`;
}

/** The stack is the message: some frameworks show the model a stack, and ours would name files. */
export function deniedError(message: string): SpangateError {
  const error = new SpangateError("SG_DENIED", {});
  error.message = message;
  // Some frameworks show the model `name: message`; the message says it all.
  error.name = "";
  error.stack = message;
  return error;
}

/** Not only promises: what an application awaits is whatever has a `then`. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

function isAsyncIterator(value: unknown): value is AsyncIterator<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && typeof (value as { next?: unknown }).next === "function";
}
