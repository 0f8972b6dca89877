import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, mock, test } from "node:test";
import { type Disk, realDisk } from "../../../../exporters/audit/disk.ts";
import type { AuditLog } from "../../../../exporters/audit/log.ts";
import { HttpError } from "../../../../exporters/audit/ship/http.ts";
import { type Delivery, Shipper } from "../../../../exporters/audit/ship/shipper.ts";
import { decision, openLog } from "../../../support/records.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { assertProven, interval, Kept, textsOf } from "./sealed.ts";

afterEach(() => mock.restoreAll());

function start(directory = temporaryFolder(), kept = new Kept()): { log: AuditLog; kept: Kept; shipper: Shipper } {
  const log = openLog(directory);
  return { log, kept, shipper: new Shipper(log, kept) };
}

const away = (): never => {
  throw new Error("away");
};

test("what is under a checkpoint is delivered, and the next process goes on behind it", async () => {
  const directory = temporaryFolder();
  const first = start(directory);
  interval(first.log, 3);
  await first.shipper.flush();
  assert.deepEqual(first.kept.texts, textsOf(first.log));
  assert.equal(first.shipper.lag, 0);
  first.shipper.close();
  first.log.close();
  const second = start(directory);
  interval(second.log, 2);
  await second.shipper.flush();
  assert.equal(second.log.id, first.log.id);
  assert.deepEqual([...first.kept.texts, ...second.kept.texts], textsOf(second.log));
  second.kept.intervals.forEach(assertProven);
  second.log.close();
});

test("the cursor moves only after the destination has taken an interval whole", async () => {
  const { log, kept, shipper } = start();
  interval(log, 2);
  interval(log, 2);
  interval(log, 2);
  const cursor = (): { size: number } => JSON.parse(readFileSync(join(log.folder, "cursor-kept.json"), "utf8")) as { size: number };
  const seen: number[] = [];
  kept.before = () => {
    seen.push(cursor().size);
    if (kept.intervals.length === 2) away();
  };
  await shipper.flush();
  assert.deepEqual(seen, [0, kept.intervals[0]?.size, kept.intervals[1]?.size]);
  assert.equal(cursor().size, kept.intervals[1]?.size);
  assert.equal(shipper.lag, log.size - cursor().size);
  log.close();
});

test("a process that is killed at any moment loses nothing: what was not confirmed comes again", async () => {
  // Every write, sync and rename of the cursor is the last thing that the process does, in turn.
  for (let last = 0; last < 30; last++) {
    const directory = temporaryFolder();
    const log = openLog(directory);
    for (let at = 0; at < 3; at++) interval(log, 2);
    let calls = 0;
    const counted = <A extends unknown[], R>(does: (...args: A) => R) => (...args: A): R => {
      if (calls++ >= last) throw new Error("killed");
      return does(...args);
    };
    const dying: Disk = { ...realDisk, create: counted(realDisk.create), write: counted(realDisk.write), sync: counted(realDisk.sync), rename: counted(realDisk.rename) };
    const before = new Kept();
    const shipper = new Shipper(log, before, undefined, dying);
    await shipper.flush();
    shipper.close();
    const after = new Kept();
    const next = new Shipper(log, after);
    await next.flush();
    assert.deepEqual([...new Set([...before.texts, ...after.texts])], textsOf(log), `killed after ${last} calls`);
    assert.ok(before.texts.length + after.texts.length <= textsOf(log).length + 6 + 1);
    assert.equal(next.lag, 0);
    next.close();
    log.close();
  }
});

test("a cursor that is no cursor is none", async () => {
  for (const text of ["", "{}", "[]", "null", '{"size":2,"leaf":"","segment":"00000001-0.log","offset":10,"frontier":"AAAA"}', '{"size":-1,"frontier":"","segment":"","offset":0}']) {
    const log = openLog(temporaryFolder());
    interval(log, 2);
    writeFileSync(join(log.folder, "cursor-kept.json"), text);
    const kept = new Kept();
    const shipper = new Shipper(log, kept);
    await shipper.flush();
    assert.deepEqual(kept.texts, textsOf(log), text);
    shipper.close();
    log.close();
  }
});

