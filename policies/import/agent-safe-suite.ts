import type { Effect } from "../schema/rule.ts";
import type { Case } from "../schema/world.ts";
import type { Suite } from "../suite/schema.ts";
import { TICKET } from "./agent-safe-match.ts";
import { TARGET } from "./agent-safe-world.ts";
import { isMap, refusal, Section, textAt } from "./foreign.ts";
import type { Notes } from "./note.ts";

const EXPECTED: Readonly<Record<string, Effect>> = { allow: "allow", deny: "deny", require_approval: "approve" };
const LONGEST_NAME = 256;

/** The cases of an Agent-Safe test file (agent_safe/testing/runner.py) in ours; undefined when there are none. */
export function readSuite(tests: readonly (readonly [value: unknown, path: string])[], notes: Notes): Suite | undefined {
  const cases = tests.map(([value, path]) => readCase(new Section(value, path, notes), notes)).filter((one) => one !== undefined);
  return cases.length ? { suite: 1, cases } : undefined;
}

function readCase(test: Section, notes: Notes): Case | undefined {
  const { path } = test;
  const [name, tool] = [test.read("name", textAt) ?? "", test.read("action", textAt) ?? ""];
  if (name === "" || tool === "") throw refusal(path, "a name and an action");
  const expect = test.read("expect", (value, at) => (typeof value === "string" && Object.hasOwn(EXPECTED, value) ? (EXPECTED[value] as Effect) : fail(at)));
  if (!expect) return fail(`${path}.expect`);
  const [target, caller, ticket] = [test.optional("target", textAt), test.optional("caller", textAt), test.optional("ticket_id", textAt)];
  const params = test.optional("params", (value, at) => (isMap(value) ? value : failMap(at))) ?? {};
  test.close();
  if (tool.length > LONGEST_NAME) {
    notes.dropped(path, "the name of the action is too long");
    return undefined;
  }
  if (target !== undefined && Object.hasOwn(params, TARGET)) {
    notes.dropped(path, `the parameter ${TARGET} and the target of the call cannot both be given`);
    return undefined;
  }
  return {
    name: name.slice(0, LONGEST_NAME),
    call: { tool, arguments: { ...params, ...(target !== undefined && { [TARGET]: target }) }, ...(caller !== undefined && { caller }), ...(ticket && { context: { [TICKET]: ticket } }) },
    expect,
  };
}

function fail(path: string): never {
  throw refusal(path, `one of ${Object.keys(EXPECTED).join(", ")}`);
}

function failMap(path: string): never {
  throw refusal(path, "a map");
}
