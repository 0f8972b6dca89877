import type { Counts, Module, Reading } from "./reading.ts";

/** An endpoint that was asked. */
export interface Endpoint {
  readonly url: string;
  /** Why it did not answer. */
  readonly problem?: string | undefined;
  readonly now?: Reading | undefined;
  /** The answer before. */
  readonly before?: Reading | undefined;
}

/** A counter: in all since the start of the processes, and per second since the frame before. */
export interface Figure {
  readonly total: number;
  readonly rate: number;
}

/** What one frame shows, of all endpoints together. Rates are per second. */
export interface Figures {
  readonly endpoints: readonly { readonly url: string; readonly problem?: string | undefined }[];
  readonly calls: Figure;
  readonly denied: Figure;
  readonly wouldDeny: Figure;
  readonly redactions: Figure;
  readonly decisions: Readonly<Record<string, Figure>>;
  /** Seconds that the gate added; of the calls since the frame before, or since the start where there were none. */
  readonly overhead: { readonly p50: number | undefined; readonly p99: number | undefined; readonly since: "frame" | "start" };
  /** Whom calls wait for: the longest wait first, in seconds. */
  readonly waiting: readonly { readonly source: string; readonly calls: number; readonly longest: number }[];
  /** Rates and budgets, the fullest first: 1 is used up. */
  readonly limits: readonly { readonly limit: string; readonly usage: number }[];
  /** Processes that the store of shared limits does not answer. */
  readonly withoutStore: number;
  readonly enforcing: { readonly yes: number; readonly of: number };
  readonly audit: { readonly lag: number | undefined; readonly lost: Figure };
  readonly coverage: { readonly gated: number; readonly ungated: readonly (Module & { readonly processes: number })[] };
  /** Busiest first. */
  readonly tools: readonly { readonly tool: string; readonly calls: Figure; readonly denied: Figure }[];
  readonly rules: readonly { readonly rule: string; readonly violations: Figure }[];
}

export function figures(endpoints: readonly Endpoint[]): Figures {
  const live = endpoints.filter((endpoint): endpoint is Endpoint & { readonly now: Reading } => endpoint.now !== undefined);
  const figure = (of: (reading: Reading) => number): Figure => add(live.map(({ now, before }) => difference(of(now), before && of(before), now, before)));
  const counted = (of: (reading: Reading) => Counts): [key: string, figure: Figure][] =>
    [...new Set(live.flatMap(({ now }) => [...of(now).keys()]))].map((key) => [key, figure((reading) => of(reading).get(key) ?? 0)]);
  const highest = (of: (reading: Reading) => Counts): [key: string, value: number][] =>
    [...new Set(live.flatMap(({ now }) => [...of(now).keys()]))].map((key): [string, number] => [key, Math.max(...live.map(({ now }) => of(now).get(key) ?? 0))]).sort(([, a], [, b]) => b - a);
  const denied = new Map(counted(({ deniedTools }) => deniedTools));
  const modules = live.flatMap(({ now }) => now.modules);
  const ungated = Map.groupBy(modules.filter(({ gated }) => !gated), ({ name, version, reason }) => `${name}\0${version}\0${reason}`);
  const lags = live.flatMap(({ now: { lag } }) => lag ?? []);
  return {
    endpoints: endpoints.map(({ url, problem }) => ({ url, problem })),
    calls: figure(({ calls }) => calls), denied: figure((reading) => reading.denied), wouldDeny: figure(({ wouldDeny }) => wouldDeny), redactions: figure(({ redactions }) => redactions),
    decisions: Object.fromEntries(counted(({ decisions }) => decisions)),
    overhead: overhead(live),
    waiting: highest(({ longestWait }) => longestWait).map(([source, longest]) => ({ source, calls: live.reduce((sum, { now }) => sum + (now.waiting.get(source) ?? 0), 0), longest })).filter(({ calls }) => calls > 0),
    limits: highest(({ limits }) => limits).map(([limit, usage]) => ({ limit, usage })),
    withoutStore: live.filter(({ now }) => now.storeDegraded).length,
    enforcing: { yes: live.filter(({ now }) => now.enforcing).length, of: live.filter(({ now }) => now.enforcing !== undefined).length },
    audit: { lag: lags.length > 0 ? lags.reduce((a, b) => a + b) : undefined, lost: figure(({ lost }) => lost) },
    coverage: { gated: modules.filter(({ gated }) => gated).length, ungated: [...ungated.values()].map((some) => ({ ...(some[0] as Module), processes: some.length })) },
    tools: counted(({ tools }) => tools).map(([tool, calls]) => ({ tool, calls, denied: denied.get(tool) ?? NONE })).sort((a, b) => busier(a.calls, b.calls)),
    rules: counted(({ rules }) => rules).map(([rule, violations]) => ({ rule, violations })).sort((a, b) => busier(a.violations, b.violations)),
  };
}

const NONE: Figure = { total: 0, rate: 0 };

function difference(now: number, before: number | undefined, later: Reading, earlier: Reading | undefined): Figure {
  if (before === undefined || !earlier || later.at <= earlier.at) return { total: now, rate: 0 };
  // A process that was started again counts from zero.
  return { total: now, rate: (now < before ? now : now - before) / ((later.at - earlier.at) / 1_000) };
}

function add(all: readonly Figure[]): Figure {
  return all.reduce((sum, { total, rate }) => ({ total: sum.total + total, rate: sum.rate + rate }), NONE);
}

function busier(a: Figure, b: Figure): number {
  return b.rate - a.rate || b.total - a.total;
}

function overhead(live: readonly { readonly now: Reading; readonly before?: Reading | undefined }[]): Figures["overhead"] {
  const recent = merge(live.map(({ now, before }) => new Map([...now.overhead].map(([bound, count]) => {
    const known = before?.overhead.get(bound) ?? 0;
    return [bound, before === undefined ? 0 : count < known ? count : count - known];
  }))));
  const since = (recent.get(Infinity) ?? 0) > 0 ? "frame" : "start";
  const buckets = since === "frame" ? recent : merge(live.map(({ now }) => now.overhead));
  return { p50: quantile(buckets, 0.5), p99: quantile(buckets, 0.99), since };
}

function merge(all: readonly ReadonlyMap<number, number>[]): Map<number, number> {
  const merged = new Map<number, number>();
  for (const buckets of all) for (const [bound, count] of buckets) merged.set(bound, (merged.get(bound) ?? 0) + count);
  return new Map([...merged].sort(([a], [b]) => a - b));
}

/**
 * As Prometheus' histogram_quantile has it: linear inside of a bucket, the first of which begins at 0; what lies above
 * the last finite bound is that bound.
 *
 * @param buckets cumulative counts by rising upper bound
 * @returns undefined where nothing was counted
 */
export function quantile(buckets: ReadonlyMap<number, number>, share: number): number | undefined {
  const all = buckets.get(Infinity) ?? 0;
  if (all <= 0) return undefined;
  let [lower, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= share * all) return bound === Infinity ? lower : lower + (bound - lower) * ((share * all - below) / (count - below));
    [lower, below] = [bound, count];
  }
  return lower;
}
