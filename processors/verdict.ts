import type { Invocation, Mode } from "../policies/index.ts";
import { STRENGTH } from "../policies/ruling.ts";
import type { Effect } from "../policies/schema/rule.ts";

export type { Effect };

/** What one processor says of an invocation. */
export interface Opinion {
  readonly effect: Effect;
  /** Id of the rule that spoke. */
  readonly rule: string;
  /** Short and fit for the model's eyes: it becomes part of the denial. */
  readonly reason?: string;
  /** `observe`: a shadow, recorded and not counted. Default `enforce`. */
  readonly mode?: Mode;
  /** With `modify`: the arguments to run with instead. */
  readonly arguments?: unknown;
  /** With `modify`: detector → values taken out. */
  readonly redactions?: Readonly<Record<string, number>>;
  /** Name of the processor; filled in by the pipeline. */
  readonly source?: string;
}

/** The combined opinions. */
export interface Verdict {
  readonly effect: Effect;
  readonly rule: string;
  readonly reason: string;
  readonly source: string;
  /** What the call runs with, if it runs. */
  readonly arguments: unknown;
  /** The strongest opinion that was only observed, where its effect is another. */
  readonly shadow: Opinion | undefined;
  /** Detector → values taken out of the arguments. */
  readonly redactions: Readonly<Record<string, number>> | undefined;
  /** What was noticed and does not decide. */
  readonly flags: readonly string[];
}

/** The opinions collected for one invocation while its span starts. */
export interface Ballot {
  readonly opinions: Opinion[];
  readonly waiting: { readonly source: string; readonly opinion: Promise<Opinion | undefined> }[];
  /** What was noticed and does not decide: `<what>:<which>`. Stands in span and record. */
  readonly flags: string[];
  /** The arguments as the tool was called with them. */
  readonly called: unknown;
  /** The arguments as the last `modify` left them. */
  arguments: unknown;
}

/** Opinions never leave this file but through {@link take}: attributes are evidence, never input. */
const ballots = new WeakMap<Invocation, Ballot>();

export function ballotOf(invocation: Invocation): Ballot {
  let ballot = ballots.get(invocation);
  if (!ballot) ballots.set(invocation, (ballot = { opinions: [], waiting: [], flags: [], called: invocation.arguments, arguments: invocation.arguments }));
  return ballot;
}

/** The arguments as they stand now: a later processor sees what an earlier one changed. */
export function currentArguments(invocation: Invocation): unknown {
  return ballotOf(invocation).arguments;
}

/** Whether somebody has already said a no that counts. */
export function isDenied(invocation: Invocation): boolean {
  return isRefused(ballotOf(invocation));
}

/** The same of a ballot, which may be closed by then. */
export function isRefused({ opinions }: Ballot): boolean {
  return opinions.some((opinion) => opinion.effect === "deny" && opinion.mode !== "observe");
}

/** Closes the ballot: an opinion that comes after this is heard by nobody. */
export function take(invocation: Invocation): Ballot {
  const ballot = ballotOf(invocation);
  ballots.delete(invocation);
  return ballot;
}

/** Adds an opinion. A malformed one is a denial: nobody may allow a call by mistake. */
export function cast(ballot: Ballot, source: string, opinion: Opinion | undefined): void {
  if (opinion === undefined) return;
  if (typeof opinion !== "object" || opinion === null || !Object.hasOwn(STRENGTH, opinion.effect)) {
    ballot.opinions.push(failure(source, "gave no valid opinion"));
    return;
  }
  if (opinion.effect === "modify" && opinion.mode !== "observe") ballot.arguments = opinion.arguments;
  ballot.opinions.push(Object.freeze({ ...opinion, source }));
}

/** The denial for a processor that failed. */
export function failure(source: string, problem: string): Opinion {
  return { effect: "deny", rule: "fail-closed", reason: `${source} ${problem}`, source: "fail_closed" };
}

/**
 * Deny over defer over approve over modify over allow. Silence is a denial: somebody must have said allow.
 * Of equally strong opinions the first one names the rule. Shadows never count. In mode `observe` the verdict is
 * what enforcing would have decided, and the call runs as it was made.
 */
export function combine(ballot: Ballot, mode: Mode): Verdict {
  let strongest: Opinion | undefined;
  let shadow: Opinion | undefined;
  let granted = false;
  for (const opinion of ballot.opinions) {
    if (opinion.mode === "observe") {
      if (!shadow || STRENGTH[opinion.effect] > STRENGTH[shadow.effect]) shadow = opinion;
      continue;
    }
    granted ||= opinion.effect === "allow";
    if (!strongest || STRENGTH[opinion.effect] > STRENGTH[strongest.effect]) strongest = opinion;
  }
  if (!strongest || (!granted && STRENGTH[strongest.effect] < STRENGTH.approve)) {
    strongest = failure("nobody", "allowed this call");
  }
  return Object.freeze({
    effect: strongest.effect,
    rule: strongest.rule,
    reason: strongest.reason ?? strongest.rule,
    source: strongest.source ?? "unknown",
    arguments: mode === "observe" ? ballot.called : ballot.arguments,
    redactions: ballot.opinions.findLast((opinion) => opinion.redactions)?.redactions,
    flags: ballot.flags,
    shadow: shadow && shadow.effect !== strongest.effect ? shadow : undefined,
  });
}

/** Only these run; `approve` and `defer` are answers to wait for, and no one has given them. */
export function permits({ effect }: { readonly effect: Effect }): boolean {
  return effect === "allow" || effect === "modify";
}
