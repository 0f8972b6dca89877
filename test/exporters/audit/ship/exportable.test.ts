import assert from "node:assert/strict";
import { basename } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { type Disk, realDisk } from "../../../../exporters/audit/disk.ts";
import { decision, openLog } from "../../../support/records.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { assertProven, intervalsOf, sent } from "./sealed.ts";

/** A disk that knows which bytes of which file an fdatasync has covered, and whose syncs fail when told to. */
class WatchedDisk implements Disk {
  readonly written = new Map<string, number>();
  readonly synced = new Map<string, number>();
  readonly #files = new Map<number, string>();
  failNext = false;
  failWrite = false;

  /** By file name without folder. */
  safe(file: string): number {
    return this.synced.get(file) ?? 0;
  }

  create = (file: string): number => this.#open(realDisk.create(file), file);
  append = (file: string): number => this.#open(realDisk.append(file), file);
  write(fd: number, bytes: Uint8Array): number {
    if (this.failWrite) throw new Error("EIO: i/o error, write");
    const taken = realDisk.write(fd, bytes);
    const file = this.#files.get(fd) as string;
    this.written.set(file, (this.written.get(file) ?? 0) + taken);
    return taken;
  }
  sync(fd: number): void {
    if (this.#fails()) throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
    const file = this.#files.get(fd) as string;
    this.synced.set(file, this.written.get(file) ?? 0);
  }
  syncLater(fd: number, done: (problem: Error | null) => void): void {
    const file = this.#files.get(fd) as string;
    // What is written after it began is not covered by it.
    const covered = this.written.get(file) ?? 0;
    const fails = this.#fails();
    setImmediate(() => {
      if (!fails) this.synced.set(file, Math.max(covered, this.safe(file)));
      done(fails ? new Error("EIO: i/o error, fdatasync") : null);
    });
  }
  #fails(): boolean {
    const fails = this.failNext;
    this.failNext = false;
    return fails;
  }
  #open(fd: number, file: string): number {
    this.#files.set(fd, basename(file));
    return fd;
  }
  syncFolder = realDisk.syncFolder;
  close = realDisk.close;
  read = realDisk.read;
  readTail = realDisk.readTail;
  list = realDisk.list;
  exists = realDisk.exists;
  makeFolder = realDisk.makeFolder;
  rename(from: string, to: string): void {
    realDisk.rename(from, to);
    const [before, after] = [basename(from), basename(to)];
    for (const [fd, file] of this.#files) if (file === before) this.#files.set(fd, after);
    for (const bytes of [this.written, this.synced]) {
      const count = bytes.get(before);
      bytes.delete(before);
      if (count !== undefined) bytes.set(after, count);
    }
  }
  remove = realDisk.remove;
  removeFolder = realDisk.removeFolder;
}

const step = fc.constantFrom("append", "append", "later", "flush", "turn", "pause", "fail");
const safety = fc.record({ mode: fc.constantFrom("strict", "blocking", "batch"), durability: fc.constantFrom("os", "disk") });

test("a checkpoint may leave only when it, and all that it covers, is on the disk", async () => {
  let failures = 0;
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), safety, async (steps, { mode, durability }) => {
    const disk = new WatchedDisk();
    const log = openLog(temporaryFolder(), { disk, mode, durability, rotate: { size: 4_000, age: 86_400_000 } } as never);
    const check = (): void => {
      const place = log.exportable;
      if (!place) return;
      assert.ok(disk.safe(place.segment) >= place.offset, `${place.segment}: ${disk.safe(place.segment)} bytes are safe, and the checkpoint ends at ${place.offset}`);
      // What was to be sent now is proven by what is safe.
      for (const one of intervalsOf(sent(log))) assertProven(one);
    };
    log.watch(check);
    const waiting: Promise<unknown>[] = [];
    for (const one of steps) {
      if (one === "append") log.append("decision", decision("t", { runs: true }));
      else if (one === "later") waiting.push(Promise.resolve(log.appendLater("decision", decision("t", { runs: true }))));
      else if (one === "flush") log.flush();
      else if (one === "turn") await new Promise(setImmediate);
      else if (one === "pause") await new Promise((resolve) => setTimeout(resolve, 2));
      else disk.failNext = true;
      if (log.problem) failures++;
      check();
    }
    await Promise.all(waiting);
    check();
    log.close();
  }), { numRuns: 60 });
  assert.ok(failures > 0, "no run met a disk that fails");
});

test("what a failing disk made the log write again is sent once, and proven", async () => {
  const disk = new WatchedDisk();
  const log = openLog(temporaryFolder(), { disk, mode: "blocking" });
  log.append("decision", decision("before"));
  log.flush();
  const cursor = intervalsOf(sent(log)).at(-1)?.end;
  for (let round = 0; round < 2; round++) {
    // Written and under no checkpoint: it stands in both segments.
    log.append("decision", decision("during"));
    if (round === 0) disk.failWrite = true;
    else disk.failNext = true;
    assert.equal(log.flush(), false);
    disk.failWrite = false;
    while (log.problem) {
      log.append("decision", decision("waiting"));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(log.flush());
  }
  for (const from of [undefined, cursor]) {
    const all = sent(log, from);
    assert.deepEqual(all.filter((one) => "reason" in one), []);
    intervalsOf(all).forEach(assertProven);
    const indices = intervalsOf(all).flatMap(({ records }) => records.map(({ record }) => record.i));
    assert.deepEqual(indices, Array.from({ length: log.size - (from?.size ?? 0) }, (_, at) => (from?.size ?? 0) + at));
  }
  log.close();
});
