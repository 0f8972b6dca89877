import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { loadPolicy } from "../../policies/index.ts";
import { type Ran, spangate } from "../cli/cli.ts";
import { ROOT } from "../support/run.ts";

const EXAMPLE = join(ROOT, "examples/policy-inheritance");

/** The commands of the README, without the comments behind them. */
const COMMANDS = (/```sh\n(.*?)```/s.exec(readFileSync(join(EXAMPLE, "README.md"), "utf8"))?.[1] ?? "").trim().split("\n").map((line) => line.replace(/\s+#.*$/, ""));

/** The words of a command as a shell splits them; of quotes it knows the single ones. */
const wordsOf = (command: string): string[] => [...command.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);

const EXPECTED: Readonly<Record<string, (ran: Ran) => void>> = {
  "spangate validate org.yaml team.yaml agent.yaml": ({ code, stdout }) => {
    assert.equal(code, 0, stdout);
    assert.deepEqual([...stdout.matchAll(/^valid {2}(\S+): .* (\d) layers?$/gm)].map(([, file, layers]) => [file, layers]), [["org.yaml", "1"], ["team.yaml", "2"], ["agent.yaml", "3"]]);
  },
  "spangate test suite.yaml": ({ code, stdout }) => {
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^(\d+) cases: \1 passed, 0 failed$/m);
  },
  "spangate diff team.yaml agent.yaml --calls suite.yaml": ({ code, stdout }) => {
    assert.equal(code, 1, stdout);
    assert.deepEqual([...stdout.matchAll(/^ *([-+~]) +(\S+) +allow → deny +default /gm)].map(([, mark, tool]) => `${mark} ${tool}`), ["- crm_write", "- diagnosis_shell", "- refund"]);
    assert.match(stdout, /: 3 newly blocked, \d+ the same$/m);
  },
  [`spangate explain agent.yaml --call '{"tool": "refund", "arguments": {"amount": 600}, "roles": ["lead"]}'`]: ({ code, stdout }) => {
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^refund: approve by large-refunds\n/);
    assert.match(stdout, /^ +✓ +refunds +allow +support/m);
  },
  "spangate validate widening.yaml": ({ code, stdout }) => {
    assert.equal(code, 1, stdout);
    assert.match(stdout, /SG_POLICY_WIDENS: widening\.yaml:\d+:\d+: looser than \S*org\.yaml permits: rule pay-suppliers would allow wire_sepa, which rule no-wire denies/);
  },
};

describe("the README's commands", () => {
  test("are the ones whose outcome is told here", () => assert.deepEqual(COMMANDS, Object.keys(EXPECTED)));
  for (const [command, holds] of Object.entries(EXPECTED)) test(command, () => holds(spangate(wordsOf(command).slice(1), EXAMPLE)));
});

describe("the example", () => {
  test("has nothing for the linter to find", () => {
    const { code, stdout } = spangate(["lint", "--strict", "org.yaml", "team.yaml", "agent.yaml"], EXAMPLE);
    assert.deepEqual([code, stdout], [0, "nothing found\n"]);
  });

  test("merges limits and redaction as its comments say", () => {
    const { limits, redact } = loadPolicy(join(EXAMPLE, "agent.yaml")).source;
    assert.deepEqual([limits.input, limits.deadline, redact?.detectors], [100_000, 120_000, ["credit_card", "iban", "email"]]);
  });

  test("tells editors in each file what its schema is", () => {
    const files = globSync("*.yaml", { cwd: EXAMPLE });
    assert.equal(files.length, 5);
    for (const file of files) assert.match(readFileSync(join(EXAMPLE, file), "utf8"), /^# yaml-language-server: \$schema=\.\/(policy|suite)\.schema\.json\n/, file);
  });
});
