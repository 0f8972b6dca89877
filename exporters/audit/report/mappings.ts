/**
 * Which provision asks for what, and which records bear on it. "Mapped to" is all that is claimed. State of the texts:
 * November 2026.
 *
 * @module
 */
import type { Facts } from "./facts.ts";

export const FORMATS = ["eu-ai-act", "gdpr-30", "soc2", "iso-27001", "iso-42001"] as const;
export type Format = (typeof FORMATS)[number];

export interface Row {
  readonly provision: string;
  /** In our words. */
  readonly asks: string;
  /** What the log has to it, from counts alone. */
  readonly records: (facts: Facts) => string;
}

export interface Mapping {
  readonly title: string;
  /** The text that is mapped to, and its state. */
  readonly source: string;
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}

const n = (count: number, one: string, many = `${one}s`): string => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((all, one) => all + one, 0);
const most = (counts: Readonly<Record<string, number>>, limit = 5): string => {
  const all = Object.entries(counts);
  const listed = all.slice(0, limit).map(([name, count]) => `${name} ${count.toLocaleString("en")}`).join(", ");
  return all.length === 0 ? "none" : all.length > limit ? `${listed} and ${n(all.length - limit, "more", "more")}` : listed;
};

const decided = ({ decisions }: Facts): string => `${n(decisions.total, "decision")}: ${most(decisions.effects)}`;
const outcomes = ({ outcomes: { total, statuses } }: Facts): string => `${n(total, "outcome")}: ${most(statuses)}`;
const oversight = ({ events, decisions }: Facts): string => `${n(events.human.length, "record")} of human action; ${n((decisions.effects["approve"] ?? 0) + (decisions.effects["defer"] ?? 0), "call")} put to a person`;
const changes = ({ events }: Facts): string => `${n(events.policies.length, "change")} of policy, ${n(events.keys.length, "change")} of the signing key`;
const trouble = ({ events, unfinished }: Facts): string => `${n(events.gaps.length, "gap")}, ${n(events.uncleanEnds.length, "unclean end")}, ${n(events.halts.length, "halt")}, ${n(events.refused.length, "damaged log")}, ${n(unfinished, "call")} without an outcome`;
const kept = ({ logs, events }: Facts): string => `${n(logs.reduce((all, { records }) => all + records, 0), "record")} in ${n(logs.length, "log")}, ${n(logs.reduce((all, { pruned }) => all + pruned, 0), "body", "bodies")} pruned; ${n(events.prunes.length, "pruning")} in the period`;
const lifetime = ({ heartbeats, opens, logs }: Facts): string => `${n(opens, "session")} opened, ${n(heartbeats, "heartbeat")}, ${n(logs.reduce((all, { checkpoints }) => all + checkpoints, 0), "signed checkpoint")}`;
const blocked = ({ decisions }: Facts): string => `${n(decisions.total - decisions.ran, "call")} did not run; by tool: ${most(decisions.blockedTools)}`;
const redacted = ({ decisions, outcomes: { redactions } }: Facts): string => `${n(sum(decisions.redactions) + sum(redactions), "value")} taken out; in arguments: ${most(decisions.redactions)}`;
const erased = ({ events, holds }: Facts): string => `${n(events.erasures.length, "erasure")}; ${n(holds.length, "legal hold")} in force`;

