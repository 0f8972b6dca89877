// A support agent built on `ai` 7. Nothing in this file, or in what it imports, knows of spangate.
//   MAIL_URL=http://127.0.0.1:8025 node agent.mjs <folder>
import { provider, step } from "./instrumentation.mjs";
import { generateText, isStepCount } from "ai";
import { model } from "./model.mjs";
import { createTools } from "./tools.mjs";

const PROMPT = `Customer c-1 says that card 4111 1111 1111 1111 was charged EUR 20 three times too often.
Read ticket-481 and do what has to be done.`;

const tools = createTools({ folder: process.argv[2], mailUrl: process.env.MAIL_URL });

await step("invoke_agent support-agent", { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "support-agent" }, () =>
  generateText({ model, tools, prompt: PROMPT, stopWhen: isStepCount(20) }));
await provider.shutdown();
