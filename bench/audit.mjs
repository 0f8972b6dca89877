// npm run bench:audit -- [--json] [--quick] [--dir <folder for the logs>]: what the log costs, beside the raw floor of the same run.
import { hash } from "node:crypto";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AuditLog, holdKey } from "spangate/exporters";
import { Frontier } from "../exporters/audit/tree/frontier.ts";
import { leafHash, toBase64 } from "../exporters/audit/tree/hash.ts";
import { load, machine } from "./machine.mjs";
import { median } from "./round.mjs";

/** Bytes of a record: the size that the budgets are for. */
const RECORD = 525;
const CALLERS = [1, 8, 64, 512];
const FULL = { rounds: 7, cpu: 100_000, appends: 50_000, syncs: 400, commits: 20_000 };
const QUICK = { rounds: 1, cpu: 2_000, appends: 1_000, syncs: 10, commits: 200 };

const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false }, dir: { type: "string", default: tmpdir() } } });
const settings = { quick: options.quick, ...(options.quick ? QUICK : FULL) };
const folder = mkdtempSync(join(options.dir, "spangate-bench-"));
try {
  const where = machine(folder);
  const rows = await measure();
  const result = { machine: { ...where, loadAfter: load() }, settings, recordBytes: RECORD, rows, budgets: budgets(rows) };
  process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : print(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Every case in each round in turn; a row is the median over the rounds, and the best round, which a busy machine disturbs least. */
async function measure() {
  const bytes = Buffer.alloc(RECORD, "a");
  const text = bytes.toString("latin1");
  const cases = [
    { id: "hash", label: "floor: crypto.hash of a record", run: () => timed(settings.cpu, () => hash("sha256", bytes, "latin1")) },
    { id: "write", label: "floor: fs.writeSync of a record", run: () => withFile((fd) => timed(settings.appends, () => writeSync(fd, bytes))) },
    { id: "sync", label: "floor: fs.writeSync + fdatasyncSync", run: () => withFile((fd) => timed(settings.syncs, () => (writeSync(fd, bytes), fdatasyncSync(fd)))) },
    { id: "tree", label: "leaf hash, tree and link", run: () => {
      const tree = new Frontier();
      return timed(settings.cpu, () => {
        const leaf = leafHash(text);
        tree.append(leaf);
        toBase64(leaf);
      });
    } },
    { id: "memory", label: "append, mode batch (in memory; written each 1,000)", run: () => withLog({ mode: "batch", durability: "os" }, async (log, body) => {
      let busy = 0;
      for (let left = settings.appends; left > 0; left -= 1_000) {
        const from = performance.now();
        for (let index = 0; index < Math.min(left, 1_000); index++) log.append("decision", body);
        busy += performance.now() - from;
        await new Promise(setImmediate);
      }
      return { us: (busy / settings.appends) * 1_000 };
    }) },
    { id: "append", label: "append, strict, os", run: () => withLog({ mode: "strict", durability: "os" }, (log, body) => timed(settings.appends, () => log.append("decision", body), true)) },
    { id: "disk", label: "append, strict, disk (signed, fdatasync each)", run: () => withLog({ mode: "strict", durability: "disk" }, (log, body) => timed(settings.syncs, () => log.append("decision", body), true)) },
    ...CALLERS.map((callers) => ({ id: `group-${callers}`, label: `${callers} callers, strict, disk (a signed commit for all who wait)`, run: () => withLog({ mode: "strict", durability: "disk" }, (log, body) => grouped(log, body, callers)) })),
  ];
  const rounds = cases.map(() => []);
  for (let round = 0; round < settings.rounds; round++) for (const [index, { run }] of cases.entries()) rounds[index].push(await run());
  return cases.map(({ id, label }, index) => ({
    id, label, us: median(rounds[index].map(({ us }) => us)), bestUs: Math.min(...rounds[index].map(({ us }) => us)),
    ...(rounds[index][0].p99Us !== undefined && { p99Us: median(rounds[index].map(({ p99Us }) => p99Us)) }),
  }));
}

/** Microseconds a call; each by itself where the p99 is wanted. */
function timed(count, call, each = false) {
  if (!each) {
    const from = performance.now();
    for (let index = 0; index < count; index++) call();
    return { us: ((performance.now() - from) / count) * 1_000 };
  }
  const times = new Float64Array(count);
  const began = performance.now();
  for (let index = 0; index < count; index++) {
    const from = performance.now();
    call();
    times[index] = performance.now() - from;
  }
  const us = ((performance.now() - began) / count) * 1_000;
  times.sort();
  return { us, p99Us: times[Math.ceil(count * 0.99) - 1] * 1_000 };
}

async function grouped(log, body, callers) {
  const count = Math.max(callers, Math.min(settings.commits, callers * 300));
  const times = [];
  let left = count;
  const began = performance.now();
  await Promise.all(Array.from({ length: callers }, async () => {
    while (left-- > 0) {
      const from = performance.now();
      const { safe } = await log.appendLater("decision", body);
      if (!safe) throw new Error("a record was not made safe");
      times.push(performance.now() - from);
    }
  }));
  const us = ((performance.now() - began) / count) * 1_000;
  times.sort((a, b) => a - b);
  return { us, p99Us: times[Math.ceil(times.length * 0.99) - 1] * 1_000 };
}

function withFile(use) {
  const fd = openSync(join(folder, "floor"), "a");
  try {
    return use(fd);
  } finally {
    closeSync(fd);
    rmSync(join(folder, "floor"));
  }
}

async function withLog(safety, use) {
  const directory = mkdtempSync(join(folder, "log-"));
  const opening = { pid: process.pid, thread: 0, node: process.version, spangate: "bench", mode: "enforce", policy: "bench@0", digest: "0".repeat(64) };
  const log = AuditLog.open(directory, { ...safety, keys: holdKey(directory, {}), origin: "bench.test/log", opening, rotate: { size: 16 * 1024 * 1024, age: 86_400_000 } });
  try {
    return await use(log, decision());
  } finally {
    log.close();
    rmSync(directory, { recursive: true });
  }
}

/** As the guard writes them, of RECORD bytes in the middle of a log. */
function decision() {
  const body = {
    trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7", framework: "ai", tool: "orders", mode: "enforce", safety: "strict/os", effect: "allow", runs: true, rule: "orders", source: "policy",
    reason: "", policy: "bench@0", digest: "0".repeat(16), args: "c".repeat(44), args_bytes: 200,
  };
  const frame = '{"v":2,"i":50000,"prev":"","t":"decision","ts":"","mono":"","log":""'.length + 44 + 19 + 16 + 32;
  return { ...body, reason: "r".repeat(RECORD - frame - JSON.stringify(body).length) };
}

function budgets(rows) {
  const of = (id) => rows.find((row) => row.id === id);
  return [
    ["leaf + tree + link", of("tree").us, 3, "µs"], ["a record in memory", of("memory").us, 4, "µs"],
    ["a record appended", of("append").us, 1e6 / 80_000, "µs"], ["the same, p99", of("append").p99Us, 100, "µs"],
    ["a record under a signed, synced commit, 64 callers", of("group-64").us, 1e6 / 30_000, "µs"],
  ].map(([what, value, limit, unit]) => ({ what, value, limit, unit, met: value <= limit }));
}

function print({ machine: where, settings: { rounds, quick }, rows, budgets: all }) {
  return `${[
    `audit log, records of ${RECORD} bytes, ${where.date}`,
    `${where.cpu}, ${where.cores} cores, ${where.memoryGb} GB, ${where.platform}, logs on ${where.fileSystem}`,
    `Node ${where.node}, load average ${where.load.join(" ")} at the start, ${where.loadAfter.join(" ")} at the end; ${rounds} rounds${quick ? "; QUICK: not for comparison" : ""}`,
    "", `${"".padEnd(62)}${["µs each", "best", "p99 µs", "a second"].map((title) => title.padStart(10)).join("")}`,
    ...rows.map(({ label, us, bestUs, p99Us }) => `  ${label.padEnd(60)}${[us.toFixed(2), bestUs.toFixed(2), p99Us?.toFixed(1) ?? "", Math.round(1e6 / us)].map((value) => String(value).padStart(10)).join("")}`),
    "", ...all.map(({ what, value, limit, unit, met }) => `budget: ${met ? "met    " : "NOT met"}  ${what}: ${value.toFixed(2)} ${unit}, at most ${limit.toFixed(2)} ${unit}`),
  ].join("\n")}\n`;
}