describe("waiting", () => {
  /** Fake time; delivery itself is a few microtasks and file operations away. */
  const settle = async (): Promise<void> => {
    for (let at = 0; at < 20; at++) await new Promise(setImmediate);
  };

  test("there is no last attempt; waits double up to half a minute, with jitter, and a success ends them", async () => {
    const { log, kept, shipper } = start();
    shipper.close();
    interval(log, 1);
    mock.timers.enable({ apis: ["setTimeout"] });
    const random = mock.method(Math, "random", () => 0.5);
    let attempts = 0;
    kept.before = () => {
      attempts++;
      away();
    };
    const again = new Shipper(log, kept);
    mock.timers.tick(200);
    await settle();
    assert.equal(attempts, 1);
    for (const [at, wait] of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000].entries()) {
      mock.timers.tick(wait - 1);
      await settle();
      assert.equal(attempts, at + 1, `before ${wait} ms`);
      mock.timers.tick(1);
      await settle();
      assert.equal(attempts, at + 2, `after ${wait} ms`);
    }
    for (let at = 0; at < 50; at++) {
      mock.timers.tick(30_000);
      await settle();
    }
    assert.equal(attempts, 60);
    random.mock.mockImplementation(() => 0);
    kept.before = () => {};
    mock.timers.tick(30_000);
    await settle();
    assert.equal(again.lag, 0);
    // The jitter is of a fifth: with the least of it an attempt comes after 400 of 500 ms.
    kept.before = () => {
      attempts++;
      away();
    };
    interval(log, 1);
    mock.timers.tick(200);
    await settle();
    const now = attempts;
    mock.timers.tick(399);
    await settle();
    assert.equal(attempts, now);
    mock.timers.tick(1);
    await settle();
    assert.equal(attempts, now + 1);
    mock.timers.reset();
    again.close();
    log.close();
  });

  test("as long as a destination asks for, and an hour at most", async () => {
    for (const [asked, waited] of [[120_000, 120_000], [400_000_000_000, 3_600_000], [0, 500]] as const) {
      const { log, kept, shipper } = start();
      shipper.close();
      interval(log, 1);
      mock.timers.enable({ apis: ["setTimeout"] });
      mock.method(Math, "random", () => 0.5);
      let attempts = 0;
      kept.before = () => {
        attempts++;
        throw new HttpError(429, asked);
      };
      const again = new Shipper(log, kept);
      mock.timers.tick(200);
      await settle();
      mock.timers.tick(waited - 1);
      await settle();
      assert.equal(attempts, 1, String(asked));
      mock.timers.tick(1);
      await settle();
      assert.equal(attempts, 2, String(asked));
      mock.timers.reset();
      again.close();
      log.close();
      mock.restoreAll();
    }
  });
});

test("what is refused for good is kept beside the log, and the rest goes on", async () => {
  const { log, kept, shipper } = start();
  interval(log, 3);
  interval(log, 3);
  kept.refuse = ({ records }) => records.filter(({ record }) => record.i === 2 || record.i === 5).map(({ record }) => record.i);
  await shipper.flush();
  assert.equal(shipper.lag, 0);
  const rejected = readFileSync(join(log.folder, "rejected-kept.jsonl"), "latin1").trimEnd().split("\n");
  const texts = textsOf(log);
  assert.deepEqual(rejected, [texts[2], texts[5]]);
  log.close();
});

test("a dead-letter file that cannot be written holds the cursor back", async () => {
  const directory = temporaryFolder();
  const log = openLog(directory);
  interval(log, 2);
  const kept = new Kept();
  kept.refuse = ({ records }) => records.map(({ record }) => record.i);
  const full: Disk = { ...realDisk, append: () => {
    throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
  } };
  const shipper = new Shipper(log, kept, undefined, full);
  await shipper.flush();
  assert.equal(shipper.lag, log.size);
  assert.match(readFileSync(join(log.folder, "cursor-kept.json"), "utf8"), /"size":0/);
  shipper.close();
  log.close();
});

