/**
 * The board on the processes under spangate: what is in force where, since when, and what runs past it. Generated
 * into generated/fleet.json.
 *
 * @module
 */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { CALLS, COVERAGE, ENFORCING, OVERHEAD, POLICY_INFO, POLICY_RELOADS, POLICY_STALE, prometheusLabel } from "../exporters/instruments.ts";
import { AUDIT_MODE, DECISION, GATED, MODE, MODULE, MODULE_VERSION, POLICY_DIGEST, RELOAD_OUTCOME, RULESET_NAME, RULESET_VERSION, UNGATED_REASON } from "../names.ts";
import { bars, board, lines, stat, table } from "./panels.ts";
import { is, isAnyOf } from "./promql.ts";
import { distinct, inRange, legend, now, orZero, percentile, perSecond, policyAges, processes, top } from "./selected.ts";
import { THRESHOLDS } from "./thresholds.ts";
import { span, spansOfLine, spansOfRow } from "./traces.ts";

const PROCESS = ["job", "instance"];
const UNGATED = is(GATED, "false");
const ANY_CALL = `${span(DECISION)} != nil`;
const HASH = "hash";

export function fleet(): Dashboard {
  return board({
    uid: "spangate-fleet",
    title: "spangate: fleet and policy",
    description: "The processes under spangate: which policy is in force where and since when, and what can run tools past the gate.",
    presence: ENFORCING,
    rows: {
      "Right now": [
        stat({
          title: "Processes", unit: "short", width: 4, traces: ANY_CALL, noData: "No process",
          description: "Processes that report, one for each that loaded something that can run tools.",
          expression: processes(),
        }),
        stat({
          title: "Only observing", unit: "short", width: 4, traces: ANY_CALL, noData: "No process", red: { above: 1 }, instant: true,
          description: "Processes whose policy is not enforced: every call runs there.",
          expression: orZero(processes("== 0")),
        }),
        stat({
          title: "Policies in force", unit: "short", width: 4, traces: ANY_CALL, noData: "No process", instant: true,
          description: "How many different policies are in force, by hash: one while a fleet has one policy, two while a new one is rolled out.",
          expression: distinct(POLICY_INFO, POLICY_DIGEST),
        }),
        stat({
          title: "Stale", unit: "short", width: 4, traces: ANY_CALL, noData: "No process", red: { above: 1 }, instant: true,
          description: "Processes whose policy file says something that could not be put in force: an older policy decides there.",
          expression: now(POLICY_STALE),
        }),
        stat({
          title: "Ungated places", unit: "short", width: 4, traces: ANY_CALL, noData: "No process", red: { above: 1 }, instant: true,
          description: "Loaded modules that can run tools and are not, or not provably, gated.",
          expression: orZero(now(COVERAGE, { where: UNGATED })),
        }),
        stat({
          title: "Reloads rejected", unit: "short", width: 4, traces: ANY_CALL, noData: "No process", red: { above: 1 }, instant: true,
          description: "Attempts of the time range shown to put a changed policy in force that failed: it is wrong, or not signed as it must be.",
          expression: orZero(inRange(POLICY_RELOADS, { where: isAnyOf(RELOAD_OUTCOME, "rejected", "untrusted") })),
        }),
      ],
      Policy: [
        table({
          title: "Policy by process", unit: "s", width: 16, traces: spansOfRow(POLICY_DIGEST, HASH), noData: "No process",
          description: "The policy in force in each process, and for how long. Two hashes under one name: the fleet does not agree.",
          value: "in force for",
          columns: {
            job: "job", instance: "instance", [prometheusLabel(RULESET_NAME)]: "policy", [prometheusLabel(RULESET_VERSION)]: "version", [prometheusLabel(MODE)]: "mode",
            [prometheusLabel(AUDIT_MODE)]: "audit mode", [prometheusLabel(POLICY_DIGEST)]: HASH,
          },
          expression: policyAges("job", "instance", RULESET_NAME, RULESET_VERSION, MODE, AUDIT_MODE, POLICY_DIGEST),
        }),
        bars({
          title: "Processes by policy", unit: "short", width: 8, traces: spansOfLine(POLICY_DIGEST), noData: "No process",
          description: "In how many processes each policy is in force.",
          queries: { [legend(RULESET_NAME, RULESET_VERSION, POLICY_DIGEST)]: now(POLICY_INFO, { by: [RULESET_NAME, RULESET_VERSION, POLICY_DIGEST] }) },
        }),
        lines({
          title: "Processes by mode", unit: "short", width: 8, traces: spansOfLine(MODE), noData: "No process", stacked: true,
          description: "How many processes enforce their policy, and how many only observe.",
          queries: { [legend(MODE)]: now(POLICY_INFO, { by: [MODE] }) },
        }),
        lines({
          title: "Processes with a stale policy", unit: "short", width: 8, traces: ANY_CALL, noData: "No process",
          description: "Processes whose policy file says something that could not be put in force, by job.",
          queries: { [legend("job")]: now(POLICY_STALE, { by: ["job"] }) },
        }),
        bars({
          title: "Reloads by process", unit: "short", width: 8, traces: ANY_CALL, noData: "No policy changed in this range",
          description: "Attempts of the time range shown to put a changed policy in force, and what became of them.",
          queries: { [legend(...PROCESS, RELOAD_OUTCOME)]: top(20, inRange(POLICY_RELOADS, { by: [...PROCESS, RELOAD_OUTCOME] })) },
        }),
      ],
      Coverage: [
        bars({
          title: "Gated modules", unit: "short", width: 12, traces: ANY_CALL, noData: "No module that can run tools was loaded",
          description: "Modules that can run tools and are gated: in how many places they are loaded.",
          queries: { [legend(MODULE, MODULE_VERSION)]: now(COVERAGE, { where: is(GATED, "true"), by: [MODULE, MODULE_VERSION] }) },
        }),
        bars({
          title: "Modules past the gate", unit: "short", width: 12, traces: ANY_CALL, noData: "Every known module is gated",
          description: "Modules that are not, or not provably, gated: where, and why.",
          queries: { [legend(...PROCESS, MODULE, MODULE_VERSION, UNGATED_REASON)]: now(COVERAGE, { where: UNGATED, by: [...PROCESS, MODULE, MODULE_VERSION, UNGATED_REASON] }) },
        }),
      ],
      "By process": [
        lines({
          title: "Calls by process", unit: "ops", width: 8, traces: ANY_CALL, noData: "No calls in this range",
          description: "Tool calls per second that reached the gate.",
          queries: { [legend(...PROCESS)]: perSecond(CALLS, { by: PROCESS }) },
        }),
        lines({
          title: "Denied calls by process", unit: "ops", width: 8, traces: `${span(DECISION)} = "deny"`, noData: "No denied calls in this range",
          description: "Tool calls per second whose verdict is deny. One process far above the others has another policy, or another kind of work.",
          queries: { [legend(...PROCESS)]: perSecond(CALLS, { where: is(DECISION, "deny"), by: PROCESS }) },
        }),
        lines({
          title: "Added latency by process, p99", unit: "s", width: 8, traces: ANY_CALL, noData: "No calls in this range",
          description: `What the gate added to all but the slowest 1 % of calls. An alert fires above ${THRESHOLDS.overhead * 1_000} ms.`,
          queries: { [legend(...PROCESS)]: percentile(0.99, OVERHEAD, ...PROCESS) },
        }),
      ],
    },
  });
}
