// The agents that the apps of both lines of LangChain run: a user's plain code, with a scripted model.
"use strict";
const { makeTools } = require("./langchain-tools.cjs");

/** What the model does in each conversation: steps of tool calls; after the last one it says "done". */
const STEPS = {
  block: [{ wipe: { target: "everything" } }],
  arguments: [{ send: { to: "jane@example.com" } }],
  result: [{ lookup: { id: 1 }, report: { id: 2 }, message: { id: 3 }, command: { id: 4 } }],
  error: [{ fail: { id: 5 } }],
  stream: [{ wipe: { target: "everything" } }, { lookup: { id: 6 } }],
  generator: [{ progress: { id: 7 } }],
  parallel: [{ lookup: { id: 8 }, wipe: { target: "everything" }, ledger: { id: 9 } }],
  agent: [{ researcher: { about: "jane@example.com" } }],
  inner: [{ lookup: { id: 10 }, wipe: { target: "everything" } }],
  runnable: [{ chain: { id: 11 }, purge: { id: 12 } }],
  kinds: [{ ledger: { id: 13 }, note: { input: "jane@example.com" }, shred: { input: "everything" } }],
  interrupt: [{ ask: { question: "may I?" } }],
  invalid: [{ lookup: { id: "not a number" } }],
  late: [{ lookup: { id: 14 } }],
  never: [{ send: { to: "nobody" } }],
};

/**
 * Runs conversations, each with every kind of agent of this line, and the direct calls of tools.
 *
 * @param lib the modules of LangChain
 * @param names conversations, and `direct`
 * @returns `<agent>/<conversation>` → which tools ran, what the model read, what was reported and streamed, the final text, a crash
 */
exports.run = async function run(lib, names) {
  const report = {};
  for (const name of names) {
    if (name === "direct") report.direct = await callDirectly(lib);
    else for (const kind of Object.keys(agents(lib))) report[`${kind}/${name}`] = await attempt((seen) => converse(lib, kind, name, seen));
  }
  return report;
};

async function attempt(action) {
  const seen = { ran: [], read: {}, innerRead: {}, streamed: [], reported: [], began: Date.now() };
  try {
    await action(seen);
  } catch (error) {
    seen.crash = String(error);
  }
  return seen;
}

/** The ways to build an agent. */
function agents({ prebuilt, langchain, langgraph }) {
  const checkpointer = new langgraph.MemorySaver();
  const kinds = { createReactAgent: (llm, tools) => prebuilt.createReactAgent({ llm, tools, checkpointer }) };
  if (!langchain) return kinds;
  const passOn = langchain.createMiddleware({ name: "passOn", wrapToolCall: (request, handler) => handler(request) });
  kinds.createAgent = (model, tools) => langchain.createAgent({ model, tools, checkpointer, name: "clerk" });
  kinds.middleware = (model, tools) => langchain.createAgent({ model, tools, checkpointer, middleware: [passOn] });
  return kinds;
}

async function converse(lib, kind, name, seen) {
  const make = agents(lib)[kind];
  const inner = (tools) => make(scripted(lib, "inner", seen.innerRead), tools);
  const agent = make(scripted(lib, name, seen.read), Object.values(makeTools(lib, seen, inner)));
  const config = { configurable: { thread_id: `${kind}-${name}` }, callbacks: [watcher(seen)] };
  let input = { messages: [new lib.messages.HumanMessage("go")] };
  for (;;) {
    const state = name === "stream" || name === "generator" ? await stream(agent, input, config, seen) : await agent.invoke(input, config);
    seen.text = state.messages.at(-1).content;
    const { tasks } = await agent.getState(config);
    const [question] = tasks.flatMap(({ interrupts }) => interrupts);
    if (!question) return;
    seen.question = question.value;
    input = new lib.langgraph.Command({ resume: "yes" });
  }
}

async function stream(agent, input, config, seen) {
  let state;
  for await (const [mode, part] of await agent.stream(input, { ...config, streamMode: ["updates", "values", "messages", "tools"] })) {
    if (mode === "values") state = part;
    else seen.streamed.push(part);
  }
  return state;
}

