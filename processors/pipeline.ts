import { isDeepStrictEqual } from "node:util";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import type { CompiledPolicy, Invocation, Processing } from "../policies/index.ts";
import { compileProcessing } from "../policies/processing.ts";
import { CompletenessProcessor } from "./completeness.ts";
import { ContentProcessor } from "./content.ts";
import { Detection } from "./detection/detection.ts";
import type { Piece } from "./detection/piece.ts";
import { ContainedProcessor, DelegatingProcessor } from "./foreign.ts";
import { FilesProcessor } from "./files.ts";
import { GateProcessor, type Filtered } from "./gate-processor.ts";
import { type LimitOptions, LimitProcessor } from "./limits/processor.ts";
import { NerProcessor } from "./ner.ts";
import { NetworkProcessor } from "./network.ts";
import { InjectionProcessor } from "./injection/processor.ts";
import { PolicyProcessor } from "./policy.ts";
import { RedactionProcessor } from "./redaction/processor.ts";
import { SecretsProcessor } from "./secrets.ts";
import { SizeLimitProcessor } from "./size-limit.ts";
import { createHoldBack, type HoldBack } from "./stream/hold-back.ts";
import { cast, combine, failure, isDenied, take, type Verdict } from "./verdict.ts";
import { Waiting } from "./waiting.ts";

/** What decides, in order. A new decision is one file in this folder and one line here. */
function decide(policy: CompiledPolicy, detection: Detection, limits: LimitOptions, previous: readonly SpanProcessor[]): GateProcessor[] {
  return [
    new PolicyProcessor(policy), new SizeLimitProcessor(policy), new LimitProcessor(policy, limits, previous.find((processor) => processor instanceof LimitProcessor)),
    new ContentProcessor(policy), new FilesProcessor(policy), new NetworkProcessor(policy), new CompletenessProcessor(policy, detection), new SecretsProcessor(policy, detection), new InjectionProcessor(policy, detection), new RedactionProcessor(policy, detection),
    new NerProcessor(policy, detection, previous.find((processor) => processor instanceof NerProcessor)),
  ];
}

/** Whether anything is looked for in what tools return. */
function looksAtResults({ mode, redact, secrets }: CompiledPolicy["source"]): boolean {
  if (mode === "observe") return false;
  const redacts = redact !== undefined && [redact, ...redact.overrides].some((way) => way.in.includes("results"));
  return redacts || (secrets !== undefined && secrets.action !== "off" && secrets.in.includes("results"));
}

/** A processor of the user's own. What has a `judge` or a `filter` decides, whichever copy of our class it extends. */
function contain(processor: SpanProcessor, report: (problem: string) => void): SpanProcessor {
  if (processor instanceof GateProcessor) return processor;
  if ("judge" in processor || "filter" in processor) return new DelegatingProcessor(processor as GateProcessor);
  return new ContainedProcessor(processor, report);
}

export interface PipelineOptions {
  /** Processors of the user's own: a {@link GateProcessor} decides with the others, any other span processor sees the tool spans. */
  readonly extra?: readonly SpanProcessor[] | undefined;
  /** Where a processor that throws is told of. */
  readonly report?: ((problem: string) => void) | undefined;
  /** Where rates and budgets are counted. */
  readonly limits?: LimitOptions | undefined;
  /** Told how long a call waited for the opinion of this processor. */
  readonly waited?: ((source: string, milliseconds: number) => void) | undefined;
}

/** The processors of one policy. Immutable: a new policy is a new pipeline, so no call is judged by half of one. */
export class Pipeline {
  readonly policy: CompiledPolicy;
  /** What is looked for in values, for decisions and for records alike. */
  readonly detection: Detection;
  /** In the order in which OpenTelemetry calls them; each one contained. */
  readonly processors: readonly SpanProcessor[];
  /** How full rates and budgets are. */
  readonly limits: Pick<LimitProcessor, "usage">;
  /** The processing activity that a tool's calls belong to. */
  readonly processingOf: (tool: string) => Processing | undefined;
  /** The calls that wait for an opinion; the same for every policy that follows. */
  readonly waiting: Waiting;
  readonly #filters: readonly GateProcessor[];
  /** Those that have to be waited for. */
  readonly #late: readonly GateProcessor[];
  readonly #names: NerProcessor;
  readonly #options: PipelineOptions;

