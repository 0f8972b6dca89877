// node halves.mjs : an agent whose tools stream; prints what was shown of each and what the model was told, as its last line.
import * as ai from "ai";
import { MockLanguageModelV4 } from "ai/test";

const TOKEN = "ghp_q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jfq7Rk2";
const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };

/** Tool → what it yields; the last value is its result. */
const YIELDS = {
  halves: [`the key ${TOKEN.slice(0, 17)}`, `${TOKEN.slice(17)} is it`],
  previews: Array.from({ length: TOKEN.length }, (_, index) => `the key ${TOKEN.slice(0, index + 1)}`),
  statuses: ["Looking up jane@example.com", "Found 3 orders"],
  messages: ["the ", `the key ${TOKEN.slice(0, 17)}`, `the key ${TOKEN}`].map((text) => ({ id: "m", role: "assistant", parts: [{ type: "text", text }] })),
};

const report = {};
for (const [name, values] of Object.entries(YIELDS)) {
  const seen = (report[name] = { shown: [], read: undefined });
  const tools = { [name]: ai.tool({ description: "a tool", inputSchema: ai.jsonSchema({ type: "object" }), async *execute() { yield* values; } }) };
  let step = 0;
  const model = new MockLanguageModelV4({
    doStream: async ({ prompt }) => {
      for (const { role, content } of prompt) if (role === "tool") seen.read = content[0].output.value;
      const parts = step++ === 0 ? [{ type: "tool-call", toolCallId: name, toolName: name, input: "{}" }] : [{ type: "text-start", id: "t" }, { type: "text-delta", id: "t", delta: "done" }, { type: "text-end", id: "t" }];
      const reason = step === 1 ? "tool-calls" : "stop";
      return { stream: ReadableStream.from([{ type: "stream-start", warnings: [] }, ...parts, { type: "finish", finishReason: { unified: reason, raw: reason }, usage }]) };
    },
  });
  const result = ai.streamText({ model, tools, prompt: "go", stopWhen: ai.stepCountIs(3) });
  for await (const part of result.fullStream) if (part.type === "tool-result" && part.preliminary) seen.shown.push(part.output);
}
console.log(JSON.stringify(report));
