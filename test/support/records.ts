import { type DecisionBody, KEYS } from "../../exporters/audit/bodies.ts";
import { AuditLog, type LogOptions } from "../../exporters/audit/log.ts";
import type { Safety } from "../../exporters/audit/safety.ts";
import { holdKey } from "../../exporters/audit/signer.ts";

export const OPENING: LogOptions["opening"] = {
  pid: 1, thread: 0, node: "v24.0.0", spangate: "0.0.0", mode: "enforce", policy: "p@0", digest: "00",
};

/** A decision record as the guard writes them, its keys in their order. */
export function decision(tool: string, more: Partial<DecisionBody> = {}): DecisionBody {
  const body: DecisionBody = {
    trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331", framework: "test", tool, mode: "enforce", safety: "strict/os", effect: "deny", runs: false,
    rule: "r", source: "policy", reason: "no", policy: "p@0", digest: "00", args: "c".repeat(44), args_bytes: 2, ...more,
  };
  return Object.fromEntries(KEYS.decision.flatMap((key) => (key in body ? [[key, body[key]]] : []))) as unknown as DecisionBody;
}

/** The next log of a directory. */
export function openLog(directory: string, more: Partial<LogOptions> & Partial<Safety> = {}): AuditLog {
  return AuditLog.open(directory, {
    mode: "strict", durability: "os", keys: holdKey(directory, {}), origin: "spangate.test/logs", opening: OPENING, rotate: { size: 16 * 1024 * 1024, age: 86_400_000 }, ...more,
  });
}
