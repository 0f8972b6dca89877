// What stays provable of an audit log behind a backend that loses, repeats, reorders and changes spans.
// Usage: node bench/audit-lossy.mjs [records]   (after `npm run build`)
import { createHash, createPublicKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Shares of spans that are lost. */
export const LOSSES = [0, 0.001, 0.01, 0.1, 0.5];
/** Share of spans that come twice. */
const REPEATED = 0.05;
/** Records between two checkpoints, as a busy log has them. */
const INTERVAL = 256;
/** Records that somebody replaces on the way. */
export const FORGED = 50;

/**
 * Attributes of every span that a log of so many records sends to an OTLP backend.
 *
 * @param exporters what `spangate/exporters` exports
 */
export async function sentSpans({ AuditLog, holdKey, otlpDestination, Shipper }, directory, records) {
  const opening = { pid: 1, thread: 0, node: process.version, spangate: "bench", mode: "enforce", policy: "bench@0", digest: "0".repeat(64) };
  const log = AuditLog.open(directory, { mode: "batch", durability: "os", keys: holdKey(directory, {}), origin: "spangate.test/lossy", opening, rotate: { size: 16 * 1024 * 1024, age: 86_400_000 } });
  for (let left = records - 2; left > 0; left--) {
    log.append("decision", {
      trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7", framework: "guardTool", tool: "refund", mode: "enforce", safety: "batch/os", effect: "allow", runs: false, rule: "orders",
      source: "policy", reason: "rule orders of policy bench", policy: "bench@0", digest: opening.digest, args: "x".repeat(43) + "=", args_bytes: 12,
    });
    if (log.size % INTERVAL === 0) log.flush();
  }
  log.close();
  const spans = [];
  const send = (batch) => Promise.resolve(void spans.push(...batch.map(({ attributes }) => attributes))).then(() => 0);
  const shipper = new Shipper(log, otlpDestination(send, { attributes: {} }));
  await shipper.flush();
  shipper.close();
  return spans;
}

/** The key of the log, as whoever verifies it has it. */
export function keyOf(directory) {
  return createPublicKey(readFileSync(join(directory, "keys", "ed25519.pem")));
}

/** One row of the table. */
export function measure(spans, { loss, forged, verifyExport, key, folder }) {
  const random = numbers(`${loss} ${forged}`);
  const records = spans.filter(isRecord);
  const victims = new Set();
  while (victims.size < forged) victims.add(records[Math.floor(random() * records.length)]);
  const arrived = transport(spans, loss, random).map((span) => (victims.has(span) ? replaced(span) : span));
  const file = join(folder, `export-${loss}-${forged}.jsonl`);
  writeFileSync(file, arrived.map((span) => `${otlpLine(span)}\n`).join(""));
  const [report] = verifyExport([file], { keys: [key] });
  const indices = new Set(arrived.filter(isRecord).map(indexOf));
  return {
    loss, received: indices.size, report,
    lost: records.map(indexOf).filter((index) => !indices.has(index)),
    /** Of the replaced records those that arrived. */
    forged: [...victims].map(indexOf).filter((index) => indices.has(index)),
  };
}

/** Numbers in [0, 1), the same ones on every machine: SHA-256 of a counter. */
function numbers(seed) {
  let [count, bytes, at] = [0, Buffer.alloc(0), 0];
  return () => {
    if (at + 4 > bytes.length) [bytes, at] = [createHash("sha256").update(`${seed} ${count++}`).digest(), 0];
    at += 4;
    return bytes.readUInt32BE(at - 4) / 2 ** 32;
  };
}

/** What arrives: some spans not at all, some twice, and all of them in any order. */
function transport(spans, loss, random) {
  const arrived = spans.filter(() => random() >= loss);
  arrived.push(...arrived.filter(() => random() < REPEATED));
  for (let at = arrived.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [arrived[at], arrived[other]] = [arrived[other], arrived[at]];
  }
  return arrived;
}

/** Another record in place of this one, in the form of records and with a leaf hash that fits. */
function replaced(span) {
  const text = span["spangate.audit.rec"].replace('"ts":"1', '"ts":"2');
  return { ...span, "spangate.audit.rec": text, "spangate.audit.leaf": createHash("sha256").update(`\0${text}`).digest("base64") };
}

/** One span as the collector's file exporter writes it. */
function otlpLine(attributes) {
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ name: "audit", attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })) }] }] }] });
}

function isRecord(span) {
  return span["spangate.audit.rec"] !== undefined;
}

function indexOf(span) {
  return Number(span["spangate.audit.i"]);
}

async function main(count) {
  const exporters = await import("spangate/exporters");
  const folder = mkdtempSync(join(tmpdir(), "spangate-lossy-"));
  try {
    const directory = join(folder, "audit");
    const spans = await sentSpans(exporters, directory, count);
    const shared = { verifyExport: exporters.verifyExport, key: keyOf(directory), folder };
    console.log(`| spans lost | records received | proven | missing, each named | ${FORGED} replaced: arrived | told as altered | told as unproven |\n|---|---|---|---|---|---|---|`);
    for (const loss of LOSSES) {
      const clean = measure(spans, { loss, forged: 0, ...shared });
      const { report, forged } = measure(spans, { loss, forged: FORGED, ...shared });
      const share = (100 * clean.report.counts.proven) / clean.received;
      console.log(`| ${loss * 100} % | ${clean.received} | ${share === 100 ? "100" : share.toFixed(1)} % | ${clean.report.counts.missing} of ${clean.lost.length} | ${forged.length} | ${report.counts.altered} | ${forged.length - report.counts.altered} |`);
      if (clean.report.counts.altered > 0) throw new Error("a false alarm");
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(Number(process.argv[2] ?? 20_000));
