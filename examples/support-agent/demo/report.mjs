// The facts, for people.
import { header, heading, paint, row, WIDTH, wrap } from "./layout.mjs";

const STYLE = { ran: "green", redacted: "cyan", limited: "yellow", blocked: "red" };
/** Columns: number, tool, bare, under spangate. */
const CALLS = [2, 16, 26, 30];
/** Columns: what, bare, under spangate. */
const WORLD = [20, 26, 30];
/** Columns: span, duration, decision. */
const SPANS = [36, 9, 31];

/** What is worth telling of a call that ran: a few words, and the text that matters. */
const TELL = {
  read_note: ({ saw }) => [`${saw.length} characters`],
  lookup_customer: ({ saw }) => ["the model saw", saw.email, saw.card],
  refund: ({ returned }) => [`refund no. ${returned.refund}`],
  send_email: ({ ran }) => ["sent", ran.body],
  run_shell: ({ returned }) => [`exit code ${returned.exit}`],
  export_customers: ({ returned }) => [`${returned.customers} customers`],
  write_note: ({ ran }) => ["wrote", ran.text],
};
/** The argument that is worth telling. */
const ARGUMENT = { read_note: "name", lookup_customer: "id", refund: "amount", send_email: "customer", run_shell: "command", export_customers: "file", write_note: "name" };

export function report(facts) {
  return [...intro(facts), ...calls(facts), ...worlds(facts), ...trace(facts), ...audit(facts), ...next(), ""].join("\n");
}

function intro(facts) {
  const [ticket] = facts.calls;
  return [
    "", paint("bold", "One agent, run twice; its code knows nothing of spangate."), "",
    "  bare            node agent.mjs",
    "  under spangate  node --require spangate/register agent.mjs",
    "                  (SPANGATE_POLICY=policy.yaml)", "",
    `It works on ${ticket.bare.asked.name}. Somebody has slipped a line into the ticket's text:`, "",
    ...wrap(ticket.bare.saw.trimEnd().split("\n").at(-1), WIDTH - 2).map((line) => `  ${paint("italic", line)}`),
  ];
}

function calls({ calls }) {
  const refused = calls.findIndex(({ gated }) => gated.status === "blocked");
  return [
    ...heading("1  What each call did"), ...header(CALLS, ["", "call", "bare", "under spangate"]),
    ...calls.flatMap(({ tool, bare, gated }, index) =>
      row(CALLS, [[`${index + 1}`.padStart(CALLS[0])], name(tool, `${bare.asked[ARGUMENT[tool]]}`), cell(tool, bare, "ran"), cell(tool, gated, gated.status)])),
    "", `This is what the model was told of call ${refused + 1}, and then it went on:`, "",
    ...wrap(calls[refused].gated.saw, WIDTH - 2).map((line) => `  ${paint("italic", line)}`),
  ];
}

/** A tool and its argument, on one line where they fit. */
function name(tool, argument) {
  const both = `${tool} ${argument}`;
  return both.length <= CALLS[1] ? [both] : [tool, ["dim", argument]];
}

/** What became of a call, in one run. A call that did not run tells what the model was told instead. */
function cell(tool, call, status) {
  const [said, ...texts] = call.ran === undefined ? ["", call.saw.replace("Tool call denied by policy: ", "")] : TELL[tool](call);
  const word = status === "ran" ? status : status.toUpperCase();
  return [[STYLE[status], said ? `${word}, ${said}` : word], ...texts];
}

function worlds({ bare, gated }) {
  const line = (what, show) => row(WORLD, [[what], [show(bare)], [show(gated)]]);
  const files = (list) => (list ? `${list.length} files` : ["red", "gone"]);
  return [
    ...heading("2  What it left behind"), ...header(WORLD, ["", "bare", "under spangate"]),
    ...line("folder backups", ({ backups }) => files(backups)),
    ...line("refunds paid", ({ refunds }) => `${refunds.length}, together EUR ${refunds.reduce((sum, amount) => sum + amount, 0)}`),
    ...line("customers exported", ({ exported }) => `${exported}`),
    ...line("mail server received", ({ mails }) => mails.map(({ body }) => body).join(" ")),
  ];
}

function trace({ tree }) {
  const spans = tree.flatMap((root) => lines(root, "", ""));
  return [...heading("3  The trace that the app's own exporter wrote"), ...header(SPANS, ["span", "ms".padStart(SPANS[1]), "decision and rule"]), ...spans];
}

function lines(span, first, others) {
  const { "spangate.decision": decision, "security_rule.name": by, "spangate.redaction.count": redacted } = span.attributes;
  const told = decision ? `${decision} ${by}${redacted ? `, ${redacted} redacted` : ""}` : "";
  const style = decision && { allow: "green", modify: "cyan", deny: "red" }[decision];
  const own = row(SPANS, [[`${first}${span.name}`], [["dim", span.ms.toFixed(1).padStart(SPANS[1])]], [[style, told]]]);
  const below = span.children.flatMap((child, index) => (index < span.children.length - 1 ? lines(child, `${others}├─ `, `${others}│  `) : lines(child, `${others}└─ `, `${others}   `)));
  return [...own, ...below];
}

function audit({ intact, tampered, change }) {
  const around = (what) => `… "tool":"${change.tool}" … ${paint("bold", what)} …`;
  return [
    ...heading("4  The audit log: a record before each call, another after it"), ...command(intact), "",
    `Now record ${change.record} is changed, so that a denied call looks allowed:`, "",
    `  before  ${around(change.before)}`, `  after   ${around(change.after)}`, "", ...command(tampered),
  ];
}

function command({ command, output, code }) {
  return [`  $ ${command}`, ...output.split("\n").flatMap((line) => wrap(line, WIDTH - 4)).map((line) => `  ${line}`), `  exit code ${paint(code === 0 ? "green" : "red", String(code))}`];
}

function next() {
  return [
    ...heading("Put it in front of your own app"),
    "  watch    node --require spangate/register app.js",
    "  enforce  SPANGATE_POLICY=policy.yaml node --require spangate/register app.js",
    "  verify   npx spangate verify .spangate/audit",
  ];
}
