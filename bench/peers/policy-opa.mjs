// @ai-sdk/policy-opa: its approval function in front of the same tool, OPA as WebAssembly in the same process.
import { readFileSync } from "node:fs";
import { opaPolicy } from "@ai-sdk/policy-opa";
import { ALLOWED, args, DENIED, tool } from "../subject.mjs";
import { LOGS, openLog } from "./log.mjs";
import { loadPolicy } from "./opa-wasm.mjs";

const now = () => new Date().toISOString();

export async function open(folder) {
  const client = await loadPolicy(readFileSync(new URL("policy.wasm", import.meta.url)));
  const approve = opaPolicy({ client, path: "agent/call/decision" });
  const decide = (name) => approve({ toolCall: { toolName: name, toolCallId: "call_1", input: args }, messages: [], runtimeContext: {} });
  if ((await decide(ALLOWED)).type !== "approved" || (await decide(DENIED)).type !== "denied") throw new Error("policy-opa does not decide as the rules say");

  async function gated(log, lines) {
    const { type, reason } = await decide(ALLOWED);
    log?.decision({ time: now(), tool: ALLOWED, args, decision: type, reason });
    if (type !== "approved") throw new Error(reason);
    const result = await tool(args);
    if (lines === 2) log.outcome({ time: now(), tool: ALLOWED, status: "ok" });
    return result;
  }
  return [
    { id: "decide", label: "policy-opa, deciding only", call: () => gated() },
    ...LOGS.map(({ id, label, lines, slow, options }) => {
      const log = openLog(folder, `policy-opa-${id}`, options);
      return { id, label: `policy-opa ${label}`, slow, call: () => gated(log, lines) };
    }),
  ];
}
