/**
 * Vercel `ai`. 6 and 7 run every tool through the private `executeToolCall`; 5 through `executeTools`
 * (generateText) and `runToolsTransformation` (streamText). 7's tool callers (code mode) call the tools they
 * were given directly, so those are wrapped where they are handed over.
 *
 * @module
 */
import type { Guard } from "../guard.ts";
import type { Passage } from "../passage.ts";
import type { Framework } from "./framework.ts";

interface Tool {
  execute?: (this: unknown, input: unknown, options?: { toolCallId?: string }) => unknown;
}
type Tools = Record<string, Tool>;
interface ToolCall {
  readonly toolName: string;
  readonly toolCallId: string;
  readonly input: unknown;
}

export const ai: Framework = {
  id: "ai",
  packages: { ai: ["5", "6", "7"] },
  capable: (source, { path }) => /^dist\/index\.m?js$/.test(path) || /\bexecuteTools?(?:Call)?\b/.test(source),
  patch(source) {
    const has = (name: string): boolean => new RegExp(`^(?:async )?function ${name}\\(`, "m").test(source);
    if (has("executeToolCall")) {
      const callers = has("prepareToolsForToolCallers") ? "prepareToolsForToolCallers=$.callers(prepareToolsForToolCallers);" : "";
      return `executeToolCall=$.call(executeToolCall);${callers}`;
    }
    if (has("executeTools") && has("runToolsTransformation")) return "executeTools=$.swap(executeTools);runToolsTransformation=$.swap(runToolsTransformation);";
    return undefined;
  },
  signature: /vercel\.ai\.error\.AI_/,
  bind: (guard) => ({
    /** 6 and 7: judged before the framework's span starts, refused inside it as an ordinary tool error. */
    call: (original: (call: { toolCall: ToolCall; tools?: Tools }) => Promise<unknown>) => async (call: { toolCall: ToolCall; tools?: Tools }) => {
      const { toolName, toolCallId, input } = call.toolCall;
      // Not only own properties: 6 finds a tool wherever the object has it.
      const tool = call.tools?.[toolName];
      if (typeof tool?.execute !== "function") return original(call);
      const passage = await guard.admit({ framework: "ai", tool: toolName, arguments: input, callId: toolCallId });
      try {
        return await original({
          ...call,
          toolCall: { ...call.toolCall, input: passage.arguments },
          tools: { ...call.tools, [toolName]: withExecute(tool, (_, options) => pass(passage, tool, options)) },
        });
      } finally {
        passage.abandon();
      }
    },
    /** 5: judged inside the framework's span; what that span holds of the arguments is cleaned on adoption. */
    swap: (original: (options: { tools?: Tools }) => unknown) => (options: { tools?: Tools }) =>
      original({ ...options, ...(options.tools && { tools: guardTools(guard, options.tools, "ai") }) }),
    /** 7: a tool caller holds the tools it may call and bypasses `executeToolCall`. */
    callers: (original: (options: { tools?: Tools; toolCallers?: object }) => unknown) => (options: { tools?: Tools; toolCallers?: object }) => {
      const { tools, toolCallers } = options;
      if (!tools || !toolCallers) return original(options);
      return original({ ...options, tools: { ...tools, ...guardTools(guard, pick(tools, Object.keys(toolCallers)), "ai.caller") } });
    },
  }),
};

/** A view of the tools, not a copy: they may be inherited, computed, or come out of a proxy. */
function guardTools(guard: Guard, tools: Tools, framework: string): Tools {
  const get = (_: unknown, name: string | symbol): unknown => {
    const tool = Reflect.get(tools, name) as Tool | undefined;
    return typeof name === "string" && typeof tool?.execute === "function" ? guardTool(guard, name, tool, framework) : tool;
  };
  return new Proxy<Tools>({}, {
    get,
    has: (_, name) => Reflect.has(tools, name),
    ownKeys: () => Reflect.ownKeys(tools),
    getOwnPropertyDescriptor: (target, name) => {
      const own = Reflect.getOwnPropertyDescriptor(tools, name);
      return own && { value: get(target, name), enumerable: own.enumerable === true, configurable: true, writable: true };
    },
  });
}

function guardTool(guard: Guard, name: string, tool: Tool, framework: string): Tool {
  const admit = (input: unknown, options?: { toolCallId?: string }): Passage | Promise<Passage> =>
    guard.admit({ framework, tool: name, arguments: input, callId: options?.toolCallId });
  // A generator must stay one, else its preliminary results disappear.
  if (tool.execute?.constructor.name === "AsyncGeneratorFunction") {
    return withExecute(tool, async function* (input, options) {
      return yield* pass(await admit(input, options), tool, options) as AsyncGenerator<unknown>;
    });
  }
  return withExecute(tool, (input, options) => {
    const passage = admit(input, options);
    return passage instanceof Promise ? passage.then((judged) => last(pass(judged, tool, options))) : pass(passage, tool, options);
  });
}

function pass(passage: Passage, tool: Tool, options: { toolCallId?: string } | undefined): unknown {
  if (!passage.allowed) {
    passage.refuse();
    throw passage.denial();
  }
  return passage.run((args) => {
    const result = tool.execute?.(args, options);
    // The framework iterates over whatever can be iterated, like a stream; so each value has to pass the filters.
    return isAsyncIterable(result) ? iterate(result) : result;
  });
}

async function* iterate(source: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  return yield* source;
}

/** What is left of a stream for a framework that was already given a promise: its final result. */
async function last(result: unknown): Promise<unknown> {
  if (!isAsyncIterable(result)) return result;
  let final: unknown;
  for await (const value of result) final = value;
  return final;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** Copied by descriptor: tools carry symbols, getters and private state that a spread would lose. */
function withExecute(tool: Tool, execute: NonNullable<Tool["execute"]>): Tool {
  return Object.create(Object.getPrototypeOf(tool) as object | null, {
    ...Object.getOwnPropertyDescriptors(tool), execute: { value: execute, enumerable: true, configurable: true, writable: true },
  }) as Tool;
}

function pick(tools: Tools, names: readonly string[]): Tools {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(tools, name)).map((name) => [name, tools[name] as Tool]));
}
