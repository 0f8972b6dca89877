// What the hosts and servers of both versions of the MCP SDK do: a user's plain code.
"use strict";

/**
 * @typedef sdk what an app hands over: the SDK's classes, `version`, `z`, and for v1 `types` and the classes for tasks
 */

const INFO = { name: "office", version: "1.0.0" };
const text = (value) => ({ content: [{ type: "text", text: value }] });

/**
 * An office with tools. Each run of a tool goes into `journal`.
 *
 * @param reach returns the client whose tools `delegate` calls
 */
function createServer(sdk, journal, reach) {
  const { z } = sdk;
  const server = new sdk.McpServer(INFO, sdk.version === 1 ? taskOptions(sdk) : {});
  const tool = (name, run, config = {}) => server.registerTool(name, { description: name, inputSchema: z.looseObject({}), ...config }, async (args, extra) => {
    journal.push({ tool: name, arguments: args, at: Date.now() });
    return run(args, extra);
  });
  tool("lookup", ({ id }) => text(`record ${id}`));
  tool("contact", () => text("write to jane@example.com"));
  tool("send", ({ to }) => text(`sent to ${to}`));
  tool("wipe", () => text("wiped"));
  tool("slow", ({ id }) => text(`slow ${id}`));
  tool("never", () => text("never"));
  tool("secret", () => text("the secret"));
  tool("count", async (_, extra) => {
    const notify = sdk.version === 1 ? extra.sendNotification : extra.mcpReq.notify;
    const { progressToken } = (extra.mcpReq ?? extra)._meta;
    for (const progress of [1, 2, 3]) await notify({ method: "notifications/progress", params: { progressToken, progress, total: 3 } });
    // The SDK drops progress that it reads together with the result.
    await server.server.ping();
    return text("counted");
  });
  const outputSchema = z.object({ celsius: z.number() });
  for (const name of ["weather", "forecast"]) tool(name, () => ({ ...text("21 degrees"), structuredContent: { celsius: 21 } }), { outputSchema });
  tool("delegate", async ({ steps }) => {
    const said = [];
    for (const step of steps) {
      const { content, isError } = await reach().callTool(step);
      said.push(`${step.name}: ${isError ? "error: " : ""}${content[0].text}`);
    }
    return text(said.join("\n"));
  });
  if (sdk.version === 1) for (const name of ["job", "purge"]) registerTask(sdk, server, name, journal);
  server.registerResource("journal", "office://journal", {}, async ({ href }) => ({
    contents: [{ uri: href, text: JSON.stringify({ journal, options: process.env.NODE_OPTIONS ?? null }) }],
  }));
  return server;
}

function taskOptions(sdk) {
  return { capabilities: { tasks: { requests: { tools: { call: {} } } } }, taskStore: new sdk.InMemoryTaskStore(), taskMessageQueue: new sdk.InMemoryTaskMessageQueue() };
}

/** A tool that answers with a task and does its work afterwards. */
function registerTask({ z }, server, name, journal) {
  server.experimental.tasks.registerToolTask(name, { description: name, inputSchema: z.looseObject({}), execution: { taskSupport: "optional" } }, {
    async createTask(args, { taskStore }) {
      const task = await taskStore.createTask({ pollInterval: 10 });
      setImmediate(() => {
        journal.push({ tool: name, arguments: args, at: Date.now() });
        void taskStore.storeTaskResult(task.taskId, "completed", text(`${name} done for jane@example.com`));
      });
      return { task };
    },
    getTask: (_, { taskId, taskStore }) => taskStore.getTask(taskId),
    getTaskResult: (_, { taskId, taskStore }) => taskStore.getTaskResult(taskId),
  });
}

/** A client of a server in this process. */
async function linked(sdk, server, options) {
  const [near, far] = sdk.InMemoryTransport.createLinkedPair();
  await server.connect(far);
  const client = new sdk.Client(INFO, options);
  await client.connect(near);
  return client;
}

