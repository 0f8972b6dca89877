import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";
import { auditWith, spangate } from "./cli.ts";

const noScript = spawnSync("script", ["--version"]).error ? "SKIPPED: no `script` (util-linux)" : false;

/** What a terminal shows of a shell command. */
function onTerminal(command: string): string {
  return spawnSync("script", ["--quiet", "--return", "--command", command, "/dev/null"], { encoding: "utf8", env: { ...bareEnvironment(), TERM: "xterm-256color" } }).stdout;
}

describe("how far a command is", () => {
  test("stands on standard error where that is a terminal, and never in the JSON on standard output", { skip: noScript }, () => {
    const [directory, file] = [auditWith({ tool: "a" }), join(temporaryFolder(), "out.json")];
    const shown = onTerminal(`"${process.execPath}" "${join(ROOT, "dist/cli.js")}" verify "${directory}" --json > "${file}"`);
    assert.equal(shown, "\r\u001b[K", "its line was taken away again");
    assert.equal((JSON.parse(readFileSync(file, "utf8")) as { outcome: string }).outcome, "proven");
  });
  test("is a line that is written over, a fifth of a second after the last at the earliest", { skip: noScript }, () => {
    const script = join(temporaryFolder(), "steps.mjs");
    writeFileSync(script, `
      import { progress } from ${JSON.stringify(join(ROOT, "cli/output.ts"))};
      const bar = progress("records read");
      for (const done of [1_000, 2_000]) {
        for (const until = performance.now() + 250; performance.now() < until; );
        bar.step(done);
      }
      bar.end();
    `);
    assert.equal(onTerminal(`"${process.execPath}" "${script}"`), "\rrecords read: 1,000\rrecords read: 2,000\r\u001b[K");
  });
  test("is not told where nobody looks", () => assert.equal(spangate(["verify", auditWith({ tool: "a" }), "--json"]).stderr, ""));
});
