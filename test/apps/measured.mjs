// An application with a meter provider of its own: a processor that waits for a person, an engine, and MCP on both sides.
import { enforce, guardTool } from "spangate";
import { GateProcessor } from "spangate/processors";
import { collected } from "./collected.mjs";
import { askAsClient, askAsStranger } from "./office.mjs";

/** Answers `pay` when it is told to, and `vanish` never. */
const asked = Promise.withResolvers();
const answer = Promise.withResolvers();
class Approval extends GateProcessor {
  name = "approval";

  judge({ tool }) {
    if (tool === "vanish") return new Promise(() => {});
    if (tool !== "pay") return undefined;
    asked.resolve();
    return answer.promise;
  }
}
enforce(process.env.SPANGATE_POLICY, { processors: [new Approval()] });

const pay = guardTool("pay", () => "paid");
const vanish = guardTool("vanish", () => "gone");
const paying = pay({});
await asked.promise;
const waiting = await collected();
answer.resolve(undefined);
await paying;
const refused = await vanish({}).catch(({ code }) => code);

await askAsClient();
await askAsStranger();

console.log(JSON.stringify({ waiting, after: await collected(), refused }));
