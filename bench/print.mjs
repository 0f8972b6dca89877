// The result as text.

export const FOOTNOTES = [
  "Every contender runs in processes of its own, what is synced to the disk apart from what is not; one round of each case in turn, in an order that is shuffled each time; figures are medians over the rounds of each round's own p50, p99 and mean. Each call is timed by itself, the clock included (first line). The event loop turns once every 50 calls, outside the timed part; the mean is wall time over calls, so it has that and what is done in it (a flush, a collection of garbage).",
  "All get the same async tool, the same 200 bytes of arguments, the same ten rules (bench/subject.mjs; for OPA bench/peers/policy.rego), and an allowed call unless the line says otherwise. Each is checked to allow and to deny before it is measured.",
  "guardTool, any durability: snapshot of the arguments, the decision, every detector over the arguments, a span, metrics, two chained records with salted commitments, the arguments encrypted behind the first (decision before the tool, outcome after it; a denied call has no outcome). disk: a signed checkpoint and an fdatasync of the decision before the tool runs; the outcome reaches the disk with the next one.",
  "guardTool, no log: spangate has no such setting. The runtime's log is replaced from outside by one whose append does nothing; everything else is as above. audit mode batch: what is kept back is written when the event loop turns, so it is in the mean and not in p50.",
  "policy-opa: its opaPolicy() is called directly, without generateText around it and with an empty list of messages (the AI SDK would pass the conversation, which is turned into JSON at each decision). OPA runs as WebAssembly in the process, through bench/peers/opa-wasm.mjs in place of @open-policy-agent/opa-wasm.",
  "agent-governance: deciding only is PolicyEngine.evaluate(); the other lines are AgentMeshClient.executeWithGovernance(), which keeps a trust score and a hash-chained entry without arguments in memory. It has no log in a file; an entry is written as a JSON line with the arguments added. maxEntries is Infinity: at its default of 10,000 it copies all entries at every further call.",
  "Neither peer logs to a file. one JSON line: what a user would write, fs.writeSync before the tool runs. decision and outcome: two lines, each with the hash of the line before it, and with fdatasync only the decision waits for the disk, as with durability disk; nearest to what spangate's records hold, still without redaction and spans.",
  "Start-up is the wall time of the whole process, seen by its parent; the median, and the fastest, which a busy machine disturbs least. Resident size is the largest of the process (VmHWM on Linux, maxRSS elsewhere), which an -e script prints itself, in all three.",
  "verify: verifyDirectory() over one log made in this run: form, order, links and hash of every record, and every checkpoint.",
];

const GROUPS = { floor: "raw floor", spangate: "spangate [2, 3, 4]", "policy-opa": "@ai-sdk/policy-opa [2, 5, 7]", "agent-governance": "@microsoft/agent-governance-sdk [2, 6, 7]" };

export function print({ machine, settings, versions, details, calls, startup, verify, budgets, footnotes }) {
  const lines = [
    `spangate ${versions.spangate} (detectors on ${details.detectors}), ${machine.date}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}, logs on ${machine.fileSystem}`,
    `Node ${machine.node}, load average ${machine.load.join(" ")} at the start, ${machine.loadAfter.join(" ")} at the end`,
    Object.entries(versions).filter(([name]) => name !== "spangate").map(([name, version]) => `${name} ${version}`).join(", "),
    `${settings.rounds} rounds of ${settings.calls} calls (${settings.slowCalls} where each is synced to the disk), ${settings.starts} starts${settings.quick ? "; QUICK: not for comparison" : ""}`,
  ];
  for (const [group, title] of Object.entries(GROUPS)) {
    lines.push("", row(`${title}, per call [1]`, "p50 ns", "p99 ns", "p50 µs", "p99 µs", "mean µs"));
    for (const { label, p50, p99, mean } of calls.filter((call) => call.group === group)) {
      lines.push(row(`  ${label}`, p50.toFixed(0), p99.toFixed(0), micro(p50), micro(p99), micro(mean)));
    }
  }
  lines.push("", row("start-up [8]", "ms", "over bare", "fastest", "MB", "over bare"));
  for (const { label, wallMs, fastestMs, rssMb, overBareMs, overBareMb } of startup) {
    lines.push(row(`  ${label}`, wallMs.toFixed(1), signed(overBareMs), fastestMs.toFixed(1), rssMb.toFixed(1), signed(overBareMb)));
  }
  lines.push("", `verify [9]: ${Math.round(verify.recordsPerSecond)} records/s (${verify.records} records, ${verify.megabytes.toFixed(1)} MB, ${verify.ms.toFixed(0)} ms)`, "");
  for (const { what, value, limit, unit, met } of budgets) {
    lines.push(`budget: ${met ? "met    " : "NOT met"}  ${what}: ${value.toFixed(1)} ${unit}, at most ${limit.toFixed(1)} ${unit}`);
  }
  lines.push("", ...footnotes.map((note, index) => `[${index + 1}] ${note}`));
  return `${lines.join("\n")}\n`;
}

function row(label, ...cells) {
  return label.padEnd(74) + cells.map((cell) => cell.padStart(11)).join("");
}

function micro(nanoseconds) {
  return (nanoseconds / 1_000).toFixed(2);
}

function signed(value) {
  return value === undefined ? "" : `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}