const SCENARIOS = {
  block: async ({ call }) => ({ refused: await call("wipe", { target: "block" }), after: await call("lookup", { id: "block" }) }),
  arguments: async ({ call }) => ({ answer: await call("send", { to: "jane@example.com" }) }),
  result: async ({ call }) => ({ answer: await call("contact", { of: "jane" }) }),
  direct: async ({ request }) => ({ refused: await request("wipe", { target: "direct" }), allowed: await request("lookup", { id: "direct" }) }),
  async schema({ sdk, client, call }) {
    client.setNotificationHandler(sdk.types?.ToolListChangedNotificationSchema ?? "notifications/tools/list_changed", () => {});
    await client.listTools();
    return { refused: await call("forecast", { city: "Ulm" }), allowed: await call("weather", { city: "Ulm" }) };
  },
  async stream({ call }) {
    const progress = [];
    const refusedProgress = [];
    return {
      allowed: await call("count", { to: 3 }, { onprogress: (step) => progress.push(step.progress) }), progress,
      refused: await call("wipe", { target: "stream" }, { onprogress: (step) => refusedProgress.push(step.progress) }), refusedProgress,
    };
  },
  async parallel({ call }) {
    const calls = [call("lookup", { id: "parallel" }), call("wipe", { target: "parallel" }), call("send", { to: "parallel" })];
    return { answers: await Promise.all(calls) };
  },
  /** The agent is a tool of the other side. */
  agent: async ({ call }) => ({ answer: await call("delegate", { steps: STEPS }) }),
  /** The agent is a tool in this process that uses the other side. */
  async ownAgent({ sdk, client, journal }) {
    const agent = await linked(sdk, createServer(sdk, journal, () => client));
    return { answer: await agent.callTool({ name: "delegate", arguments: { steps: STEPS } }) };
  },
  /** v1: results that are streamed, and tasks whose results are fetched later. */
  async tasks({ client }) {
    await client.listTools();
    const collect = async (name) => {
      const messages = [];
      for await (const message of client.experimental.tasks.callToolStream({ name, arguments: { of: name } })) messages.push({ ...message, error: message.error?.message });
      return messages;
    };
    return { job: await collect("job"), purge: await collect("purge"), plain: await collect("lookup"), plainRefused: await collect("wipe") };
  },
  async late({ call }) {
    const asked = Date.now();
    return {
      asked, slow: await call("slow", { id: "late" }), never: await call("never", {}),
      after: await call("lookup", { id: "late" }), secret: await call("secret", {}),
    };
  },
  /** Changes its own objects while it waits. */
  async mutate({ sdk, client }) {
    const params = { name: "slow", arguments: { id: "asked" } };
    const answer = client.request({ method: "tools/call", params }, sdk.types?.CallToolResultSchema);
    params.name = "wipe";
    params.arguments.id = "changed";
    return { answer: await answer };
  },
  /** Calls a tool from inside the handler of a request of the server. */
  async related({ sdk, journal }) {
    const server = createServer(sdk, journal);
    const client = await linked(sdk, server, { capabilities: { roots: {} } });
    const wipe = { method: "tools/call", params: { name: "wipe", arguments: { target: "related" } } };
    let refused;
    const answer = async (send) => {
      refused = await send(wipe, sdk.types?.CallToolResultSchema);
      return { roots: [] };
    };
    if (sdk.version === 1) client.setRequestHandler(sdk.types.ListRootsRequestSchema, (_, extra) => answer(extra.sendRequest));
    else client.setRequestHandler("roots/list", (_, extra) => answer(extra.mcpReq.send));
    await server.server.listRoots();
    return { refused };
  },
  /** Clients that speak the protocol by hand, to servers that handle it in their own ways. */
  async peers({ sdk, journal }) {
    const answers = {};
    for (const [name, server] of Object.entries(ownServers(sdk, journal))) {
      const peer = await byHand(sdk, server);
      answers[name] = { refused: await peer("wipe", { target: name }), allowed: await peer("lookup", { id: name }), bare: await peer("lookup") };
    }
    return answers;
  },
};
const STEPS = [{ name: "wipe", arguments: { target: "agent" } }, { name: "lookup", arguments: { id: "agent" } }];

