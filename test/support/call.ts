import type { Invocation } from "../../policies/index.ts";

/** An invocation for tests. */
export function call(tool: string, more: Partial<Invocation> = {}): Invocation {
  return { tool, arguments: {}, framework: "test", time: Date.UTC(2026, 10, 25, 12), ...more };
}
