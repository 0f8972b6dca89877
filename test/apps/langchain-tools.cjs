// The tools of the agents in langchain-scenario.cjs: one of each kind that LangChain knows.
"use strict";

/**
 * @param lib the modules of LangChain
 * @param seen where each tool notes in `ran` that it ran
 * @param makeAgent makes an agent with some of the tools
 */
exports.makeTools = function makeTools(lib, seen, makeAgent) {
  const { tools: { tool, StructuredTool, DynamicTool }, messages: { ToolMessage, HumanMessage }, runnables: { RunnableLambda }, langgraph, z } = lib;
  const note = (name, input, config) => seen.ran.push({ tool: name, input, call: config?.toolCall?.args, at: Date.now() });
  const numbered = z.object({ id: z.number() });
  const make = (name, schema, run, more) =>
    tool(async (input, config) => (note(name, input, config), run(input, config)), { name, description: "a tool", schema, ...more });
  const answer = (name, { toolCall }, more) => new ToolMessage({ content: "jane@example.com", tool_call_id: toolCall.id, name, ...more });

  /** A tool with private state, as a class. */
  class Ledger extends StructuredTool {
    name = "ledger";
    description = "a tool";
    #schema = numbered;
    #entries = [{ owner: "jane@example.com" }];

    get schema() {
      return this.#schema;
    }

    async _call(input) {
      note("ledger", input);
      return JSON.stringify(this.#entries);
    }

    toJSON() {
      return { ...super.toJSON(), entries: this.#entries.length };
    }
  }

  const made = {
    lookup: make("lookup", numbered, () => ({ name: "Jane", email: "jane@example.com" })),
    send: make("send", z.object({ to: z.string() }), () => "sent"),
    wipe: make("wipe", z.object({ target: z.string() }), () => "wiped"),
    report: make("report", numbered, () => [[{ type: "text", text: "write to jane@example.com" }], { rows: [{ email: "jane@example.com" }] }], {
      responseFormat: "content_and_artifact",
    }),
    message: make("message", numbered, (_, config) => answer("message", config, { artifact: { raw: "jane@example.com" } })),
    command: make("command", numbered, (_, config) => new langgraph.Command({ update: { messages: [answer("command", config)] } })),
    fail: make("fail", numbered, () => { throw new TypeError("no such person: jane@example.com"); }),
    ask: make("ask", z.object({ question: z.string() }), ({ question }) => `they said ${langgraph.interrupt({ question, about: "jane@example.com" })}`),
    progress: tool(async function* (input, config) {
      note("progress", input, config);
      yield { step: 1 };
      yield { step: 2, email: "jane@example.com" };
      return "reached jane@example.com";
    }, { name: "progress", description: "a tool", schema: numbered }),
    researcher: make("researcher", z.object({ about: z.string() }), async (_, config) => {
      const { lookup, wipe } = made;
      const thread = { configurable: { thread_id: `${config.configurable.thread_id}-inner` } };
      const { messages } = await makeAgent([lookup, wipe]).invoke({ messages: [new HumanMessage("go")] }, thread);
      return `inner: ${messages.at(-1).content}, ask jane@example.com`;
    }),
    note: new DynamicTool({ name: "note", description: "a tool", func: async (input) => (note("note", input), `noted for ${input}`) }),
    shred: new DynamicTool({ name: "shred", description: "a tool", func: async (input) => (note("shred", input), "shredded") }),
    ledger: new Ledger(),
    chain: asTool("chain", (input) => ({ found: "jane@example.com", isMessage: HumanMessage.isInstance?.(input.about) ?? input.about instanceof HumanMessage })),
    purge: asTool("purge", () => "purged"),
  };
  return made;

  /** A runnable that was made a tool is none of LangChain's tool classes. */
  function asTool(name, run) {
    return RunnableLambda.from((input) => (note(name, input), run(input))).asTool({ name, description: "a tool", schema: z.object({ id: z.number() }) });
  }
};