export const MAPPINGS: Readonly<Record<Format, Mapping>> = {
  "eu-ai-act": {
    title: "Records mapped to the EU AI Act",
    source: "Regulation (EU) 2024/1689. By the Digital Omnibus on AI (European Parliament 16 June 2026, Council 29 June 2026; its Official Journal reference was not checked for this text) the duties for stand-alone high-risk systems apply from 2 December 2027, those for systems embedded in products from 2 August 2028.",
    notes: ["Also read beside: ISO/IEC 24970 (AI system logging; at final-draft stage in mid 2026) and prEN 18229-1 (in enquiry since 2026). Both are drafts, and neither is harmonised."],
    rows: [
      { provision: "Article 12(1)", asks: "automatic recording of events over the lifetime of the system", records: lifetime },
      { provision: "Article 12(2)(a)", asks: "events relevant to risks and substantial modifications (article 79(1))", records: (facts) => `${blocked(facts)}; ${changes(facts)}` },
      { provision: "Article 12(2)(b)", asks: "facilitating post-market monitoring (article 72)", records: (facts) => `${decided(facts)}; ${outcomes(facts)}` },
      { provision: "Article 12(2)(c)", asks: "monitoring of operation by deployers (article 26(5))", records: (facts) => `${n(Object.keys(facts.decisions.tools).length, "tool")}, ${n(facts.decisions.agents, "agent")}, ${n(facts.decisions.sessions, "session")}; modes: ${most(facts.decisions.modes)}` },
      { provision: "Article 14", asks: "human oversight", records: oversight },
      { provision: "Articles 19(1), 26(6)", asks: "logs kept for at least six months", records: kept },
      { provision: "Article 73", asks: "reporting of serious incidents", records: (facts) => `${trouble(facts)}; ${n(facts.holds.length, "legal hold")} in force` },
    ],
  },
  "gdpr-30": {
    title: "Records mapped to GDPR article 30",
    source: "Regulation (EU) 2016/679, article 30(1), with articles 5(1)(e), 17, 25 and 32.",
    notes: ["The points (a) to (g) are answered per processing activity, from the section audit.processing of the policy; the log counts the calls that belong to each."],
    rows: [
      { provision: "Article 30(1)(a)–(b)", asks: "controller and purposes of the processing", records: ({ decisions }) => `calls by purpose: ${most(decisions.purposes)}` },
      { provision: "Article 30(1)(c)", asks: "categories of data subjects and of personal data", records: ({ decisions }) => `calls by data category: ${most(decisions.dataCategories)}` },
      { provision: "Article 30(1)(d)–(e)", asks: "recipients, transfers to third countries and safeguards", records: ({ decisions }) => `calls by country of the recipient: ${most(decisions.countries)}` },
      { provision: "Article 30(1)(f)", asks: "time limits for erasure", records: kept },
      { provision: "Article 30(1)(g), 32", asks: "technical and organisational security measures", records: (facts) => `${redacted(facts)}; ${blocked(facts)}` },
      { provision: "Articles 5(1)(e), 17", asks: "storage limitation, erasure", records: erased },
      { provision: "Article 25", asks: "data protection by design", records: ({ decisions }) => `arguments and results stand in the log as salted commitments only; ${n(decisions.representedPersons, "represented person")}, each as a pseudonym` },
    ],
  },
  "soc2": {
    title: "Records mapped to SOC 2 criteria",
    source: "AICPA Trust Services Criteria (2017, points of focus revised 2022).",
    notes: ["An audit usually covers twelve months; this export covers the period named above."],
    rows: [
      { provision: "CC6.1", asks: "logical access to protected assets is restricted", records: (facts) => `${decided(facts)}; ${blocked(facts)}` },
      { provision: "CC7.2", asks: "components are monitored for anomalies", records: (facts) => `${n(facts.heartbeats, "heartbeat")}; findings: ${most(facts.decisions.flags)}; not gated: ${facts.ungated.join(", ") || "none"}` },
      { provision: "CC7.3", asks: "security events are evaluated", records: trouble },
      { provision: "CC7.4", asks: "incidents are responded to", records: oversight },
      { provision: "CC8.1", asks: "changes are authorised and recorded", records: (facts) => `${changes(facts)}; policies in force: ${n(Object.keys(facts.decisions.policies).length, "digest")}` },
    ],
  },
  "iso-27001": {
    title: "Records mapped to ISO/IEC 27001 controls",
    source: "ISO/IEC 27001:2022, Annex A.",
    notes: [],
    rows: [
      { provision: "A.5.28", asks: "collection of evidence", records: lifetime },
      { provision: "A.5.33", asks: "protection of records", records: kept },
      { provision: "A.5.34", asks: "privacy and protection of personal data", records: redacted },
      { provision: "A.8.10", asks: "information deletion", records: erased },
      { provision: "A.8.15", asks: "logging", records: (facts) => `${decided(facts)}; ${outcomes(facts)}` },
      { provision: "A.8.16", asks: "monitoring activities", records: (facts) => `${n(facts.heartbeats, "heartbeat")}; ${trouble(facts)}` },
      { provision: "A.8.24", asks: "use of cryptography", records: ({ logs, events }) => `${n(new Set(logs.flatMap(({ keys }) => keys.map(({ key }) => key.split("+").at(-1)))).size, "signing key")}; ${n(events.keys.length, "rotation")}` },
      { provision: "A.8.32", asks: "change management", records: changes },
    ],
  },
  "iso-42001": {
    title: "Records mapped to ISO/IEC 42001 controls",
    source: "ISO/IEC 42001:2023, Annex A.",
    notes: ["ISO/IEC 24970 (AI system logging) was at final-draft stage in mid 2026; what is here was not mapped to it."],
    rows: [
      { provision: "A.6.2.6", asks: "operation and monitoring of the AI system", records: (facts) => `${decided(facts)}; ${n(facts.heartbeats, "heartbeat")}` },
      { provision: "A.6.2.8", asks: "recording of event logs", records: lifetime },
      { provision: "A.8.4", asks: "communication of incidents", records: trouble },
      { provision: "A.9.2", asks: "processes for the responsible use of AI systems", records: oversight },
      { provision: "A.9.4", asks: "use as intended", records: (facts) => `${blocked(facts)}; rules that decided: ${most(facts.decisions.rules)}` },
    ],
  },
};

