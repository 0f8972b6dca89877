import type { DecisionBody, OpenBody } from "../../exporters/audit/record.ts";

export const OPENING: Omit<OpenBody, "clean"> = {
  pid: 1, thread: 0, node: "v24.0.0", spangate: "0.0.0", mode: "enforce", policy: "p@0", digest: "00",
};

/** A decision record as the guard writes them. */
export function decision(tool: string, more: Partial<DecisionBody> = {}): DecisionBody {
  return {
    trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331", framework: "test", tool, mode: "enforce", effect: "deny", runs: false,
    rule: "r", source: "policy", reason: "no", policy: "p@0", digest: "00", args: "{}", ...more,
  };
}
