import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parsePolicy } from "../../../policies/index.ts";
import { Pipeline } from "../../../processors/pipeline.ts";
import { spangate } from "../../cli/cli.ts";
import { ROOT, runApp, temporaryFolder } from "../../support/run.ts";

const page = readFileSync(join(ROOT, "docs/network.md"), "utf8");

test("every section and list of docs/network.md can be put in force", () => {
  const [, second] = page.matchAll(/```yaml\n([^]*?)```/g);
  const deny = /`(deny: \[.*\])`/.exec(page)?.[1];
  for (const section of [second?.[1], `network: { private: allow, ${deny} }`]) {
    const { source } = new Pipeline(parsePolicy(`spangate: 1\nname: p\n${section}`, "network.md")).policy;
    assert.ok(source.network);
  }
});

test("docs/network.md shows what its example prints", async () => {
  const block = (language: string): string => new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1] ?? assert.fail(language);
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/spangate"));
  writeFileSync(join(folder, "agent.mjs"), block("js"));
  const { code, stdout, auditDir } = await runApp("agent.mjs", { cwd: folder, policy: block("yaml") });
  assert.equal(code, 0);
  const [, printed, inspected] = block("console").split(/^\$ .*\n/m);
  assert.equal(stdout, printed);
  const records = (await spangate(["inspect", "--values", auditDir])).stdout.replaceAll(/^\S+ \S+ #/gm, "<time> #").replaceAll(/[\d.]+ ms$/gm, "<n> ms");
  assert.equal(records, inspected);
});
