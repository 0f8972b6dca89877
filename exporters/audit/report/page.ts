import type { Compliance } from "./compliance.ts";
import type { Counts, Event } from "./facts.ts";
import { PROMISES, SCOPE } from "./statement.ts";

/** Entries of a table that stand on the page; the JSON beside it has all. */
const MOST_ROWS = 20;

/** One page to read and to print: no scripts, nothing from elsewhere. */
export function compliancePage(report: Compliance): string {
  const { title, source, notes, period, facts, mapping, narrative, processing, verification, made, organisation } = report;
  const { events, decisions, outcomes } = facts;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}: ${escape(period ?? "all time")}</title>
<style>
${STYLE}
</style>
</head>
<body>
<header>
<h1>${escape(title)}</h1>
<p class="lead">${organisation === undefined ? "" : `${escape(organisation)} · `}Period: ${escape(period ?? "all that the log covers")} (UTC) · made ${escape(made)} by spangate ${escape(report.spangate)}</p>
<p class="scope">${escape(SCOPE)}</p>
</header>
<section>
<h2>In short</h2>
${narrative.map((sentence) => `<p>${escape(sentence)}</p>`).join("\n")}
</section>
<section>
<h2>Provisions and what is mapped to them</h2>
<p class="note">${escape(source)}</p>
${notes.map((note) => `<p class="note">${escape(note)}</p>`).join("\n")}
${grid(["provision", "asks for", "mapped to"], mapping.map(({ provision, asks, records }) => [provision, asks, records]), ["13%", "32%", "55%"])}
</section>
<section>
<h2>Integrity</h2>
<p>Verification of ${escape(verification.at)}: <strong class="${escape(verification.outcome)}">${escape(verification.outcome)}</strong>${verification.keys === "log" ? "; the keys were taken from the logs themselves" : ""}.</p>
${grid(["log", "records", "proven", "pruned", "other", "state"], verification.logs.map(({ origin, records, proven, pruned, other, states }) => [origin, number(records), number(proven), number(pruned), number(other), states.join(", ") || "–"]))}
${verification.problems.length === 0 ? "" : `<h3>Problems</h3>\n${list(verification.problems)}`}
</section>
<section>
<h2>Calls</h2>
<div class="columns">
${counts("Decisions", decisions.effects)}
${counts("Outcomes", outcomes.statuses)}
${counts("Tools", decisions.tools)}
${counts("Tools whose calls did not run", decisions.blockedTools)}
${counts("Rules that decided", decisions.rules)}
${counts("Mode", decisions.modes)}
${counts("Durability in force", decisions.safety)}
${counts("Policies in force", decisions.policies)}
${counts("Values taken out of arguments", decisions.redactions)}
${counts("Values taken out of results", outcomes.redactions)}
</div>
</section>
<section>
<h2>What was not as it should be</h2>
${happened("Gaps: records that there was no room for", events.gaps)}
${happened("Sessions that did not end by themselves", events.uncleanEnds)}
${happened("Bytes that count for nothing", events.recoveries)}
${happened("Halts: the disk took no more", events.halts)}
${happened("Damaged logs that were not gone on with", events.refused)}
${happened("Logs that contradict what was seen of them before", events.members)}
<p>Calls that ran and have no outcome: ${number(facts.unfinished)}. Modules that were not gated: ${escape(facts.ungated.join(", ") || "none")}.</p>
</section>
<section>
<h2>People, policies, keys</h2>
${happened("What people did", events.human)}
${happened("Changes of policy", events.policies)}
${happened("Changes of the signing key", events.keys)}
</section>
<section>
<h2>Erasure and retention</h2>
${happened("Erasures", events.erasures)}
${happened("Prunings", events.prunes)}
<h3>Legal holds in force</h3>
${facts.holds.length === 0 ? "<p>none</p>" : grid(["hold", "who", "why", "since"], facts.holds.map(({ name, who, why, since }) => [name, who, why, since]))}
</section>
<section>
<h2>Processing activities</h2>
${processing === undefined ? "<p>No policy was given, so nothing is said of processing activities.</p>" : processing.length === 0 ? "<p>The policy names none (audit.processing).</p>" : processing.map(activity).join("\n")}
</section>
<section>
<h2>What is not proven</h2>
${grid(["against", "proven", "not proven"], PROMISES.map(({ who, proven, notProven }) => [who, proven, notProven]), ["20%", "40%", "40%"])}
</section>
</body>
</html>
`;
}

type Activity = NonNullable<Compliance["processing"]>[number];

function activity({ id, tools, calls, purpose, controller, subjects, data_categories: categories, recipients, recipient_country: country, safeguards, erasure, security }: Activity): string {
  const said = (text: string | undefined): string => text ?? "not stated";
  return `<h3>${escape(id)}</h3>\n${grid(["GDPR article 30(1)", "stated in the policy"], [
    ["(a) controller", said(controller)], ["(b) purposes", purpose], ["(c) categories of data subjects", subjects.join(", ") || "not stated"], ["(c) categories of personal data", categories.join(", ") || "not stated"],
    ["(d) recipients", recipients.join(", ") || "not stated"], ["(e) country of the recipient, safeguards", `${said(country)}; ${said(safeguards)}`], ["(f) time limits for erasure", said(erasure)], ["(g) security measures", said(security)],
    ["tools", tools.join(", ")], ["calls in the period", number(calls)],
  ], ["32%", "68%"])}`;
}

function counts(title: string, values: Counts): string {
  const all = Object.entries(values);
  const rows = all.slice(0, MOST_ROWS).map(([name, count]) => [name, number(count)]);
  if (all.length > MOST_ROWS) rows.push([`and ${number(all.length - MOST_ROWS)} more`, ""]);
  return `<div class="block"><h3>${escape(title)}</h3>\n${rows.length === 0 ? "<p>none</p>" : grid(undefined, rows)}</div>`;
}

function happened(title: string, events: readonly Event[]): string {
  const rows = events.slice(0, MOST_ROWS).map(({ at, place, what }) => [at.slice(0, 19).replace("T", " "), what, place]);
  const more = events.length > MOST_ROWS ? `<p>and ${number(events.length - MOST_ROWS)} more, in the JSON beside this page</p>` : "";
  return `<h3>${escape(title)}: ${number(events.length)}</h3>\n${rows.length === 0 ? "" : grid(["when (UTC)", "what", "record"], rows, ["17%", "58%", "25%"])}${more}`;
}

function grid(head: readonly string[] | undefined, rows: readonly (readonly string[])[], widths: readonly string[] = []): string {
  return `<table>${widths.length ? `<colgroup>${widths.map((width) => `<col style="width: ${width}">`).join("")}</colgroup>` : ""}
