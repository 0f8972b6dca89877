import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { verifyDirectory } from "../../exporters/audit/verify/directory.ts";
import { runApp } from "../support/run.ts";

const APP = `
  import { setTimeout } from "node:timers/promises";
  import { guardTool } from "spangate";
  const tool = guardTool("tool", () => 1);
  for (let call = 0; call < 60; call++) await tool({ call, text: "x".repeat(100) });
  // Long enough for what the runtime does a second after a segment has ended.
  await setTimeout(2_500);
`;

test("a process compresses and prunes its own log while it works", async () => {
  const { code, stderr, auditDir } = await runApp(APP, {
    nodeArgs: ["--require", "spangate/register", "--input-type=module", "-e"],
    policy: "spangate: 1\nname: p\ndefault: allow\nmode: enforce\nrules: []\naudit:\n  rotate: { size: 8kB }\n  compress: zstd\n  retention: { size: 12kB }\n",
  });
  assert.deepEqual([code, stderr], [0, ""]);
  const log = readdirSync(auditDir).find((name) => /^[0-9a-f]{32}$/.test(name));
  const endings = readdirSync(join(auditDir, log as string)).filter((file) => /^\d{8}-/.test(file)).map((file) => file.replace(/^[\d-]+/, ""));
  assert.ok(endings.includes(".log.leaves") && endings.includes(".log.zst"), endings.join(" "));
  assert.deepEqual(endings.filter((ending) => ending === ".log"), [".log"]);
  const { outcome, logs } = verifyDirectory(auditDir);
  assert.equal(outcome, "proven", JSON.stringify(logs[0]?.problems));
});
