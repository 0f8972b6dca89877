// The agent that the apps of all versions of `ai` run: a user's plain code, with a scripted model.
"use strict";

/** What the model does in each scenario: steps of tool calls; after the last one it says "done". */
const STEPS = {
  block: [{ wipe: { target: "everything" } }],
  arguments: [{ send: { to: "jane@example.com" } }],
  result: [{ lookup: { id: 1 } }],
  stream: [{ wipe: { target: "everything" } }, { lookup: { id: 2 } }],
  generator: [{ progress: { id: 3 } }],
  iterable: [{ feed: { id: 4 } }],
  parallel: [{ lookup: { id: 5 }, wipe: { target: "everything" }, send: { to: "john@example.com" } }],
  agent: [{ researcher: { about: "jane@example.com" } }],
  inner: [{ lookup: { id: 6 }, wipe: { target: "everything" } }],
  inherited: [{ hidden: { id: 7 } }],
  caller: [{ code: { id: 8 } }, { lookup: { id: 8 } }],
  late: [{ lookup: { id: 9 } }],
  lateGenerator: [{ progress: { id: 10 } }],
  lateIterable: [{ feed: { id: 11 } }],
  never: [{ send: { to: "nobody" } }],
  long: [{ send: { to: "jane@example.com", body: "word ".repeat(600) } }],
};
const STREAMED = new Set(["stream", "generator", "iterable", "lateGenerator", "lateIterable"]);

/**
 * Runs scenarios one after the other.
 *
 * @param ai the module `ai`
 * @param Model the mock model of `ai/test`
 * @param names which scenarios
 * @param extra `options` for each run of the model, `inside`: what the tool `send` does besides
 * @returns scenario → which tools ran, what the model read, what was streamed, the final text, a crash
 */
exports.run = async function run(ai, Model, names, extra = {}) {
  const report = {};
  for (const name of names) {
    const seen = (report[name] = { ran: [], read: {}, innerRead: {}, preliminary: [] });
    try {
      await converse(ai, Model, name, seen, extra);
    } catch (error) {
      seen.crash = String(error);
    }
  }
  return report;
};

async function converse(ai, Model, name, seen, extra) {
  const callers = name === "caller" && { experimental_toolCallers: { lookup: ["code", "AI_SDK_DIRECT_TOOL_CALL"], wipe: ["code"], feed: ["code"] } };
  const tools = toolbox(ai, Model, seen, extra);
  const options = { model: scripted(Model, name, seen.read), tools, prompt: "go", stopWhen: ai.stepCountIs(5), ...callers, ...extra.options };
  if (!STREAMED.has(name)) {
    seen.text = (await ai.generateText(options)).text;
    return;
  }
  const result = ai.streamText(options);
  for await (const part of result.fullStream) if (part.type === "tool-result" && part.preliminary) seen.preliminary.push(part.output);
  seen.text = await result.text;
}

function toolbox(ai, Model, seen, extra) {
  const note = (tool, input) => seen.ran.push({ tool, input, at: Date.now() });
  const shape = { description: "a tool", inputSchema: ai.jsonSchema({ type: "object" }) };
  const tool = (name, execute) => ai.tool({ ...shape, execute: (input, options) => (note(name, input), execute(input, options)) });

  /** A tool with private state and `execute` on its prototype. */
  class Directory {
    description = shape.description;
    inputSchema = shape.inputSchema;
    #people = [{ name: "Jane", email: "jane@example.com" }];

    async execute(input) {
      note("lookup", input);
      return this.#people[0];
    }
  }
  const tools = {
    lookup: new Directory(),
    send: tool("send", async () => (extra.inside?.(), { sent: true })),
    wipe: tool("wipe", async () => ({ wiped: true })),
    progress: ai.tool({
      ...shape,
      async *execute(input) {
        note("progress", input);
        yield { step: 1 };
        yield { step: 2, email: "jane@example.com" };
        yield { step: 3, email: "jane@example.com" };
      },
    }),
    // No generator function, and what it returns can be iterated but is no iterator.
    feed: tool("feed", () => ReadableStream.from([{ step: 1 }, { step: 2, email: "jane@example.com" }])),
    researcher: tool("researcher", async () => {
      const { lookup, wipe } = tools;
      const { text } = await ai.generateText({
        model: scripted(Model, "inner", seen.innerRead), tools: { lookup, wipe }, prompt: "go", stopWhen: ai.stepCountIs(5), ...extra.options,
      });
      return { inner: text, contact: "jane@example.com" };
    }),
  };
  if (ai.experimental_toolCaller) tools.code = codeMode(ai, tool);
  return Object.assign(Object.create({ hidden: tool("hidden", async () => ({ found: true })) }), tools);
}

/** A tool that runs the tools it is given by itself, as code written by a model does. */
function codeMode(ai, tool) {
  const unbound = tool("code", async () => { throw new Error("it was given no tools"); });
  const bind = (given) => tool("code", async (input, options) => {
    const results = {};
    for (const [name, callee] of Object.entries(given)) {
      try {
        const result = callee.execute(input, options);
        if (result[Symbol.asyncIterator]) for await (const value of result) results[name] = value;
        else results[name] = await result;
      } catch (error) {
        results[name] = error.message;
      }
    }
    return results;
  });
  return ai.experimental_toolCaller(unbound, { type: "local", bind });
}

/** A model that follows the script and notes in `read` what it is told of each call. */
function scripted(Model, name, read) {
  const flat = Model.name.endsWith("V2");
  const finish = (reason) => (flat ? reason : { unified: reason, raw: reason });
  const usage = flat ? { inputTokens: 1, outputTokens: 1, totalTokens: 2 } : { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
  let step = 0;
  const next = ({ prompt }) => {
    for (const { role, content } of prompt) if (role === "tool") for (const { toolCallId, output } of content) read[toolCallId] = output;
    const calls = STEPS[name][step++];
    if (!calls) return { content: [{ type: "text", text: "done" }], finishReason: finish("stop") };
    const content = Object.entries(calls).map(([toolName, input]) =>
      ({ type: "tool-call", toolCallId: `${name}-${toolName}`, toolName, input: JSON.stringify(input) }));
    return { content, finishReason: finish("tool-calls") };
  };
  const streamed = (part) => (part.type === "text"
    ? [{ type: "text-start", id: "t" }, { type: "text-delta", id: "t", delta: part.text }, { type: "text-end", id: "t" }] : [part]);
  return new Model({
    doGenerate: async (options) => ({ ...next(options), usage, warnings: [] }),
    doStream: async (options) => {
      const { content, finishReason } = next(options);
      return { stream: ReadableStream.from([{ type: "stream-start", warnings: [] }, ...content.flatMap(streamed), { type: "finish", finishReason, usage }]) };
    },
  });
}