/** A few sentences made of counts. */
export function narrative(facts: Facts, period: string | undefined): string[] {
  const { decisions, events, outcomes: { total } } = facts;
  const pruned = facts.logs.reduce((all, log) => all + log.pruned, 0);
  const share = decisions.total === 0 ? "" : ` (${((decisions.total - decisions.ran) * 100 / decisions.total).toFixed(1)} %)`;
  return [
    `In ${period ?? "the whole time that the log covers"}, ${n(decisions.total, "tool call")} of ${n(decisions.agents, "named agent")} for ${n(decisions.callers, "named caller")} ${decisions.total === 1 ? "was" : "were"} judged before ${decisions.total === 1 ? "it" : "any"} ran. ${n(decisions.ran, "call")} ran, ${n(decisions.total - decisions.ran, "did", "did")} not${share}; ${n(total, "outcome")} ${total === 1 ? "was" : "were"} recorded.`,
    ...(pruned > 0 ? [`${n(pruned, "record")} ${pruned === 1 ? "was" : "were"} pruned before this was made, of whatever time: what ${pruned === 1 ? "it" : "they"} said is not counted here.`] : []),
    ...facts.logs.filter(({ problem }) => problem !== undefined).map(({ log, problem }) => `The log ${log} is counted only up to where it is damaged: ${problem as string}.`),
    `${n(events.human.length, "record tells", "records tell")} of what people did, ${events.policies.length.toLocaleString("en")} of a policy that changed, ${events.keys.length.toLocaleString("en")} of a key that changed.`,
    `${n(events.erasures.length, "erasure")} and ${n(events.prunes.length, "pruning")} were carried out; ${n(facts.holds.length, "legal hold")} ${facts.holds.length === 1 ? "is" : "are"} in force.`,
    `${n(events.gaps.length, "gap")}, ${n(events.uncleanEnds.length, "unclean end")} and ${n(events.recoveries.length, "recovery", "recoveries")} are on record, and ${n(facts.unfinished, "call")} ${facts.unfinished === 1 ? "has" : "have"} no outcome.`,
  ];
}
