import type { Attributes } from "@opentelemetry/api";
import { type Instrument, MCP_CLIENT_DURATION, MCP_SERVER_DURATION } from "../exporters/instruments.ts";
import * as names from "../names.ts";

const BY_FRAMEWORK: Readonly<Record<string, Instrument>> = { "mcp.client": MCP_CLIENT_DURATION, "mcp.server": MCP_SERVER_DURATION };
/** `error.type` of a result that says of itself that it is an error. */
const TOOL_ERROR = "tool_error";

/** Whether a call came through the Model Context Protocol. */
export function isMcp(framework: string): boolean {
  return Object.hasOwn(BY_FRAMEWORK, framework);
}

/** What is recorded of a call over MCP that ended, beside what is of every call. */
export function mcpDuration(framework: string, tool: string, ms: number, error: string | undefined, result: unknown): [Instrument, number, Attributes] {
  const type = error ?? (isError(result) ? TOOL_ERROR : undefined);
  return [BY_FRAMEWORK[framework] as Instrument, ms / 1_000, {
    [names.MCP_METHOD]: names.TOOLS_CALL, [names.OPERATION_NAME]: names.EXECUTE_TOOL, [names.TOOL_NAME]: tool, ...(type !== undefined && { [names.ERROR_TYPE]: type }),
  }];
}

/** Own and plain: a result is the application's, and reading it must run nothing of it. */
function isError(result: unknown): boolean {
  return typeof result === "object" && result !== null && Object.getOwnPropertyDescriptor(result, "isError")?.value === true;
}
