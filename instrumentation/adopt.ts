import { type Context, type Span, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { describeValue, redacted } from "./evidence.ts";
import { EXECUTE_TOOL, OPERATION_NAME, TOOL_CALL_ARGUMENTS, TOOL_CALL_ID, TOOL_NAME } from "../names.ts";
import type { Call } from "../policies/index.ts";
import type { Detection } from "../processors/detection/detection.ts";

/** Span names that frameworks give to a tool call. */
const TOOL_SPAN = /^(?:execute_tool |ai\.toolCall|anthropic\..*tool_use |function_tool$)/;

/**
 * The framework's own span for this call, if one is active: it is enriched instead of doubled, as the
 * semantic conventions for MCP ask for.
 *
 * @param outer the span of the tool that this call was made from; never adopted, it is another call's
 * @param before the context in which the call was judged: a span that was active then is only this call's
 *   when it names the call
 */
export function adoptable(active: Context, call: Call, outer: Span | undefined, before: Context): Span | undefined {
  const span = trace.getSpan(active);
  if (!span?.isRecording() || span === outer) return undefined;
  const { name, attributes } = span as unknown as Partial<ReadableSpan>;
  if (!attributes) return undefined;
  const id = attributes[TOOL_CALL_ID] ?? attributes["ai.toolCall.id"];
  if (id !== undefined && id === call.callId) return span;
  const isTool = attributes[OPERATION_NAME] === EXECUTE_TOOL || (name !== undefined && TOOL_SPAN.test(name));
  if (!isTool) return undefined;
  const named = attributes[TOOL_NAME] ?? attributes["ai.toolCall.name"];
  return span !== trace.getSpan(before) || named === call.tool ? span : undefined;
}

/** Where frameworks write arguments into their own span. */
const ARGUMENT_ATTRIBUTES = [TOOL_CALL_ARGUMENTS, "ai.toolCall.args", "input.value", "gcp.vertex.agent.tool_call_args"];

/** Overwrites the arguments that a framework has put into its span before we saw them: it has not ended, so nothing has left. */
export function cleanArguments(span: Span, args: unknown, detection: Detection): void {
  const { attributes } = span as unknown as ReadableSpan;
  for (const key of ARGUMENT_ATTRIBUTES) if (key in attributes) span.setAttribute(key, textOf(args, detection));
}

/** Whole, as the framework had it: how long an attribute may be is the application's to say. */
function textOf(args: unknown, detection: Detection): string {
  try {
    return JSON.stringify(redacted(args, detection)) ?? "null";
  } catch {
    return describeValue(redacted(args, detection)).text;
  }
}
