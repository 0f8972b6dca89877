import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { readChain } from "./chain.ts";
import { FakeTime, KEYS, listen, World } from "./world.ts";

/* The index is the order. What the clock of the host says is written down and believed by nobody. */

const time = new FakeTime();
const now = Date.now;
beforeEach(() => {
  time.install();
  listen();
});
afterEach(() => {
  time.uninstall();
  Date.now = now;
});

const YEAR = 365 * 86_400_000;
const STEPS = { "an hour back": -3_600_000, "an hour on": 3_600_000, "ten years on": 10 * YEAR, "to 1970": -now(), "to the end of what a Date can say": 8.64e15 - now() };

for (const [name, step] of Object.entries(STEPS)) {
  for (const durability of ["os", "disk"] as const) {
    test(`the clock goes ${name}, durability ${durability}`, async () => {
      const world = new World(time, { mode: "strict", durability, rotate: { size: 16 * 1024 * 1024, age: 86_400_000 } });
      const start = now();
      Date.now = () => start + time.now;
      world.open();
      for (let count = 0; count < 3; count++) world.append();
      await world.pass(1_001);
      Date.now = () => start + time.now + step;
      for (let count = 0; count < 3; count++) assert.ok(world.append().safe);
      await world.pass(1_001);
      const waiting = world.appendLater();
      await world.pass();
      assert.ok((await waiting).safe);
      // While it fails and is begun anew, too.
      world.disk.before = ({ name: call }) => {
        if (call === "write") throw new Error("no");
      };
      world.append();
      delete (world.disk as { before?: unknown }).before;
      await world.pass(300);
      Date.now = () => start + time.now;
      assert.ok(world.append().safe);
      world.log.close();
      Date.now = () => start + time.now - step;
      const next = world.after(world.disk, false);
      next.open();
      assert.equal(next.log.id, world.log.id);
      assert.ok(next.append().safe);
      next.log.close();
      assert.deepEqual(next.broken(), []);
      const { records, sealed, segments } = readChain(world.disk, world.log.folder, world.log.origin, KEYS.verifiers(world.log.origin));
      assert.deepEqual(records.map(({ i }) => i), records.map((_, index) => index));
      assert.equal(sealed.at(-1), records.length);
      // A day has passed for the host at most a few times: a segment for each step, and not one for each record.
      assert.ok(segments.length <= 6, `${segments.length} segments`);
    });
  }
}
