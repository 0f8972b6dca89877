import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { SpangateError } from "../../../../errors.ts";
import { listLogs } from "../../../../exporters/audit/segment.ts";
import type { Durability } from "../../../../policies/index.ts";
import { type Call, diskError } from "../../../support/sim-disk.ts";
import { readChain } from "./chain.ts";
import { DIRECTORY, FakeTime, KEYS, listen, World } from "./world.ts";

/*
 * After SQLite's tests of I/O errors: the n-th call of the disk fails, for n = 1, 2, … until a run has no n-th call
 * any more; then two of them.
 */

const time = new FakeTime();
let said: string[] = [];
beforeEach(() => {
  time.install();
  said = listen();
});
afterEach(() => time.uninstall());

const FAULTS = ["ENOSPC", "EIO", "EMFILE", "EROFS", "EDQUOT", "EINTR", "short", "nothing"] as const;
type Fault = (typeof FAULTS)[number];

/** Fails the calls of these numbers, counted over all disks of a run. */
class Faults {
  calls = 0;
  readonly failed: string[] = [];
  readonly #at: ReadonlyMap<number, Fault>;

  constructor(at: ReadonlyMap<number, Fault>) {
    this.#at = at;
  }

  readonly before = (call: Call): number | void => {
    const fault = this.#at.get(++this.calls);
    if (!fault) return undefined;
    this.failed.push(`${call.name} ${call.path.replace(/[0-9a-f]{32}/, "…")} ${fault}`);
    if (fault !== "short" && fault !== "nothing") throw diskError(fault, call.name);
    if (call.name === "write") return fault === "short" ? Math.floor((call.bytes as Uint8Array).length / 2) : 0;
    return undefined;
  };
}

class Session extends World {
  held = 0;
  /** Index → tool, of every decision that was given one. */
  readonly indexed = new Map<number, string>();

  constructor(options: World["options"]) {
    super(time, { ...options, lock: () => ((this.held += 1), { close: () => (this.held -= 1) }) });
  }

  /** As the runtime does: each call tries it again until it goes. */
  async begin(): Promise<void> {
    for (let attempt = 0; attempt < 4; attempt++) {
      const waiting = time.waiting;
      try {
        return this.open();
      } catch (thrown) {
        assert.ok(thrown instanceof SpangateError && thrown.code === "SG_AUDIT_UNWRITABLE", String(thrown));
        assert.equal(this.held, 0, "the lock of a log that could not be begun is held");
        assert.equal(time.waiting, waiting, "a log that could not be begun goes on in the background");
        assert.equal(this.disk.openFiles, 0, "a log that could not be begun has files open");
      }
      await this.pass(300);
    }
    assert.fail("it cannot be opened after the fault is gone");
  }

  call(): void {
    const tool = `${this.given.size}`;
    const { index, safe } = this.append();
    if (index !== undefined) this.indexed.set(index, this.last);
    if (this.options.mode !== "strict") assert.ok(safe, `call ${tool} was held up`);
    else if (safe && this.options.durability === "disk") this.mustBeOnDisk();
  }

  /** What was said to be safe is there when the power is cut now. */
  mustBeOnDisk(): void {
    const [left] = this.disk.powerCuts({ stride: Infinity, subsets: 0, names: 0 });
    const chain = readChain(left as World["disk"], this.log.folder, this.log.origin, KEYS.verifiers(this.log.origin));
    for (const [index, tool] of this.acked) assert.equal((chain.records[index] as { tool?: string } | undefined)?.tool, tool, `record ${index} is not on the disk`);
  }

  /** Ends a session; true where everything could be written. */
  end(): boolean {
    const before = said.length;
    this.log.close();
    return !said.slice(before).some((line) => line.includes("are lost with this process"));
  }
}

/** Two processes, one after the other: alone, many at a time, segments that end, checkpoints in the background. */
async function run(mode: "strict" | "blocking" | "batch", durability: Durability, faults: Faults): Promise<void> {
  const session = new Session({ mode, durability, rotate: { size: 3_500, age: 86_400_000 } });
  session.disk.ballast = true;
  session.disk.before = faults.before;
  await session.begin();
  const { id } = session.log;
  for (let count = 0; count < 2; count++) session.call();
  const waiting = [session.appendLater(), session.appendLater(), session.append(false)];
  await session.pass(1_100);
  await Promise.all(waiting);
  if (mode === "strict" && durability === "disk") session.mustBeOnDisk();
  for (let count = 0; count < 3; count++) session.call();
  await session.pass(1_100);
  session.call();
  await session.pass(600);
  const told = faults.failed.join(", ");
  const whole = session.end();
  await session.pass();
  assert.equal(session.disk.openFiles, 0, `files stay open after ${told}`);
  assert.equal(session.held, 0);
  if (whole) {
    const { records, problems } = readChain(session.disk.killed(), session.log.folder, session.log.origin, KEYS.verifiers(session.log.origin));
    assert.deepEqual(problems, [], told);
    for (const [index, tool] of session.indexed) assert.equal((records[index] as { tool?: string } | undefined)?.tool, tool, `record ${index} is missing after ${told}`);
    assert.equal(records.filter(({ t }) => t === "decision").length, session.given.size, told);
    assert.equal(records.filter(({ t }) => t === "gap").length, 0, told);
  }
  await session.begin();
  assert.equal(session.log.id, id, `the log was not gone on with after ${told}`);
  session.call();
  await session.pass(300);
  session.call();
  if (session.end()) assert.deepEqual(session.broken(), [], faults.failed.join(", "));
  assert.deepEqual(said.filter((line) => line.includes("SG_AUDIT_CORRUPT")), []);
  assert.equal(listLogs(session.disk.killed(), DIRECTORY).length, 1, `another log is there after ${faults.failed.join(", ")}`);
}

