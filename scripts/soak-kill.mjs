// Kills a writer of the audit log a thousand times, or as often as said: npm run soak:kill [-- 5000]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const kills = process.argv[2] ?? "1000";
const { status } = spawnSync(process.execPath, ["--test", "--test-reporter=spec", "test/exporters/audit/crash/kill.test.ts"], {
  cwd: fileURLToPath(new URL("..", import.meta.url)), stdio: "inherit", env: { ...process.env, SPANGATE_TEST_KILLS: kills },
});
process.exitCode = status ?? 1;
