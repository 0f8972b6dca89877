/**
 * `@langchain/core` 0.3 and 1.x. Every tool, LangGraph's and createAgent's included, ends in
 * `StructuredTool.prototype.call`; `runnable.asTool()` makes a `RunnableToolLike`, which does not.
 *
 * @module
 */
import { deniedError } from "../passage.ts";
import type { Framework } from "./framework.ts";

interface ToolCall {
  readonly type: "tool_call";
  readonly args: unknown;
  readonly id?: string;
}
interface Config {
  readonly toolCall?: { readonly id?: string };
  readonly configurable?: { readonly thread_id?: string };
}
interface Tool {
  readonly name: string;
  call(input: unknown, config?: Config, ...rest: unknown[]): Promise<unknown>;
}
interface RunnableTool {
  readonly name: string;
  invoke(input: unknown, config?: Config, ...rest: unknown[]): Promise<unknown>;
}
interface Constructor<T> {
  readonly prototype: T;
}
type ToolMessage = new (fields: { status: "error"; content: string; tool_call_id: string; name: string }) => object;

const TOOLS = /^dist\/tools\/index\.c?js$/;
const RUNNABLES = /^dist\/runnables\/base\.c?js$/;

export const langchain: Framework = {
  id: "langchain",
  packages: { "@langchain/core": ["0.3", "1"] },
  capable: (source, { path }) => TOOLS.test(path) || (RUNNABLES.test(path) && source.includes("RunnableToolLike")),
  patch(source, { path }) {
    const cjs = path.endsWith(".cjs");
    if (TOOLS.test(path) && /\bclass StructuredTool\b|\bStructuredTool = class\b/.test(source)) {
      const messages = cjs ? /\b(tool_js_1|require_messages_tool)\b/.exec(source)?.[1] : undefined;
      if (cjs && !messages) return undefined;
      return `$.tool(StructuredTool,${messages ? `${messages}.` : ""}ToolMessage);`;
    }
    if (RUNNABLES.test(path) && /\bclass RunnableToolLike\b|\bRunnableToolLike = class\b/.test(source)) return "$.runnable(RunnableToolLike);";
    return undefined;
  },
  signature: /["']StructuredTool["']|lc_namespace.{0,40}langchain.{0,5}tools/,
  bind: (guard) => ({
    tool(target: Constructor<Tool>, Message: ToolMessage) {
      const original = target.prototype.call;
      target.prototype.call = function (input, config, ...rest) {
        const call = isToolCall(input) ? input : undefined;
        const id = call?.id ?? config?.toolCall?.id;
        return guard.call(
          { framework: "langchain", tool: this.name, arguments: call ? call.args : input, callId: id, session: config?.configurable?.thread_id },
          (args) => original.call(this, call ? { ...call, args } : args, config, ...rest),
          (message) => {
            // Without a call id nobody waits for a message: this is a direct call of the application's own code.
            if (id === undefined) throw deniedError(message);
            return new Message({ status: "error", content: message, tool_call_id: id, name: this.name });
          },
        );
      };
    },
    runnable(target: Constructor<RunnableTool>) {
      const original = target.prototype.invoke;
      target.prototype.invoke = function (input, config, ...rest) {
        const call = isToolCall(input) ? input : undefined;
        return guard.call(
          { framework: "langchain", tool: this.name, arguments: call ? call.args : input, callId: call?.id ?? config?.toolCall?.id, session: config?.configurable?.thread_id },
          (args) => original.call(this, call ? { ...call, args } : args, config, ...rest),
          (message) => { throw deniedError(message); },
        );
      };
    },
  }),
};

function isToolCall(input: unknown): input is ToolCall {
  return typeof input === "object" && input !== null && "args" in input && (input as ToolCall).type === "tool_call";
}
