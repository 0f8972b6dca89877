/**
 * `@langchain/core` 0.3 and 1.x. Every tool, LangGraph's and createAgent's included, ends in
 * `StructuredTool.prototype.call`; `runnable.asTool()` makes a `RunnableToolLike`, which does not.
 *
 * A denial is a `ToolMessage`: in an agent with a `wrapToolCall` middleware an error would end the run. Only
 * who calls a tool directly, with arguments and not with a model's call, gets an error.
 *
 * @module
 */
import type { Call } from "../../policies/index.ts";
import { deniedError, type Passage } from "../passage.ts";
import type { Framework } from "./framework.ts";

interface ToolCall {
  readonly type: "tool_call";
  readonly args: unknown;
  readonly id?: string;
}
interface Config {
  readonly toolCall?: ToolCall;
  readonly configurable?: { readonly thread_id?: unknown };
  readonly metadata?: { readonly lc_agent_name?: string };
}
/** What runs the tool itself: a method that the tool's class gives. */
type Body = (input: unknown, manager: unknown, config: unknown) => unknown;
interface Tool {
  readonly name: string;
  readonly _call: Body;
  call(input: unknown, config?: Config, ...rest: unknown[]): Promise<unknown>;
  toJSON(): unknown;
}
interface Runnable {
  readonly name: string;
  invoke(input: unknown, config?: Config, ...rest: unknown[]): Promise<unknown>;
}
interface Constructor<T> {
  readonly prototype: T;
}
interface Messages {
  readonly ToolMessage: new (fields: { status: "error"; content: string; tool_call_id: string; name: string }) => object;
}
/** Asked for when it is needed: `runnables` is loaded before `messages`. */
type LoadMessages = () => Messages | Promise<Messages>;

const TOOLS = /^dist\/tools\/index\.c?js$/;
const RUNNABLES = /^dist\/runnables\/base\.c?js$/;
/** A binding hands these to what it is bound to, past its own `invoke`; a `Runnable` makes them from `invoke`. */
const AROUND_INVOKE = ["batch", "stream", "_streamIterator", "transform", "streamEvents", "bind", "withConfig", "withRetry", "withListeners"];

export const langchain: Framework = {
  id: "langchain",
  packages: { "@langchain/core": ["0.3", "1"] },
  capable: (source, { path }) => TOOLS.test(path) || (RUNNABLES.test(path) && source.includes("RunnableToolLike")),
  patch(source, { path }) {
    const messages = path.endsWith(".cjs") ? '()=>require("../messages/tool.cjs")' : '()=>import("../messages/tool.js")';
    if (TOOLS.test(path) && /\bclass StructuredTool\b|\bStructuredTool = class\b/.test(source) && /["']\.\.\/messages\/tool\.c?js["']/.test(source)) {
      return `$.tool(StructuredTool,${messages},${source.includes("consumeAsyncGenerator")});`;
    }
    if (RUNNABLES.test(path) && /\bclass RunnableToolLike\b|\bRunnableToolLike = class\b/.test(source)) return `$.runnable(RunnableToolLike,Runnable,${messages});`;
    return undefined;
  },
  signature: /["']StructuredTool["']|lc_namespace.{0,40}langchain.{0,5}tools/,
  bind: (guard) => ({
    /** @param generators whether this version takes what a generator yields as events, and what it returns as the result */
    tool(target: Constructor<Tool>, messages: LoadMessages, generators: boolean) {
      const original = target.prototype.call;
      target.prototype.call = async function (input, config, ...rest) {
        const call = isToolCall(input) ? input : undefined;
        const made = call ?? config?.toolCall;
        const passage = await guard.admit(describe(this.name, call ? call.args : input, made?.id, config));
        if (!passage.allowed) {
          passage.refuse();
          return answer(passage.message, this.name, made, messages);
        }
        const args = passage.arguments;
        const tool = withBody(this, (...details) => {
          const body = (): unknown => this._call(...details);
          return generators ? runStreamed(passage, body) : passage.run(body);
        });
        try {
          return await original.call(tool, call ? { ...call, args } : args, withArguments(config, input, args), ...rest);
        } catch (thrown) {
          if (passage.withheld) return answer(passage.message, this.name, made, messages);
          throw thrown;
        } finally {
          passage.abandon();
        }
      };
    },
    runnable(target: Constructor<Runnable>, base: Constructor<object>, messages: LoadMessages) {
      const original = target.prototype.invoke;
      for (const name of AROUND_INVOKE) {
        const around = Object.getOwnPropertyDescriptor(base.prototype, name);
        if (around) Object.defineProperty(target.prototype, name, around);
      }
      target.prototype.invoke = function (input, config, ...rest) {
        const call = isToolCall(input) ? input : undefined;
        return guard.call(
          describe(this.name, call ? call.args : input, call?.id, config),
          (args) => original.call(this, call ? { ...call, args } : args, config, ...rest),
          (message) => answer(message, this.name, call, messages),
        );
      };
    },
  }),
};

function describe(tool: string, args: unknown, callId: string | undefined, config: Config | undefined): Call {
  const session = config?.configurable?.thread_id;
  return {
    framework: "langchain", tool, arguments: args, callId, agent: config?.metadata?.lc_agent_name,
    session: session === undefined || session === null ? undefined : String(session),
  };
}

/** What the model reads, if a model made the call. */
async function answer(message: string, name: string, call: ToolCall | undefined, messages: LoadMessages): Promise<object> {
  if (!call) throw deniedError(message);
  const { ToolMessage } = await messages();
  return new ToolMessage({ status: "error", content: message, tool_call_id: call.id ?? "", name });
}

/**
 * The tool for the framework's own code, which reports its result to callbacks (tracers, streams of events):
 * with the filters around its body, and so inside of what is reported. The body itself sees the real tool.
 */
function withBody(tool: Tool, body: Body): Tool {
  return new Proxy({} as Tool, {
    get(_, key) {
      if (key === "_call") return body;
      // The only method that the framework calls; bound, since a class may have private state.
      if (key === "toJSON") return () => tool.toJSON();
      return Reflect.get(tool, key, tool) as unknown;
    },
  });
}

/** The call also stands in the configuration that the tool is given. One that it inherited from a tool around it is left alone. */
function withArguments(config: Config | undefined, judged: unknown, args: unknown): Config | undefined {
  return config?.toolCall && config.toolCall.args === judged ? { ...config, toolCall: { ...config.toolCall, args } } : config;
}

/** A generator comes inside a promise, when the passage would have let it go by as a result. */
async function runStreamed(passage: Passage, body: () => unknown): Promise<unknown> {
  const steps = passage.run(async function* (): AsyncGenerator<unknown, unknown> {
    const result = await body();
    return isGenerator(result) ? yield* { [Symbol.asyncIterator]: () => result } : result;
  });
  const first = await steps.next();
  return first.done ? first.value : goOn(first.value, steps);
}

async function* goOn(first: unknown, steps: AsyncGenerator<unknown, unknown>): AsyncGenerator<unknown, unknown> {
  try {
    yield first;
    return yield* steps;
  } finally {
    await steps.return(undefined);
  }
}

/** As the framework tells. */
function isGenerator(value: unknown): value is AsyncIterator<unknown, unknown> {
  return typeof value === "object" && value !== null && typeof (value as { next?: unknown }).next === "function";
}

function isToolCall(input: unknown): input is ToolCall {
  return typeof input === "object" && input !== null && (input as ToolCall).type === "tool_call";
}
