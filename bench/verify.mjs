// How fast a log is checked.
import { join } from "node:path";
import { statSync } from "node:fs";
import { AuditLog, holdKey, verifyDirectory } from "spangate/exporters";
import { median } from "./round.mjs";
import { ALLOWED, args } from "./subject.mjs";

/** Times `verifyDirectory` over a log made here: decisions and outcomes in turn, as a run of calls leaves them. */
export function measureVerify(folder, { records, verifications }) {
  const directory = join(folder, "verify");
  const file = writeLog(directory, records);
  const times = Array.from({ length: verifications }, () => {
    const from = performance.now();
    const { ok, logs } = verifyDirectory(directory);
    const milliseconds = performance.now() - from;
    if (!ok || logs[0]?.records !== records) throw new Error("the log that was made here does not verify");
    return milliseconds;
  });
  const ms = median(times);
  return { records, megabytes: statSync(file).size / 1e6, verifications, ms, recordsPerSecond: (records / ms) * 1_000 };
}

function writeLog(directory, records) {
  const opening = { pid: process.pid, thread: 0, node: process.version, spangate: "bench", mode: "enforce", policy: "bench@0", digest: "0".repeat(64) };
  const log = AuditLog.open(directory, { mode: "batch", durability: "os", keys: holdKey(directory, {}), origin: "bench.test/verify", opening, rotate: { size: 1e12, age: 86_400_000 } });
  const [trace, span] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  // `open` and `close` are records too.
  for (let left = records - 2; left > 0; left -= 2) {
    const { index } = log.append("decision", {
      trace, span, framework: "guardTool", tool: ALLOWED, mode: "enforce", safety: "strict/os", effect: "allow", runs: true, rule: "orders", source: "policy",
      reason: "rule orders of policy bench", policy: "bench@0", digest: opening.digest, args: "c".repeat(44), args_bytes: JSON.stringify(args).length,
    });
    log.append("outcome", { ref: index, trace, span, tool: ALLOWED, status: "ok", ms: 0.012, result: "c".repeat(44), result_bytes: 100 });
    // The event loop turns, so that what waits is written.
    if (left % 1_000 === 0) log.flush();
  }
  log.close();
  return join(log.folder, "00000001-0.log");
}
