// Tools whose arguments, results, errors and reasons carry what no log line may show.
import { enforce, guardTool } from "spangate";
import { GateProcessor } from "spangate/processors";

const [, , secret, session = "s-1"] = process.argv;
class Talkative extends GateProcessor {
  name = "talkative";

  judge({ tool, arguments: args }) {
    if (tool === "gossip") throw new Error(`cannot judge ${args.text}`);
    return tool === "quote" ? { effect: "deny", rule: "no-quotes", reason: `it says ${args.text}` } : undefined;
  }

  filter({ tool }, result) {
    if (tool === "leak") throw new Error(`it holds ${result}`);
    return { value: result };
  }
}
enforce(process.env.SPANGATE_POLICY, { processors: [new Talkative()] });

const echo = ({ text }) => text;
const tools = {
  read: guardTool("read", echo, { agent: "clerk", session }),
  fail: guardTool("fail", ({ text }) => { throw new RangeError(text); }),
  leak: guardTool("leak", echo),
  wipe: guardTool("wipe", echo),
  quote: guardTool("quote", echo),
  gossip: guardTool("gossip", echo),
};
for (const tool of Object.values(tools)) await tool({ text: secret }).catch(() => {});
