import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Transcript } from "./transcript.mjs";

/** What the example is built on. */
const PACKAGES = ["ai", "zod", "spangate", "@opentelemetry/api", "@opentelemetry/context-async-hooks", "@opentelemetry/core"];

/** Edits: `[lines as they are, lines as they become]`. */
const JOB_MAY_EXPORT = ["    caller: { role: auditor }", "    caller: { role: [auditor, job] }"];
const JOB_IS_TESTED = ["  - name: a clerk does not export", "  - name: the nightly job exports\n    call: { tool: export_orders, roles: [job] }\n    expect: allow\n  - name: a clerk does not export"];
const SHADOW = ["redact: {}", `  - id: clerks-to-50
    tool: refund
    caller: { role: clerk }
    when: arguments.amount > 50.0
    effect: deny
    reason: refunds over EUR 50 are for leads
    mode: observe
redact: {}`];
const PROMOTED = ["    reason: refunds over EUR 50 are for leads\n    mode: observe", "    reason: refunds over EUR 50 are for leads"];
const version = (from, to) => [`version: "${from}"`, `version: "${to}"`];
const LESS_IS_PROMISED = ["  - name: a clerk refunds EUR 60\n    call: { tool: refund, roles: [clerk], arguments: { amount: 60 } }", "  - name: a clerk refunds EUR 50\n    call: { tool: refund, roles: [clerk], arguments: { amount: 50 } }"];

