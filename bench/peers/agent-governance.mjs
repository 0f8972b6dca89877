// @microsoft/agent-governance-sdk: its policy engine, and its client with policy, trust score and hash-chained audit logger.
import { AgentMeshClient, PolicyEngine } from "@microsoft/agent-governance-sdk";
import { ALLOWED, args, DENIED, RULES, tool } from "../subject.mjs";
import { LOGS, openLog } from "./log.mjs";

/** Its first matching rule wins, so the denials come first. */
const rules = [...RULES].sort((a, b) => Number(b.effect === "deny") - Number(a.effect === "deny")).map(({ tool: action, effect }) => ({ action, effect }));

export async function open(folder) {
  const engine = new PolicyEngine(rules);
  if (engine.evaluate(ALLOWED, args) !== "allow" || engine.evaluate(DENIED, args) !== "deny") throw new Error("agent-governance does not decide as the rules say");

  async function decided() {
    const decision = engine.evaluate(ALLOWED, args);
    if (decision !== "allow") throw new Error(decision);
    return tool(args);
  }
  async function governed(client, log, lines) {
    const { decision, auditEntry } = await client.executeWithGovernance(ALLOWED, args);
    log?.decision({ ...auditEntry, args });
    if (decision !== "allow") throw new Error(decision);
    const result = await tool(args);
    if (lines === 2) log.outcome({ ...client.audit.log({ agentId: client.identity.did, action: `${ALLOWED}.outcome`, decision }), status: "ok" });
    return result;
  }
  // Its default keeps 10,000 entries and copies all of them at every call after that; this setting spares it the copy.
  const client = () => AgentMeshClient.create("bench", { policyRules: rules, audit: { maxEntries: Infinity } });
  const own = client();
  return [
    { id: "decide", label: "agent-governance, deciding only", call: decided },
    { id: "memory", label: "agent-governance, its own log in memory", call: () => governed(own) },
    ...LOGS.map(({ id, label, lines, slow, options }) => {
      // Its entries are a hash chain already.
      const log = openLog(folder, `agent-governance-${id}`, { ...options, chain: false });
      const logging = client();
      return { id, label: `agent-governance ${label}`, slow, call: () => governed(logging, log, lines) };
    }),
  ];
}