  /** @param previous the pipeline that this one replaces */
  constructor(policy: CompiledPolicy, options: PipelineOptions = {}, previous?: Pipeline) {
    const { extra = [], report = () => {}, limits = {}, waited = () => {} } = options;
    this.policy = policy;
    this.#options = options;
    this.waiting = previous?.waiting ?? new Waiting(waited);
    // A scanner takes a tenth of a second to make; one that looks for the same is kept.
    const kept = previous?.detection;
    this.detection = kept && isDeepStrictEqual(kept.section, policy.source.detection) ? kept : new Detection(policy.source.detection);
    const all = [...decide(policy, this.detection, limits, previous?.processors ?? []), ...extra.map((processor) => contain(processor, report))];
    this.processors = all;
    this.processingOf = compileProcessing(policy.source.audit.processing);
    const deciding = all.filter((processor) => processor instanceof GateProcessor);
    this.#filters = deciding.filter(({ filter }) => filter !== undefined);
    this.#late = deciding.filter(({ filterLate }) => filterLate !== undefined);
    this.limits = all.find((processor) => processor instanceof LimitProcessor) as LimitProcessor;
    this.#names = all.find((processor) => processor instanceof NerProcessor) as NerProcessor;
  }

  /** A pipeline for another policy: the user's own processors stay, and so does what limits have counted. */
  replace(policy: CompiledPolicy, extra: PipelineOptions["extra"] = this.#options.extra): Pipeline {
    return new Pipeline(policy, { ...this.#options, extra }, this);
  }

  /**
   * Closes the ballot of an invocation whose span has started. A promise only when an opinion has to be waited
   * for; for who cannot wait, that is a denial.
   */
  verdict(invocation: Invocation, canWait = true): Verdict | Promise<Verdict> {
    const denied = isDenied(invocation);
    const ballot = take(invocation);
    const { mode } = this.policy.source;
    // A denial stands whatever the others will say.
    if (ballot.waiting.length === 0 || denied) return combine(ballot, mode);
    if (!canWait) {
      cast(ballot, "fail_closed", failure("this tool", "is synchronous, and an opinion would have to be waited for"));
      return combine(ballot, mode);
    }
    const deadline = this.policy.source.limits.deadline;
    const { promise: late, resolve } = Promise.withResolvers<"late">();
    const timer = setTimeout(resolve, deadline, "late");
    const ends = ballot.waiting.map(({ source, opinion }) => {
      const end = this.waiting.begin(source);
      void opinion.then(end);
      return end;
    });
    return Promise.race([Promise.all(ballot.waiting.map(({ opinion }) => opinion)), late]).then((opinions) => {
      clearTimeout(timer);
      for (const end of ends) end();
      if (opinions === "late") cast(ballot, "fail_closed", failure("a processor", `gave no opinion within ${deadline / 1000} s`));
      else for (const opinion of opinions) cast(ballot, opinion?.source ?? "unknown", opinion);
      return combine(ballot, mode);
    });
  }

  /** Keeps back what a stream yields until its text can be judged; undefined where nothing is looked for in results. */
  holdBack(invocation: Invocation): HoldBack | undefined {
    return looksAtResults(this.policy.source) ? createHoldBack(this.detection, invocation.framework, this.#names.lookFor(invocation.tool)) : undefined;
  }

  /**
   * Takes a result through every filter, in order. Throws when a filter does: the result is then withheld.
   *
   * @param piece where the result is one value of a stream, and its text part of a longer one
   */
  filter(invocation: Invocation, result: unknown, piece?: Piece): Filtered {
    if (piece) return this.detection.within(piece, () => this.filter(invocation, result));
    let all: Filtered = { value: result };
    for (const processor of this.#filters) all = after(all, processor.filter?.(invocation, all.value));
    return all;
  }

  /** Takes a filtered result through those filters that have to be waited for; undefined where nothing has. Rejects when a filter does. */
  filterLate(invocation: Invocation, result: unknown): Promise<Filtered> | undefined {
    let all: Promise<Filtered> | undefined;
    for (const processor of this.#late) {
      if (all) all = all.then(async (before) => after(before, await processor.filterLate?.(invocation, before.value)));
      else all = processor.filterLate?.(invocation, result)?.then((filtered) => after({ value: result }, filtered));
    }
    return all;
  }
}

/** What two filters one after the other have made of a result. */
function after(before: Filtered, filtered: Filtered | undefined): Filtered {
  if (!filtered) return before;
  const redactions: Record<string, number> = { ...before.redactions };
  for (const [detector, count] of Object.entries(filtered.redactions ?? {})) redactions[detector] = (redactions[detector] ?? 0) + count;
  return { value: filtered.value, redactions, flags: [...(before.flags ?? []), ...(filtered.flags ?? [])] };
}
