// An agent that knows nothing of spangate: each line of standard input is how many calls of its tool it makes at once.
import { createInterface } from "node:readline";
import { tool } from "@langchain/core/tools";
import { z } from "zod";

let ran = 0;
const search = tool(() => String(++ran), { name: "search", description: "a search", schema: z.object({ n: z.number() }) });

for await (const line of createInterface({ input: process.stdin })) {
  const before = ran;
  const started = performance.now();
  const said = await Promise.all(Array.from({ length: Number(line) }, (_, n) => search.invoke({ n }).then(String, ({ message }) => message)));
  process.stdout.write(`${JSON.stringify({ ran: ran - before, said: said.find((text) => !/^\d+$/.test(text)), ms: performance.now() - started })}\n`);
}
