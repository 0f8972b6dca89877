import { VERSION } from "../../../names.ts";
import type { Processing } from "../../../policies/index.ts";
import type { Report } from "../verify/report.ts";
import type { Facts } from "./facts.ts";
import { type Format, MAPPINGS, narrative } from "./mappings.ts";
import type { Period } from "./period.ts";
import { PROMISES, SCOPE } from "./statement.ts";

/** A compliance export as JSON; the page is made from it. */
export interface Compliance {
  readonly spangate: string;
  readonly format: Format;
  readonly title: string;
  readonly source: string;
  readonly notes: readonly string[];
  readonly organisation: string | undefined;
  readonly period: string | undefined;
  /** ISO 8601. */
  readonly made: string;
  readonly scope: string;
  readonly narrative: readonly string[];
  readonly mapping: readonly { readonly provision: string; readonly asks: string; readonly records: string }[];
  readonly verification: {
    readonly at: string;
    readonly outcome: string;
    readonly keys: string;
    readonly logs: readonly { readonly origin: string; readonly records: number; readonly proven: number; readonly pruned: number; readonly other: number; readonly states: readonly string[]; readonly checkpoint: string | undefined }[];
    readonly problems: readonly string[];
  };
  /** Processing activities of the policy, with their calls in the period; undefined without a policy. */
  readonly processing: readonly (Processing & { readonly calls: number })[] | undefined;
  readonly facts: Facts;
  readonly promises: typeof PROMISES;
}

export interface ComplianceInput {
  readonly format: Format;
  readonly period: Period | undefined;
  readonly facts: Facts;
  readonly verified: Report;
  readonly processing?: readonly Processing[] | undefined;
  readonly organisation?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Puts an export together; the same input gives the same export. */
export function complianceReport({ format, period, facts, verified, processing, organisation, now }: ComplianceInput): Compliance {
  const { title, source, notes, rows } = MAPPINGS[format];
  const made = new Date(now).toISOString();
  return {
    spangate: VERSION, format, title, source, notes, organisation, period: period?.name, made, scope: SCOPE,
    narrative: narrative(facts, period?.name),
    mapping: rows.map(({ provision, asks, records }) => ({ provision, asks, records: records(facts) })),
    verification: {
      at: made, outcome: verified.outcome, keys: verified.keys,
      logs: verified.logs.map(({ log, origin, records, counts, states, checkpoint }) => ({
        origin: origin || log, records, proven: counts.proven, pruned: counts.pruned, other: counts.altered + counts.missing + counts.unproven, states, checkpoint,
      })),
      problems: verified.logs.flatMap(({ log, problems }) => problems.map(({ kind, index, detail }) => `${log}:${index}: ${kind}: ${detail}`)),
    },
    processing: processing?.map((activity) => ({ ...activity, calls: facts.decisions.purposes[activity.id] ?? 0 })),
    facts, promises: PROMISES,
  };
}
