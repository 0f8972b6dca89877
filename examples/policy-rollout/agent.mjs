// A help desk on `ai` 7. Nothing in this file, or in what it imports, knows of spangate.
//   node agent.mjs < requests/monday.jsonl
// Each line of standard input is a request: the ticket, and who asks, as W3C baggage brings it from the front end.
import { createInterface } from "node:readline";
import { context, propagation } from "@opentelemetry/api";
import { generateText, isStepCount } from "ai";
import "./instrumentation.mjs";
import { model } from "./model.mjs";
import { tools } from "./tools.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  const { ticket, baggage } = JSON.parse(line);
  const { steps } = await context.with(propagation.extract(context.active(), { baggage }), () =>
    generateText({ model, tools, prompt: `Do what ticket ${ticket} asks for.`, stopWhen: isStepCount(20) }));
  const parts = steps.flatMap(({ content }) => content);
  const calls = parts.filter(({ type }) => type === "tool-call").length;
  const refused = parts.filter(({ type }) => type === "tool-error").map(({ toolName, error }) => `; ${toolName}: ${error.message}`);
  process.stdout.write(`${ticket}: ${calls} ${calls === 1 ? "call" : "calls"}${refused.join("")}\n`);
}