/** docs/rollout.md: every command is run while the page is written. */
export async function rolloutPage() {
  const desk = new Transcript("examples/policy-rollout", PACKAGES);
  let agent;
  try {
    const tuesday = readFileSync(join(desk.folder, "requests/tuesday.jsonl"), "utf8").trim().split("\n");
    /** Gives the running agent the next requests of Tuesday, and tells what it says until it has answered the last. */
    const serve = async (count) => {
      const requests = tuesday.splice(0, count);
      agent.feed(requests);
      await agent.says(`${JSON.parse(requests.at(-1)).ticket}: `);
      return agent.shown();
    };
    const start = async (command) => {
      agent = desk.start(command, "AGENT");
      await agent.says("gating");
      return serve(3);
    };
    /** After a change of the policy's file. */
    const serveNext = async (count) => {
      await agent.says("replaces");
      return serve(count);
    };
    const stop = async () => {
      await agent.end();
      return desk.run("spangate inspect --type decision --tool refund -n 2 --values");
    };

    return `# From watching to enforcing

How a policy comes to be, is tried on yesterday's calls, put in force while the
agent runs, changed, and taken back.

This page is written by \`scripts/rollout-page.mjs\`, which runs every command
below, in this order, in a copy of \`examples/policy-rollout\`. What you read is
what they printed, but for what differs from run to run: \`<time>\`, \`<n> ms\`,
\`<log>\` (the id of an audit log) and \`<digest>\` stand in its place. Lines of
more than 80 characters are folded, the rest moved in.

The example is a help desk on \`ai\` with seven tools. Ann and Ben are clerks,
Cleo leads them, Dora audits, and a job runs at night. Who asks comes with each
request, as W3C baggage. The agent knows nothing of spangate, and nothing in it
is changed on the way.

## 1. Watch

Without a policy everything runs, and everything is written down.

${desk.run("node --require spangate/register agent.mjs < requests/monday.jsonl")}

## 2. Look at what was written

${desk.run("spangate inspect --type decision -n 5 --values")}

The tool that can do most harm deserves a look of its own. Ben's export went to
a stranger: his ticket held orders that were not the customer's.

${desk.run("spangate inspect --type decision --tool 'export_*' --values")}

## 3. Have a policy suggested

\`spangate suggest\` makes the narrowest policy that it can of what was seen.

${desk.run("spangate suggest .spangate/audit -o suggested.yaml")}

${desk.file("suggested.yaml")}

It allows what happened, not what should happen: clerks may export, since one
did. Take it for a list of tools, roles and ranges to write a policy from.

\`spangate init\` begins at the other end: with the pack \`starter\`, the tools that
were seen, and a mode that blocks nothing.

${desk.run("spangate init first.yaml", "spangate validate first.yaml")}

${desk.file("first.yaml")}

## 4. Write one, and have it read

The help desk writes its own, from what it knows of its people.

${desk.file("v1.yaml")}

\`validate\` does what a process does that is about to enforce a policy. \`lint\`
looks for what is allowed and probably not meant; \`--fix\` mends what can be
mended without changing a decision.

${desk.run("spangate validate v1.yaml", "spangate lint v1.yaml", "spangate lint --fix v1.yaml")}

What must hold, whatever the policy looks like inside, stands in \`suite.yaml\`:
calls, and what must become of each.

${desk.run("spangate test suite.yaml")}

## 5. Try it on Monday's calls

${desk.run(["spangate dry-run v1.yaml --calls .spangate/audit", 1])}

Two calls that ran would have been blocked, so the exit code is 1. The first is
Ben's. And the second?

${desk.run("spangate explain v1.yaml --record 75")}

A false alarm: the nightly job exports, and nobody had thought of it. Better now
than at night.

## 6. Mend it, and put it in force

In \`v1.yaml\`, and in \`suite.yaml\`, so that nobody forgets the job again:

${desk.edit("v1.yaml", "v1.yaml", JOB_MAY_EXPORT)}

${desk.edit("suite.yaml", "suite.yaml", JOB_IS_TESTED)}

${desk.run("spangate test suite.yaml | tail -n 1", ["spangate dry-run v1.yaml --calls .spangate/audit", 1])}

What is left is meant. Whoever wants to be surer still runs a day with
\`SPANGATE_MODE=observe\`, which blocks nothing and records what would have been.
Here Tuesday begins in earnest.

${desk.run("cp v1.yaml policy.yaml")}

This time the agent keeps running, and requests reach it through a pipe. Blocks
below that begin with no command are what it said meanwhile. The first three:

${await start("SPANGATE_POLICY=policy.yaml node --require spangate/register agent.mjs")}

Ben's ticket has come again. The refused call ended as an ordinary tool error,
and the agent went on.

## 7. Add a rule that only watches

Leads want refunds above EUR 50 for themselves. Whether that is a nuisance to
clerks is not known, so the rule begins as a shadow: with \`mode: observe\` it
says what it would decide, beside the rules that do.

${desk.edit("v1.yaml", "v2.yaml", version(1, 2), SHADOW)}

${desk.run("spangate lint v2.yaml", "spangate test suite.yaml --policy v2.yaml | tail -n 1")}

The file is replaced while the agent runs, which looks at it every second. One
that is not valid would leave the one before in force.

${desk.run("cp v2.yaml policy.yaml")}

The agent, three requests later:

${await serveNext(3)}

${desk.run("spangate inspect --type decision --tool refund -n 3 --values")}

All three ran. The shadow would have denied one of them.

## 8. Promote it

The rule without its \`mode\`, as a version of its own. The suite says at once
that this breaks a promise. It is what was asked for, so the promise is changed.

${desk.edit("v2.yaml", "v3.yaml", version(2, 3), PROMOTED)}

${desk.run("spangate test suite.yaml --policy v3.yaml | grep -v ' ok '")}

${desk.edit("suite.yaml", "suite.yaml", LESS_IS_PROMISED)}

\`diff\` decides every call of both days by both policies.

${desk.run("spangate test suite.yaml --policy v3.yaml | tail -n 1", ["spangate diff v2.yaml v3.yaml --calls .spangate/audit", 1])}

Three refunds, all by clerks, all above EUR 50, and nothing else.

${desk.run("cp v3.yaml policy.yaml")}

${await serveNext(1)}

## 9. Take it back

Customers complain. The way back is the way forth: the old file in the place of
the new one. A SIGHUP spares the second until the agent looks by itself.

${desk.run('cp v2.yaml policy.yaml && kill -HUP "$AGENT"')}

${await serveNext(1)}

The rule is a shadow again.

${await stop()}

Which policy was in force when stands in the log too, under the same seal as the
decisions. Monday had none.

${desk.run("spangate inspect --type open", "spangate inspect --type policy", "spangate verify .spangate/audit")}
`;
  } finally {
    agent?.kill();
    desk.remove();
  }
}
