import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT, type RunResult, runApp, temporaryFolder } from "../support/run.ts";

const EXAMPLE = join(ROOT, "examples/support-agent");
/** A stranger's patience, in milliseconds. */
const PATIENCE = 20_000;

interface Facts {
  readonly calls: readonly { readonly tool: string; readonly gated: { readonly status: string; readonly saw: unknown; readonly decision: { readonly rule: string; readonly effect: string } } }[];
  readonly bare: World;
  readonly gated: World;
  readonly tree: readonly Span[];
  readonly intact: { readonly code: number };
  readonly tampered: { readonly code: number; readonly output: string };
  readonly change: { readonly record: number; readonly tool: string };
  readonly promises: readonly { readonly what: string; readonly kept: boolean }[];
}
interface World {
  readonly backups: readonly string[] | null;
  readonly refunds: readonly number[];
  readonly exported: number;
  readonly mails: readonly { readonly to: string; readonly body: string }[];
}
interface Span {
  readonly name: string;
  readonly trace: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly children: readonly Span[];
}

const [people, machine] = await Promise.all([demo(), demo("--json")]);
const facts = JSON.parse(machine.result.stdout) as Facts;

describe("the demo for a machine", () => {
  it("keeps every promise and exits with 0", () => {
    assert.deepEqual(facts.promises.filter(({ kept }) => !kept), []);
    assert.ok(facts.promises.length >= 16);
    assert.equal(machine.result.code, 0, machine.result.stderr);
  });

  for (const [index, [tool, status, rule]] of ([
    ["read_note", "ran", "everyday-work"], ["lookup_customer", "redacted", "everyday-work"],
    ["refund", "ran", "everyday-work"], ["refund", "ran", "everyday-work"], ["refund", "limited", "two-refunds"],
    ["send_email", "redacted", "redact"], ["run_shell", "blocked", "no-shell"], ["export_customers", "blocked", "default"], ["write_note", "ran", "everyday-work"],
  ] as const).entries()) {
    it(`call ${index + 1}, ${tool}, is ${status} by ${rule}`, () => {
      const call = facts.calls[index];
      assert.deepEqual([call?.tool, call?.gated.status, call?.gated.decision.rule], [tool, status, rule]);
    });
  }

  it("does the damage bare and not under spangate", () => {
    const { backups, refunds, exported } = facts.bare;
    assert.deepEqual({ backups, refunds, exported }, { backups: null, refunds: [20, 20, 20], exported: 3 });
    assert.deepEqual(facts.gated.backups, ["monday.db", "tuesday.db", "wednesday.db"]);
    assert.deepEqual([facts.gated.refunds, facts.gated.exported], [[20, 20], 0]);
  });

  it("sends the e-mail to the same address both times, with the card number only bare", () => {
    assert.deepEqual(facts.bare.mails, [{ to: "ada@example.org", body: "The money goes back to card 4111 1111 1111 1111." }]);
    assert.deepEqual(facts.gated.mails, [{ to: "ada@example.org", body: "The money goes back to card [REDACTED:credit_card]." }]);
  });

  it("shows the gate's spans in the application's trace, above what the tools did", () => {
    const [root, ...others] = facts.tree as [Span, ...Span[]];
    assert.deepEqual([root.name, others], ["invoke_agent support-agent", []]);
    const email = root.children.find(({ name }) => name === "execute_tool send_email");
    assert.deepEqual([email?.attributes["spangate.decision"], email?.children.map(({ name }) => name)], ["modify", ["SELECT customers", "POST /send"]]);
    assert.ok(root.children.every(({ trace }) => trace === root.trace));
  });

  it("names the record that was changed", () => {
    assert.equal(facts.intact.code, 0);
    assert.equal(facts.tampered.code, 1);
    assert.match(facts.tampered.output, new RegExp(`ALTERED record ${facts.change.record} at .*\\n.*${facts.change.tool}`));
  });
});

describe("the demo for people", () => {
  it("exits with 0 and writes nothing to standard error", () => {
    assert.deepEqual([people.result.code, people.result.stderr], [0, ""]);
  });

  it("has no line of more than 80 characters and no colour where nobody can see it", () => {
    const lines = people.result.stdout.split("\n");
    assert.ok(lines.length > 60);
    assert.deepEqual(lines.filter((line) => line.length > 80 || line.includes("\u001b")), []);
  });

  it("shows the verdicts, the trace and the broken seal", () => {
    for (const text of ["BLOCKED", "LIMITED", "REDACTED", "└─ execute_tool write_note", "PROVEN: 17 of 17 records in 1 log", "TAMPERED: 16 of 17"]) assert.ok(people.result.stdout.includes(text), text);
  });

  for (const [name, run] of [["people", people], ["a machine", machine]] as const) {
    it(`ends for ${name} within the patience of a stranger and leaves no folder behind`, () => {
      assert.deepEqual([run.milliseconds < PATIENCE, run.left], [true, []], `${run.milliseconds} ms`);
    });
  }
});

describe("the demo's claims", () => {
  for (const [change, from, to, broken] of [
    ["that only observes", "mode: enforce", "mode: observe", "under spangate, the backups are there"],
    ["that redacts no card numbers", "[credit_card, email]", "[email]", "under spangate, the e-mail is sent without the card number"],
    ["without a rate limit", "max: 2", "max: 9", "under spangate, two refunds are paid"],
    ["that allows what it does not name", "default: deny", "default: allow", "under spangate, nothing is exported"],
  ] as const) {
    it(`are checked: with a policy ${change} the demo exits with 1 and says why`, async () => {
      const copy = copyOfExample();
      const policy = join(copy, "policy.yaml");
      const text = readFileSync(policy, "utf8");
      assert.ok(text.includes(from));
      writeFileSync(policy, text.replace(from, to));
      const { code, stderr } = await runApp(join(copy, "demo.mjs"), { nodeArgs: [] });
      rmSync(join(copy, ".."), { recursive: true });
      assert.equal(code, 1);
      assert.ok(stderr.split("\n").includes(`demo: not as promised: ${broken}`), stderr);
    });
  }

  for (const file of ["agent.mjs", "tools.mjs", "model.mjs", "instrumentation.mjs", "journal.mjs"]) {
    it(`hold for an application that imports nothing of spangate: ${file}`, () => {
      assert.doesNotMatch(readFileSync(join(EXAMPLE, file), "utf8").replace(/^\/\/.*$/gm, ""), /spangate/);
    });
  }
});

/** The example in another folder, where its dependencies are found as well. */
function copyOfExample(): string {
  const folder = temporaryFolder();
  const copy = join(folder, "support-agent");
  cpSync(EXAMPLE, copy, { recursive: true, filter: (source) => !source.includes("node_modules", EXAMPLE.length) });
  symlinkSync(join(EXAMPLE, "node_modules"), join(copy, "node_modules"), "junction");
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  return copy;
}

/** Runs the demo in a temporary folder of its own, and looks at what it leaves there. */
async function demo(...args: string[]): Promise<{ result: RunResult; milliseconds: number; left: string[] }> {
  const temporary = temporaryFolder();
  const started = performance.now();
  const result = await runApp(join(EXAMPLE, "demo.mjs"), { nodeArgs: [], args, env: { TMPDIR: temporary, TEMP: temporary, TMP: temporary } });
  const milliseconds = performance.now() - started;
  const left = readdirSync(temporary);
  rmSync(temporary, { recursive: true });
  return { result, milliseconds, left };
}
