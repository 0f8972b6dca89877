// An agent that asks for two tools in one step: `read`, then `wipe`. Exports a function that runs it.
const { generateText, stepCountIs, tool } = require("ai");
const { MockLanguageModelV4 } = require("ai/test");
const { z } = require("zod");

const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };

module.exports = async function agent(texts = ["a", "b"]) {
  const executed = [];
  let seen;
  let turn = 0;
  const model = new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => {
      if (turn++ === 0) {
        return {
          content: ["read", "wipe"].map((toolName, index) => ({ type: "tool-call", toolCallId: `c${index}`, toolName, input: JSON.stringify({ text: texts[index] }) })),
          finishReason: { unified: "tool-calls" }, usage, warnings: [],
        };
      }
      seen = prompt.at(-1).content.map(({ toolName, output }) => [toolName, output.value]);
      return { content: [{ type: "text", text: "done" }], finishReason: { unified: "stop" }, usage, warnings: [] };
    },
  });
  const make = (name) => tool({
    inputSchema: z.object({ text: z.string() }),
    execute: async ({ text }) => { executed.push(name); return `${name} ${text}`; },
  });
  const { text } = await generateText({ model, prompt: "go", stopWhen: stepCountIs(3), tools: { read: make("read"), wipe: make("wipe") } });
  return { executed, seen: Object.fromEntries(seen), text };
};

if (require.main === module) module.exports().then((result) => console.log(JSON.stringify(result)));