${head ? `<thead><tr>${head.map((cell) => `<th>${escape(cell)}</th>`).join("")}</tr></thead>\n` : ""}<tbody>
${rows.map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`).join("\n")}
</tbody></table>`;
}

function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${escape(item)}</li>`).join("\n")}</ul>`;
}

function number(count: number): string {
  return count.toLocaleString("en");
}

/** What records say was written by models and strangers. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const STYLE = `:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.5rem 4rem; font: 15px/1.5 system-ui, sans-serif; color: #1a1c1f; background: #fff; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 2px solid #1a1c1f; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p { margin: .4rem 0; }
.lead { color: #444b55; }
.scope { border-left: 4px solid #8a6d00; padding: .4rem .8rem; background: #fdf8e6; }
.note { color: #444b55; font-size: .9em; }
table { width: 100%; border-collapse: collapse; font-size: .9em; margin: .4rem 0 .8rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #d5d9de; overflow-wrap: anywhere; }
th { border-bottom: 1px solid #1a1c1f; }
.columns { columns: 2; column-gap: 2rem; }
.block { break-inside: avoid; }
.block h3 { margin-top: .2rem; }
.block td:last-child { text-align: right; white-space: nowrap; }
.proven { color: #14622f; } .tampered { color: #a01515; } .incomplete, .unverifiable { color: #8a5a00; }
@media print {
  @page { size: A4; margin: 18mm 15mm; }
  body { max-width: none; padding: 0; font-size: 10.5px; }
  h2, h3 { break-after: avoid; }
  tr { break-inside: avoid; }
  .scope { background: none; }
}
@media (max-width: 40rem) { .columns { columns: 1; } }`;
