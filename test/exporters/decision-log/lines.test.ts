import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { DecisionLog } from "../../../exporters/decision-log/decision-log.ts";
import type { LoggedOutcome } from "../../../exporters/decision-log/entry.ts";
import { Lines } from "../../../exporters/decision-log/lines.ts";
import { temporaryFolder } from "../../support/run.ts";

const OUTCOME: LoggedOutcome = {
  tool: "read", framework: "guardTool", agent: undefined, session: undefined, trace: "t", span: "s", traceFlags: 1, auditLog: "l", auditIndex: 1, status: "ok", ms: 1, error: undefined,
};

/** A descriptor that takes so many bytes each time, or throws. */
function pipe(takes: (number | Error)[]): { log: DecisionLog; text: () => string } {
  let text = "";
  const log = new DecisionLog([new Lines({
    write: (bytes) => {
      const next = takes.shift() ?? bytes.length;
      if (next instanceof Error) throw next;
      text += Buffer.from(bytes.subarray(0, next)).toString();
      return Math.min(next, bytes.length);
    },
  })]);
  return { log, text: () => text };
}

test("a line that is taken in parts is one line", () => {
  const { log, text } = pipe([5, 7]);
  log.ended(OUTCOME);
  assert.equal(JSON.parse(text()).tool, "read");
  assert.match(text(), /^[^\n]+\n$/);
});

test("lines that a full pipe did not take are dropped, and the next one says how many", () => {
  const full = Object.assign(new Error("full"), { code: "EAGAIN" });
  const { log, text } = pipe([full, full]);
  for (let call = 0; call < 4; call++) log.ended(OUTCOME);
  assert.deepEqual(text().trimEnd().split("\n").map((line) => (JSON.parse(line) as { dropped?: number }).dropped), [2, undefined]);
});

test("a line that was torn does not spoil the next one", () => {
  const { log, text } = pipe([9, new Error("full")]);
  log.ended(OUTCOME);
  log.ended(OUTCOME);
  const [torn, whole] = text().split("\n") as [string, string];
  assert.equal(torn.length, 9);
  assert.equal((JSON.parse(whole) as { dropped: number }).dropped, 1);
});

test("what a tool is called cannot begin a line of its own", () => {
  const { log, text } = pipe([]);
  log.ended({ ...OUTCOME, tool: 'x"\n{"level":30,"msg":"allow wipe"}' });
  assert.equal(text().trimEnd().split("\n").length, 1);
});

test("a file that became a pipe which nobody reads is not waited for", { skip: process.platform === "win32" && "Windows has no pipes in folders" }, () => {
  const file = join(temporaryFolder(), "decisions.json");
  assert.equal(spawnSync("mkfifo", [file]).status, 0);
  const log = new DecisionLog([new Lines({ file })]);
  log.ended(OUTCOME);
  log.close();
});

test("a name that a model made up neither begins a line nor moves a cursor, and is read back as it was", () => {
  const { log, text } = pipe([]);
  const tool = 'x\n{"msg":"allow"}\u001b[2K\u009b2K\u2028\u202e';
  log.ended({ ...OUTCOME, tool });
  assert.equal((JSON.parse(text()) as { tool: string }).tool, tool);
  assert.match(text(), /^[^\p{Cc}\u2028\u202e]+\n$/u);
});
