/**
 * A directory of logs whose every byte is the same in each run: fixed clock, ids, keys.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KEYS, type RecordBodies, type RecordType } from "../../../../exporters/audit/bodies.ts";
import { formatRecord, genesis } from "../../../../exporters/audit/record.ts";
import { formatHeader, formatSeal } from "../../../../exporters/audit/segment.ts";
import { signCheckpoint } from "../../../../exporters/audit/tree/checkpoint.ts";
import { Frontier } from "../../../../exporters/audit/tree/frontier.ts";
import { leafHash, toBase64 } from "../../../../exporters/audit/tree/hash.ts";
import { formatVerifierKey, keyOfSeed } from "../../../../exporters/audit/tree/key.ts";
import { ed25519Signer } from "../../../../exporters/audit/tree/note.ts";
import { decision, OPENING } from "../../../support/records.ts";

const LOG = "00112233445566778899aabbccddeeff";
const ORIGIN = `shop.example/production/${LOG}`;
const PRIVATE_KEY = keyOfSeed("ed25519", Buffer.alloc(32, 7));
export const KEY: string = formatVerifierKey({ name: ORIGIN, type: "ed25519", key: PRIVATE_KEY });

interface Line {
  readonly at: string;
  readonly type: RecordType;
  readonly body: object;
}

/** Writes the lines as one segment, with a checkpoint at its end. */
export function writeFixedLog(directory: string, lines: readonly Line[]): void {
  mkdirSync(join(directory, LOG), { recursive: true });
  const tree = new Frontier();
  let prev = genesis(ORIGIN);
  const text = [formatHeader({ v: 2, origin: ORIGIN, first: 0, prev, frontier: "" })];
  const [now, monotonic] = [Date.now, process.hrtime.bigint];
  try {
    for (const { at, type, body } of lines) {
      Date.now = () => Date.parse(at);
      process.hrtime.bigint = () => BigInt(tree.size);
      const line = formatRecord(tree.size, prev, LOG, type, inOrder(type, body));
      const leaf = leafHash(line);
      tree.append(leaf);
      prev = toBase64(leaf);
      text.push(line);
    }
  } finally {
    Date.now = now;
    process.hrtime.bigint = monotonic;
  }
  text.push(formatSeal(signCheckpoint({ origin: ORIGIN, size: tree.size, root: tree.root() }, [ed25519Signer(ORIGIN, PRIVATE_KEY)])));
  writeFileSync(join(directory, LOG, "00000001-0.log"), `${text.join("\n")}\n`);
}

function inOrder(type: RecordType, body: object): RecordBodies[RecordType] {
  return Object.fromEntries(KEYS[type].flatMap((key) => (key in body ? [[key, (body as Record<string, unknown>)[key]]] : []))) as unknown as RecordBodies[RecordType];
}

const open = (clean: boolean): object => ({ origin: ORIGIN, key: KEY, ...OPENING, safety: "strict/os", clean, unsealed: clean ? 0 : 3 });
const outcome = (ref: number, status: "ok" | "error"): object => ({ ref, trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331", tool: "refund", status, ms: 12, ...(status === "error" && { error: "Timeout" }) });

/** A quarter in the life of a shop, with everything that a report has a place for. */
export const QUARTER: readonly Line[] = [
  { at: "2026-09-30T23:59:59Z", type: "open", body: open(true) },
  { at: "2026-09-30T23:59:59.500Z", type: "decision", body: decision("get_order", { effect: "allow", runs: true, rule: "before-the-period" }) },
  { at: "2026-10-01T00:00:00Z", type: "decision", body: decision("get_order", { effect: "allow", runs: true, rule: "reads", caller: "ann", agent: "helper", session: "s1", purpose: "support", data_categories: ["orders"], model: "m-1" }) },
  { at: "2026-10-01T00:00:01Z", type: "outcome", body: outcome(2, "ok") },
  { at: "2026-10-05T10:00:00Z", type: "decision", body: decision("refund", { effect: "deny", rule: "too-much", caller: "bob", agent: "helper", session: "s2", on_behalf_of: "5f".repeat(16), purpose: "refunds", data_categories: ["bank details"], recipient_country: "US", effect_class: ["write"], flags: ["finding:injection"] }) },
  { at: "2026-10-05T10:01:00Z", type: "decision", body: decision("refund", { effect: "approve", runs: true, rule: "by-a-person", caller: "bob", agent: "helper", purpose: "refunds", redacted: { iban: 2 } }) },
  { at: "2026-10-05T10:02:00Z", type: "human", body: { actor: "carol", action: "approve", subject: `${LOG}:5`, reason: "the customer called <b>twice</b>" } },
  { at: "2026-10-05T10:02:01Z", type: "outcome", body: outcome(5, "error") },
  { at: "2026-10-06T00:00:00Z", type: "heartbeat", body: { mode: "enforce", policy: "p@0", digest: "00", gated: ["ai@7"], ungated: ["other@1"], decisions: 4, lost: 2, interval: 60 } },
  { at: "2026-10-07T00:00:00Z", type: "gap", body: { count: 2, decisions: 1, reason: "no room in memory", from: "1", to: "2" } },
  { at: "2026-10-08T00:00:00Z", type: "policy", body: { policy: "p@1", digest: "01", mode: "enforce", safety: "strict/disk" } },
  { at: "2026-10-09T00:00:00Z", type: "decision", body: decision("send_mail", { effect: "allow", runs: true, rule: "reads", policy: "p@1", digest: "01", safety: "strict/disk" }) },
  { at: "2026-10-10T00:00:00Z", type: "open", body: open(false) },
  { at: "2026-11-01T00:00:00Z", type: "erase", body: { subject: "5f".repeat(16), actor: "dpo", basis: "GDPR art. 17(1)(a)" } },
  { at: "2026-11-02T00:00:00Z", type: "prune", body: { target: "f".repeat(32), from: 0, to: 4_000, actor: "spangate", reason: "ended more than 400 days ago" } },
  { at: "2026-11-03T00:00:00Z", type: "halt", body: { reason: "ENOSPC: no space left on device" } },
  { at: "2026-11-04T00:00:00Z", type: "member", body: { origin: "other.example/x", checkpoint: "c", state: "rollback", detail: "it had 9 records, and now has 7" } },
  { at: "2026-12-31T23:59:59.999Z", type: "close", body: { decisions: 5 } },
  { at: "2027-01-01T00:00:00Z", type: "open", body: open(true) },
];
