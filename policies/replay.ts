import { invocationOfCase } from "./case.ts";
import type { CompiledPolicy } from "./compile.ts";
import type { Effect } from "./schema/rule.ts";
import type { CaseCall } from "./schema/world.ts";

/** Why the arguments are not those of the call: cut, redacted, erased since, or never kept. */
export type Lossy = "cut" | "redacted" | "erased" | "unknown";

/** A call as it was made once. */
export interface RecordedCall {
  readonly call: CaseCall;
  /** What was decided then; undefined where nobody decided. */
  readonly before?: { readonly effect: Effect; readonly rule: string } | undefined;
  /** Why its arguments are not those of the call: `cut` in the record, or `redacted`. */
  readonly lossy?: Lossy | undefined;
  /** Where it was found. */
  readonly place: string;
}

export type Change = "newly_blocked" | "newly_allowed" | "changed" | "same" | "new";

export interface ReplayedCall {
  readonly place: string;
  readonly tool: string;
  readonly before: { readonly effect: Effect; readonly rule: string } | undefined;
  readonly after: { readonly effect: Effect; readonly rule: string; readonly reason: string };
  /** What the shadow rules would decide, where that is something else. */
  readonly shadow: { readonly effect: Effect; readonly rule: string } | undefined;
  readonly change: Change;
  readonly lossy: Lossy | undefined;
}

export interface Replay {
  readonly calls: readonly ReplayedCall[];
  readonly totals: Readonly<Record<Change, number>> & { readonly calls: number; readonly lossy: number };
  /** Rules of the policy's own file that matched none of the calls. */
  readonly unusedRules: readonly string[];
}

/** Decides recorded calls by a policy and tells what becomes of them now. Limits are not counted: they depend on time. */
export function replay(policy: CompiledPolicy, calls: Iterable<RecordedCall>): Replay {
  const used = new Set<string>();
  const replayed: ReplayedCall[] = [];
  for (const { call, before, lossy, place } of calls) {
    const view = policy.world.view(invocationOfCase(call));
    const { ruling, shadow } = policy.decider.decideView(view, (rule) => {
      const said = rule.judge(view);
      if (said) used.add(rule.id);
      return said;
    });
    const after = { effect: ruling.effect, rule: ruling.rule, reason: ruling.reason };
    replayed.push({ place, tool: call.tool, before, after, shadow: shadow && { effect: shadow.effect, rule: shadow.rule }, change: changeOf(before, after), lossy });
  }
  const count = (change: Change): number => replayed.filter((call) => call.change === change).length;
  return {
    calls: replayed,
    totals: {
      calls: replayed.length, newly_blocked: count("newly_blocked"), newly_allowed: count("newly_allowed"), changed: count("changed"), same: count("same"), new: count("new"),
      lossy: replayed.filter(({ lossy }) => lossy !== undefined).length,
    },
    unusedRules: policy.rules.filter(({ id, layer }) => layer === policy.sources.length - 1 && !used.has(id)).map(({ id }) => id),
  };
}

/** The same calls decided by another policy, for comparing two. */
export function decidedBy(policy: CompiledPolicy, calls: Iterable<RecordedCall>): RecordedCall[] {
  return Array.from(calls, (recorded) => {
    const { effect, rule } = policy.decide(invocationOfCase(recorded.call)).ruling;
    return { ...recorded, before: { effect, rule } };
  });
}

function changeOf(before: ReplayedCall["before"], after: ReplayedCall["after"]): Change {
  if (!before) return "new";
  const [ran, runs] = [runsWith(before.effect), runsWith(after.effect)];
  if (ran !== runs) return runs ? "newly_allowed" : "newly_blocked";
  return before.effect === after.effect ? "same" : "changed";
}

function runsWith(effect: Effect): boolean {
  return effect === "allow" || effect === "modify";
}