/** What a tracer of the user's would see and send elsewhere. */
function watcher({ reported }) {
  return {
    handleToolStart: (_, input) => void reported.push({ start: input }),
    handleToolEvent: (event) => void reported.push({ event }),
    handleToolEnd: (output) => void reported.push({ end: output }),
    handleToolError: (error) => void reported.push({ error: error.message }),
  };
}

/** A model that follows the script and notes in `read` what it is told of each call. */
function scripted({ messages, chatModels, testing }, name, read) {
  let step = 0;
  const next = (conversation) => {
    for (const message of conversation) {
      if (message.getType() !== "tool") continue;
      const { content, status, artifact, tool_call_id } = message;
      read[tool_call_id] = { content, status, artifact, isToolMessage: message instanceof messages.ToolMessage, kept: message.lc_kwargs.content };
    }
    const calls = STEPS[name][step++];
    if (!calls) return new messages.AIMessage("done");
    const toolCalls = Object.entries(calls).map(([tool, args]) => ({ name: tool, args, id: `${name}-${tool}`, type: "tool_call" }));
    return new messages.AIMessage({ content: "", tool_calls: toolCalls });
  };
  if (testing) return STEPS[name].reduce((model) => model.respond(next), testing.fakeModel().respond(next));

  class Scripted extends chatModels.BaseChatModel {
    _llmType() {
      return "scripted";
    }

    bindTools() {
      return this;
    }

    async _generate(conversation) {
      return { generations: [{ text: "", message: next(conversation) }] };
    }
  }
  return new Scripted({});
}

/** Tools called by the application itself, with arguments or with a call of a model. */
async function callDirectly(lib) {
  const results = {};
  const seen = { ran: [] };
  const tools = makeTools(lib, seen);
  const { wipe, purge, lookup, chain, note, ledger } = tools;
  const { RunnableLambda } = lib.runnables;
  const config = { configurable: { thread_id: 42 } };
  const calls = {
    wipe: () => wipe.invoke({ target: "everything" }),
    wipeCall: () => wipe.invoke({ type: "tool_call", name: "wipe", id: "c1", args: { target: "everything" } }),
    wipeCallWithoutId: () => wipe.invoke({ type: "tool_call", name: "wipe", args: { target: "everything" } }),
    wipeStream: () => all(wipe.stream({ target: "everything" })),
    wipeBatch: () => wipe.batch([{ target: "everything" }]),
    purge: () => purge.invoke({ id: 1 }),
    purgeCall: () => purge.invoke({ type: "tool_call", name: "purge", id: "c2", args: { id: 1 } }),
    purgeStream: () => all(purge.stream({ id: 1 })),
    purgeBatch: () => purge.batch([{ id: 1 }]),
    purgePiped: () => all(RunnableLambda.from((input) => input).pipe(purge).stream({ id: 1 })),
    purgeRetried: () => purge.withRetry({ stopAfterAttempt: 1 }).invoke({ id: 1 }),
    purgeConfigured: () => purge.withConfig({ tags: ["x"] }).invoke({ id: 1 }),
    purgeEvents: () => all(purge.streamEvents({ id: 1 }, { version: "v2" })),
    lookup: () => lookup.invoke({ id: 1 }, config),
    chain: () => chain.invoke({ id: 1 }, config),
    chainStream: () => all(chain.stream({ id: 1 })),
    note: () => note.invoke("jane@example.com"),
    ledger: () => ledger.invoke({ id: 1 }),
    message: () => chain.invoke({ id: 1, about: new lib.messages.HumanMessage("jane@example.com") }),
  };
  for (const [name, call] of Object.entries(calls)) {
    results[name] = await call().then(
      (value) => ({ value, isToolMessage: value instanceof lib.messages.ToolMessage }),
      (error) => ({ error: error.message, code: error.code }),
    );
  }
  return { results, ran: seen.ran };
}

async function all(stream) {
  const parts = [];
  for await (const part of await stream) parts.push(part);
  return parts;
}
