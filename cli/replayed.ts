import type { Change, Replay, ReplayedCall } from "../policies/replay.ts";
import { effect, plural, short, style, table } from "./output.ts";

const TITLES: Readonly<Record<Change, string>> = { newly_blocked: "newly blocked", newly_allowed: "newly allowed", changed: "changed otherwise", same: "the same", new: "decided" };
/** Most calls that are listed where nobody asks for all. */
const LISTED = 20;

/** A replay for people: what changes, in total and call by call. */
export function replayText({ calls, totals, unusedRules }: Replay, all: boolean): string {
  const changed = calls.filter(({ change, shadow }) => change !== "same" || shadow !== undefined);
  const listed = all ? calls : changed.slice(0, LISTED);
  // Where there is one log, the index alone says which record; `spangate explain --record` takes it so too.
  const log = new Set(calls.map(({ place }) => /^([0-9a-f]{32}):\d+$/.exec(place)?.[1]));
  const at = (place: string): string => (log.size === 1 && !log.has(undefined) ? place.replace(/^.*:/, "#") : place);
  const kinds = (Object.keys(TITLES) as Change[]).filter((kind) => totals[kind] > 0);
  return [
    ...(listed.length ? [table(listed.map((call) => row(call, at(call.place)))), ...(changed.length > listed.length ? [`  … and ${plural(changed.length - listed.length, "more call")}; --all lists them`] : []), ""] : []),
    `${plural(totals.calls, "call")}: ${kinds.map((kind) => `${totals[kind].toLocaleString("en")} ${TITLES[kind]}`).join(", ")}`,
    ...(totals.lossy ? [style("yellow", `${plural(totals.lossy, "call")} had arguments that the log keeps cut or redacted; what is decided on them may differ`)] : []),
    ...(unusedRules.length ? [`rules that matched nothing: ${unusedRules.join(", ")}`] : []),
  ].join("\n");
}

function row({ tool, before, after, shadow, change, lossy }: ReplayedCall, place: string): string[] {
  const marks = { newly_blocked: style("red", "-"), newly_allowed: style("green", "+"), changed: style("yellow", "~"), same: " ", new: " " };
  const from = before ? `${effect(before.effect)} → ${effect(after.effect)}` : effect(after.effect);
  return [marks[change], short(tool, 24), from, short(after.rule, 24), `${place}${lossy ? ` (${lossy})` : ""}${shadow ? style("yellow", ` shadow ${shadow.effect}:${shadow.rule}`) : ""}`];
}
