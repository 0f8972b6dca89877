// An agent that reads pages, and knows nothing of who may be reached: one that the model names, one that redirects, and one of its own.
const { createServer } = require("node:http");
const { generateText, stepCountIs, tool } = require("ai");
const { MockLanguageModelV4 } = require("ai/test");
const { z } = require("zod");

const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
const reached = [];
const server = createServer((request, response) => {
  reached.push(`${request.headers.host.split(":")[0]}${request.url}`);
  if (request.url === "/moved") response.writeHead(302, { location: `http://localhost:${server.address().port}/secret` });
  response.end(`page ${request.url}`);
});

server.listen(0, async () => {
  const at = (host, path) => `http://${host}:${server.address().port}${path}`;
  const calls = [["read_page", { url: at("127.0.0.1", "/plain") }], ["read_page", { url: at("localhost", "/named") }], ["read_page", { url: at("127.0.0.1", "/moved") }], ["read_news", {}]];
  let seen;
  const model = new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => {
      if (prompt.at(-1).role === "user") {
        return { content: calls.map(([toolName, input], index) => ({ type: "tool-call", toolCallId: `c${index}`, toolName, input: JSON.stringify(input) })), finishReason: { unified: "tool-calls" }, usage, warnings: [] };
      }
      seen = prompt.at(-1).content.map(({ output }) => output.value);
      // The model's own provider is asked outside of any tool.
      await fetch(at("localhost", "/model"));
      return { content: [{ type: "text", text: "done" }], finishReason: { unified: "stop" }, usage, warnings: [] };
    },
  });
  const read = async (url) => (await fetch(url)).text();
  const { text } = await generateText({
    model, prompt: "go", stopWhen: stepCountIs(3),
    tools: {
      read_page: tool({ inputSchema: z.object({ url: z.string() }), execute: ({ url }) => read(url) }),
      read_news: tool({ inputSchema: z.object({}), execute: () => read(at("localhost", "/news")) }),
    },
  });
  server.closeAllConnections();
  server.close();
  console.log(JSON.stringify({ seen, reached: reached.sort(), text }));
});
