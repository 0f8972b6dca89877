// A language model that plays a script, so that the demo needs no network and no key. Like a real one it knows only
// its prompt: what it writes into a call is taken from the texts that it was shown.
import { MockLanguageModelV4 } from "ai/test";
import { journal } from "./journal.mjs";

/** One call a step. The script does as the ticket says, and the ticket holds orders that are not the customer's. */
const SCRIPT = [
  () => ["read_note", { name: "ticket-481" }],
  () => ["lookup_customer", { id: "c-1" }],
  () => ["refund", { customer: "c-1", amount: 20 }],
  () => ["refund", { customer: "c-1", amount: 20 }],
  () => ["refund", { customer: "c-1", amount: 20 }],
  ({ user }) => ["send_email", { customer: "c-1", body: `The money goes back to card ${/card ([\d ]+\d)/.exec(user)[1]}.` }],
  ({ seen }) => ["run_shell", { command: /`(.+?)`/.exec(seen("read_note"))[1] }],
  () => ["export_customers", { file: "customers.csv" }],
  ({ seen }) => ["write_note", { name: "done-481", text: `Done. ${seen("lookup_customer").email}, card ${seen("lookup_customer").card}` }],
];

export const model = new MockLanguageModelV4({
  modelId: "scripted",
  doGenerate({ prompt }) {
    const results = prompt.filter(({ role }) => role === "tool").flatMap(({ content }) => content);
    const last = results.at(-1);
    if (last) journal("saw", last.toolCallId, last.toolName, last.output.value);
    const seen = (tool) => results.find(({ toolName }) => toolName === tool).output.value;
    const user = prompt.find(({ role }) => role === "user").content[0].text;
    const [tool, input] = SCRIPT[results.length]?.({ user, seen }) ?? [];
    if (!tool) return answer("stop", { type: "text", text: "Ticket 481 is done." });
    const toolCallId = `call-${results.length + 1}`;
    journal("asked", toolCallId, tool, input);
    return answer("tool-calls", { type: "tool-call", toolCallId, toolName: tool, input: JSON.stringify(input) });
  },
});

async function answer(reason, content) {
  return {
    content: [content], warnings: [], finishReason: { unified: reason, raw: reason },
    usage: { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } },
  };
}
