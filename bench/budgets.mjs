// What the figures are held against. Printed, never asserted: machines differ and neighbours make noise.

/** Most microseconds that the guard may add to a call with an appended log, at the median. */
const GUARD_US = 25;
/** Most milliseconds and megabytes that the preload may add to a process. */
const STARTUP_MS = 60;
const STARTUP_MB = 12;

/** @returns {{ id: string, what: string, value: number, limit: number, unit: string, met: boolean }[]} */
export function budgets({ calls, startup }) {
  const p50 = (group, id) => calls.find((row) => row.group === group && row.id === id).p50 / 1_000;
  const start = (id) => startup.find((row) => row.id === id);
  const budget = (id, what, value, limit, unit) => ({ id, what, value, limit, unit, met: value <= limit });
  const versus = (peer) => [
    ["line", "os", "one appended line"], ["line-sync", "disk", "one line + fdatasync"],
    ["evidence", "os", "decision and outcome appended"], ["evidence-sync", "disk", "decision + fdatasync, and outcome"],
  ].map(([theirs, ours, how]) => budget(`${peer}-${theirs}`, `p50, durability ${ours}, ahead of ${peer} with ${how}`, p50("spangate", ours), p50(peer, theirs), "µs"));
  return [
    budget("guard", "p50 over a bare call, durability os", p50("spangate", "os") - p50("floor", "bare"), GUARD_US, "µs"),
    ...["preload", "policy"].flatMap((id) => [
      budget(`startup-${id}-ms`, `start-up over bare node, ${id === "policy" ? "with" : "without"} a policy`, start(id).overBareMs, STARTUP_MS, "ms"),
      budget(`startup-${id}-mb`, `resident size over bare node, ${id === "policy" ? "with" : "without"} a policy`, start(id).overBareMb, STARTUP_MB, "MB"),
    ]),
    ...versus("policy-opa"), ...versus("agent-governance"),
  ];
}