/** Servers without McpServer. */
function ownServers(sdk, journal) {
  const { z } = sdk;
  const make = () => new sdk.Server(INFO, { capabilities: { tools: {} } });
  const handle = ({ name, arguments: args }) => {
    journal.push({ tool: name, arguments: args ?? null, at: Date.now() });
    return text(`handled ${name}`);
  };
  const params = z.looseObject({ name: z.string(), arguments: z.optional(z.record(z.string(), z.unknown())) });
  const servers = { handler: make(), schema: make(), fallback: make() };
  if (sdk.version === 1) {
    servers.handler.setRequestHandler(sdk.types.CallToolRequestSchema, (request) => handle(request.params));
    servers.schema.setRequestHandler(z.object({ method: z.literal("tools/call"), params }), (request) => handle(request.params));
  } else {
    servers.handler.setRequestHandler("tools/call", (request) => handle(request.params));
    servers.schema.setRequestHandler("tools/call", { params }, (given) => handle(given));
  }
  servers.fallback.fallbackRequestHandler = async (request) => handle(request.params);
  return servers;
}

/** A client without Client: `(tool, arguments) => result`, or the error that came instead. */
async function byHand(sdk, server) {
  const [near, far] = sdk.InMemoryTransport.createLinkedPair();
  await server.connect(far);
  const waiting = new Map();
  near.onmessage = ({ id, result, error }) => waiting.get(id)?.(result ?? { error });
  await near.start();
  let next = 1;
  const ask = (method, params) => {
    const id = next++;
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    void near.send({ jsonrpc: "2.0", id, method, params }, { authInfo: { token: "t", clientId: "alice", scopes: [] } });
    return answer;
  };
  await ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: INFO });
  await near.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  return (name, args) => ask("tools/call", { name, ...(args && { arguments: args }) });
}

/** Serves the office on stdio; its agent uses an office of its own. */
exports.serve = async function serve(sdk) {
  const journal = [];
  const inner = await linked(sdk, createServer(sdk, journal));
  await createServer(sdk, journal, () => inner).connect(new sdk.StdioServerTransport());
};

/**
 * Runs scenarios and prints what came of them.
 *
 * @param names the scenarios, separated by commas
 * @param server command, arguments and environment of the server as JSON; without it the server is in this process
 */
exports.main = async function main(sdk, [names, server]) {
  const journal = [];
  const inner = server ? undefined : await linked(sdk, createServer(sdk, journal));
  const client = server ? new sdk.Client(INFO) : await linked(sdk, createServer(sdk, journal, () => inner));
  if (server) await client.connect(new sdk.StdioClientTransport(JSON.parse(server)));

  const request = (name, args) => client.request({ method: "tools/call", params: { name, arguments: args } }, sdk.types?.CallToolResultSchema);
  const call = (name, args, options) => client.callTool({ name, arguments: args }, ...(sdk.version === 1 ? [undefined, options] : [options]));
  const reports = {};
  for (const name of names.split(",")) {
    try {
      reports[name] = await SCENARIOS[name]({ sdk, client, journal, call, request });
    } catch (error) {
      reports[name] = { crash: String(error) };
    }
  }
  const { contents } = await client.readResource({ uri: "office://journal" });
  const other = JSON.parse(contents[0].text);
  await client.close();
  const ran = server ? [...journal, ...other.journal] : journal;
  console.log(JSON.stringify({ reports, ran, options: process.env.NODE_OPTIONS ?? null, serverOptions: other.options }));
};