test("destinations are apart: one that is away holds up no other, and neither the log", async () => {
  const log = openLog(temporaryFolder());
  const [dead, alive] = [new Kept("dead"), new Kept("alive")];
  dead.before = away;
  const shippers = [dead, alive].map((kept) => new Shipper(log, kept));
  interval(log, 2);
  await Promise.all(shippers.map((shipper) => shipper.flush()));
  assert.deepEqual(shippers.map(({ name, lag }) => [name, lag]), [["dead", log.size], ["alive", 0]]);
  assert.deepEqual(log.append("decision", decision("goes on")), { index: log.size - 1, safe: true });
  assert.deepEqual(alive.texts, textsOf(log).slice(0, -1));
  shippers.forEach((shipper) => shipper.close());
  log.close();
});

test("a destination that throws at once, or something that is no error, is one that is away", async () => {
  for (const thrown of [undefined, null, "text", 7, Object.create(null)]) {
    const { log, kept, shipper } = start();
    interval(log, 1);
    kept.deliver = () => {
      throw thrown;
    };
    await shipper.flush();
    assert.equal(shipper.lag, log.size);
    shipper.close();
    log.close();
  }
});

test("flush sends what came while another attempt was under way", async () => {
  const { log, kept, shipper } = start();
  interval(log, 1);
  let release = (): void => {};
  kept.before = () => new Promise<void>((resolve) => (release = resolve));
  const first = shipper.flush();
  await new Promise(setImmediate);
  interval(log, 1);
  const second = shipper.flush();
  kept.before = () => {};
  release();
  await Promise.all([first, second]);
  assert.deepEqual(kept.texts, textsOf(log));
  log.close();
});

test("patience ends between two intervals: the rest is there for later", async () => {
  const { log, kept, shipper } = start();
  for (let at = 0; at < 4; at++) interval(log, 1);
  await shipper.flush(0);
  assert.equal(kept.intervals.length, 1);
  await shipper.flush();
  assert.deepEqual(kept.texts, textsOf(log));
  log.close();
});

test("a destination that gathers gets intervals joined", async () => {
  const log = openLog(temporaryFolder());
  for (let at = 0; at < 6; at++) interval(log, 2);
  const kept = Object.assign(new Kept(), { gather: { after: 1, records: 1_000 } });
  const shipper = new Shipper(log, kept);
  await shipper.flush();
  assert.equal(kept.intervals.length, 1);
  kept.intervals.forEach(assertProven);
  assert.deepEqual(kept.texts, textsOf(log));
  shipper.close();
  log.close();
});

test("each attempt is told of: what was taken, what was refused for good, and why the rest will be sent again", async () => {
  const log = openLog(temporaryFolder());
  interval(log, 3);
  const problems: unknown[] = [new HttpError(429, 0), Object.assign(new Error("no"), { code: "ECONNRESET" }), new TypeError("no"), undefined];
  const kept = Object.assign(new Kept(), { before: () => { if (problems.length > 0) throw problems.shift(); } });
  const told: Delivery[] = [];
  const shipper = new Shipper(log, kept, (delivery) => told.push(delivery));
  for (let attempt = 0; attempt < 5; attempt++) await shipper.flush();
  assert.equal(shipper.lag, 0);
  assert.deepEqual(told.slice(0, 4).map(({ error }) => error), ["429", "ECONNRESET", "TypeError", "_OTHER"]);
  const taken = told.slice(4);
  assert.ok(taken.every(({ error, milliseconds }) => error === undefined && milliseconds !== undefined));
  assert.equal(taken.reduce((sum, { records }) => sum + records, 0), textsOf(log).length);
  shipper.close();
  log.close();
});
