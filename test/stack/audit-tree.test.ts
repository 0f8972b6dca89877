import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { CHECKPOINT_PATH, tilesOf } from "../../exporters/audit/tree/tiles.ts";
import { toBase64, type Hash } from "../../exporters/audit/tree/hash.ts";
import { consistencyProof, inclusionProof } from "../../exporters/audit/tree/proof.ts";
import { formatTlogProof } from "../../exporters/audit/tree/tlog-proof.ts";
import { temporaryFolder } from "../support/run.ts";
import { type WrittenLog, writeLog } from "./audit-log.ts";
import { goTools } from "./go-tools.ts";

/** That of the example in C2SP tlog-tiles: three levels, each with a partial tile. */
const SIZE = 70_000;
const EARLIER = [1, 255, 256, 257, 4_097, 65_535, 65_536, 65_537];
/** Records that are proven: the edges of tiles, and some within. */
const PROVEN = [0, 1, 255, 256, 12_345, 65_535, 65_536, SIZE - 113, SIZE - 2, SIZE - 1];

/** Longest run of one verifier, in milliseconds. */
const PATIENCE = 30_000;

const go = goTools();

describe("a log of 70,000 records in tiles", { skip: typeof go === "string" ? go : false }, () => {
  const tools = go as Exclude<typeof go, string>;
  const base = temporaryFolder();
  after(() => rmSync(base, { recursive: true, force: true }));
  const log = writeLog(join(base, "log"), [...EARLIER, SIZE]);
  const encode = (hashes: readonly Hash[]): string[] => hashes.map(toBase64);

  const job = (folder: string): Record<string, unknown> => ({
    Folder: folder, Key: log.key,
    Inclusion: PROVEN.map((index) => ({ Index: index, Leaf: toBase64(log.leaves[index] as Hash), Proof: encode(inclusionProof(log.reader, index, SIZE)) })),
    Consistency: EARLIER.map((from) => ({ From: from, Root: toBase64(log.roots.get(from) as Hash), Proof: encode(consistencyProof(log.reader, from, SIZE)) })),
    TlogProofs: PROVEN.map((index) => ({ Leaf: toBase64(log.leaves[index] as Hash), Text: tlogProof(log, index) })),
  });

  const verify = (input: unknown): { ok: boolean; said: string } => {
    const { status, stdout, stderr } = spawnSync(tools("verify"), { input: JSON.stringify(input), encoding: "utf8", timeout: PATIENCE });
    return { ok: status === 0, said: stdout + stderr };
  };

  /**
   * It ends with 0 whatever it finds, and says on standard error what that was. With fewer workers than tiles it
   * never ends once a worker has found a wrong one (v1.0.4).
   */
  const fsck = (folder: string): { ok: boolean; said: string } => {
    const key = join(base, "key.pub");
    writeFileSync(key, log.key);
    const { stderr } = spawnSync(tools("fsck"), [`--storage_url=file://${folder}/`, `--public_key=${key}`, "--ui=false", "-N=300"], { encoding: "utf8", timeout: PATIENCE });
    assert.match(stderr, /Successfully fsck'd log with size 70000|fsck failed:/);
    return { ok: !stderr.includes("fsck failed:"), said: stderr };
  };

  /** A copy with one file changed. */
  const changed = (path: string, change: (bytes: Buffer) => Buffer | string): string => {
    const folder = join(base, "changed");
    rmSync(folder, { recursive: true, force: true });
    cpSync(log.folder, folder, { recursive: true });
    writeFileSync(join(folder, path), change(readFileSync(join(folder, path))));
    return folder;
  };

  test("is as many files as the specification says", () => assert.equal([...tilesOf(SIZE)].length, 277));

  test("is what golang.org/x/mod, transparency-dev/merkle and torchwood say it is", () => {
    const { ok, said } = verify(job(log.folder));
    assert.ok(ok, said);
    assert.match(said, /^70000 entries, 10 inclusion, 8 consistency, 10 tlog-proof\n$/);
  });

  test("is what Tessera's fsck says it is", () => {
    const { ok, said } = fsck(log.folder);
    assert.ok(ok, said);
  });

  const flip = (at: number) => (bytes: Buffer): Buffer => bytes.with(at, (bytes[at] as number) ^ 1) as Buffer;
  for (const [what, path, change] of [
    ["an entry", "tile/entries/017", flip(300)],
    ["a hash of a full tile of level 0", "tile/0/100", flip(4_000)],
    ["a hash of a full tile of level 1", "tile/1/000", flip(77)],
    ["a hash of a partial tile", "tile/0/273.p/112", flip(3_000)],
    ["a hash of the topmost tile", "tile/2/000.p/1", flip(0)],
    ["the size in the checkpoint", CHECKPOINT_PATH, (bytes: Buffer) => bytes.toString().replace("\n70000\n", "\n70001\n")],
    ["the root in the checkpoint", CHECKPOINT_PATH, (bytes: Buffer) => bytes.toString().replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${toBase64(log.roots.get(65_536) as Hash)}\n`)],
    ["the signature of the checkpoint", CHECKPOINT_PATH, (bytes: Buffer) => bytes.toString().replace(/(.)(...=*\n)$/, (_, one: string, rest: string) => (one === "A" ? "B" : "A") + rest)],
  ] as const) {
    test(`with ${what} changed is refused by all of them`, () => {
      const folder = changed(path, change);
      for (const judge of [verify(job(folder)), fsck(folder)]) assert.ok(!judge.ok, judge.said);
    });
  }

  test("proves to none of them what is not so", () => {
    const good = job(log.folder) as { Inclusion: { Index: number; Leaf: string }[]; Consistency: { Root: string }[]; TlogProofs: { Leaf: string; Text: string }[] };
    const [first, second] = good.Inclusion as [{ Index: number; Leaf: string }, { Index: number; Leaf: string }];
    for (const wrong of [
      { ...good, Inclusion: [{ ...first, Leaf: second.Leaf }] }, { ...good, Inclusion: [{ ...first, Index: 1 }] },
      { ...good, Consistency: [{ ...good.Consistency[0], Root: good.Consistency[1]?.Root }] },
      { ...good, TlogProofs: [{ ...good.TlogProofs[0], Leaf: second.Leaf }] }, { ...good, TlogProofs: [{ ...good.TlogProofs[0], Text: (good.TlogProofs[0] as { Text: string }).Text.replace("index 0", "index 1") }] },
    ]) assert.ok(!verify(wrong).ok);
  });
});

function tlogProof(log: WrittenLog, index: number): string {
  return formatTlogProof({ extra: index % 2 === 0 ? undefined : "bytes", index, hashes: inclusionProof(log.reader, index, SIZE), checkpoint: readFileSync(join(log.folder, CHECKPOINT_PATH), "utf8") });
}