async function callsOf(mode: "strict" | "blocking" | "batch", durability: Durability): Promise<number> {
  const none = new Faults(new Map());
  await run(mode, durability, none);
  return none.calls;
}

for (const [mode, durability] of [["strict", "disk"], ["strict", "os"], ["blocking", "disk"], ["batch", "os"]] as const) {
  describe(`${mode}/${durability}`, () => {
    test("one call of the disk fails, each in its turn", async (t) => {
      let runs = 0;
      const all = await callsOf(mode, durability);
      for (const fault of FAULTS) {
        for (let n = 1; ; n++) {
          const faults = new Faults(new Map([[n, fault]]));
          try {
            await run(mode, durability, faults);
          } catch (thrown) {
            throw new Error(`call ${n}, ${faults.failed.join(", ")}`, { cause: thrown });
          }
          runs++;
          said.length = 0;
          if (faults.failed.length === 0) break;
        }
      }
      t.diagnostic(`${runs} runs of about ${all} calls`);
      assert.ok(runs > all * (FAULTS.length - 1));
    });

    test("two calls fail", async (t) => {
      let runs = 0;
      const all = await callsOf(mode, durability);
      for (let first = 1; first <= all; first += 2) {
        for (let second = first + 1; second < all + 10; second += 1 + ((first * 7 + second) % 9)) {
          const faults = new Faults(new Map([[first, FAULTS[(first + second) % 6] as Fault], [second, FAULTS[second % FAULTS.length] as Fault]]));
          try {
            await run(mode, durability, faults);
          } catch (thrown) {
            throw new Error(`calls ${first} and ${second}, ${faults.failed.join(", ")}`, { cause: thrown });
          }
          runs++;
          said.length = 0;
        }
      }
      t.diagnostic(`${runs} runs`);
      assert.ok(runs > 200);
    });
  });
}

for (const mode of ["strict", "blocking", "batch"] as const) {
  test(`${mode}: of a disk that fails for long, what there was no room for is counted, and the rest is there in its order`, async () => {
    const session = new Session({ mode, durability: "os" });
    session.open();
    session.call();
    await session.pass();
    session.disk.before = ({ name }) => {
      if (name === "write") throw diskError("ENOSPC", "write");
    };
    const before = session.lost;
    for (let count = 0; count < 11_000; count++) {
      const { index, safe } = session.append();
      if (index !== undefined) session.indexed.set(index, session.last);
      // The first one of batch is not yet known to fail.
      assert.equal(safe, mode !== "strict");
    }
    await session.pass(1_000);
    assert.ok(session.lost - before > 900, String(session.lost));
    delete (session.disk as { before?: unknown }).before;
    await session.pass(300);
    session.call();
    session.log.close();
    const { records, problems } = readChain(session.disk.killed(), session.log.folder, session.log.origin, KEYS.verifiers(session.log.origin));
    assert.deepEqual(problems, []);
    const gaps = records.flatMap((record) => (record.t === "gap" ? [record] : []));
    assert.equal(gaps.reduce((sum, { count }) => sum + count, 0), session.lost);
    assert.equal(gaps.reduce((sum, { decisions }) => sum + decisions, 0), session.lost);
    assert.equal(session.log.lost, session.lost);
    for (const [index, tool] of session.indexed) assert.equal((records[index] as { tool?: string } | undefined)?.tool, tool);
    assert.equal(records.filter(({ t }) => t === "decision").length, session.given.size - session.lost);
  });
}

test("a process that ends while the disk has just failed tries once more", () => {
  const session = new Session({ mode: "strict", durability: "disk" });
  session.open();
  session.disk.before = ({ name }) => {
    if (name !== "sync") return;
    delete (session.disk as { before?: unknown }).before;
    throw diskError("EIO", "fdatasync");
  };
  session.call();
  assert.equal(session.acked.size, 0);
  assert.ok(session.end());
  const { records, problems } = readChain(session.disk.killed(), session.log.folder, session.log.origin, KEYS.verifiers(session.log.origin));
  assert.deepEqual(problems, []);
  assert.deepEqual(records.map(({ t }) => t), ["open", "decision", "recover", "close"]);
});
