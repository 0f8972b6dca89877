import assert from "node:assert/strict";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { diskError } from "../../../support/sim-disk.ts";
import { type Crash, Explorer } from "./explore.ts";
import { FakeTime, keyHolder, listen, World } from "./world.ts";

const time = new FakeTime();
beforeEach(() => time.install());
afterEach(() => time.uninstall());

interface Scenario {
  readonly name: string;
  readonly options: World["options"];
  /** Each alone, since a power cut and a kill leave different promises. */
  readonly crashes: readonly Crash[];
  readonly stride: number;
  readonly subsets?: number;
  readonly nested: number;
  /** Fewer states than these were not the exploration that this test is for. */
  readonly floor: number;
  run(world: World, explorer: Explorer): Promise<void>;
}

const DISK = { mode: "strict", durability: "disk" } as const;
const OS = { mode: "strict", durability: "os" } as const;

const SCENARIOS: readonly Scenario[] = [
  {
    name: "a log of durability disk from its first byte to its end", options: DISK, crashes: ["kill", "power"], stride: 29, nested: 60, floor: 1200,
    async run(world, explorer) {
      explorer.watch(world);
      world.open();
      for (const runs of [true, true, false, false, true]) world.append(runs);
      world.log.close();
    },
  },
  {
    name: "many who wait for one fdatasync", options: DISK, crashes: ["kill", "power"], stride: 61, nested: 60, floor: 700,
    async run(world, explorer) {
      world.open();
      explorer.watch(world);
      for (let round = 0; round < 3; round++) {
        const waiting = [world.appendLater(), world.appendLater(), world.appendLater()];
        await world.pass();
        if (round === 1) world.append();
        await Promise.all(waiting);
      }
    },
  },
  {
    name: "a log of durability os, sealed in the background", options: OS, crashes: ["kill", "power"], stride: 61, nested: 70, floor: 700,
    async run(world, explorer) {
      world.open();
      explorer.watch(world);
      for (let round = 0; round < 3; round++) {
        for (let count = 0; count < 3; count++) world.append();
        await world.time.pass(1_001);
        // A sync is under way.
        world.append();
        if (round === 1) {
          // A checkpoint stands there that is not safe, and another one is wanted.
          world.disk.finishSyncs();
          await time.pass();
          for (let count = 0; count < 2; count++) world.append();
          world.log.flush();
        }
        await world.pass(1);
        world.append();
        await world.pass(1);
      }
      explorer.crash(world, undefined);
    },
  },
  {
    name: "segments that end", options: { ...DISK, rotate: { size: 2_500, age: 86_400_000 } }, crashes: ["kill", "power"], stride: 61, nested: 60, floor: 500,
    async run(world, explorer) {
      world.open();
      explorer.watch(world);
      for (let count = 0; count < 8; count++) world.append(count % 3 > 0);
    },
  },
  {
    name: "segments that end under durability os", options: { ...OS, rotate: { size: 2_500, age: 86_400_000 } }, crashes: ["kill", "power"], stride: 61, nested: 60, floor: 500,
    async run(world, explorer) {
      world.open();
      explorer.watch(world);
      for (let count = 0; count < 9; count++) {
        world.append();
        if (count === 6) await world.pass(1_001);
      }
    },
  },
  ...([DISK, OS] as const).map((options): Scenario => ({
    name: `a sync that fails, and the segment after it, durability ${options.durability}`, options, crashes: ["kill", "power"], stride: 173, nested: 150, floor: 400,
    async run(world, explorer) {
      world.open();
      for (let count = 0; count < 3; count++) world.append();
      await world.pass(1_001);
      for (let count = 0; count < 3; count++) world.append();
      explorer.watch(world);
      failing(world, explorer, "sync", "EIO");
      failing(world, explorer, "syncLater", "EIO");
      world.append();
      await world.pass(1_001);
      explorer.watch(world);
      world.append();
      await world.pass(1_001);
      world.append();
      await world.pass(1_001);
    },
  })),
  {
    name: "a write that is cut short and fails, durability os", options: OS, crashes: ["kill", "power"], stride: 173, nested: 150, floor: 400,
    async run(world, explorer) {
      world.open();
      for (let count = 0; count < 4; count++) world.append();
      let left = 3;
      world.disk.before = (call) => {
        explorer.crash(world, call);
        if (call.name !== "write" || left === 0) return undefined;
        if (left-- % 2 === 1) return 100;
        throw diskError("EIO", "write");
      };
      for (let count = 0; count < 3; count++) world.append();
      await world.pass(251);
      for (let count = 0; count < 3; count++) world.append();
      await world.pass(1_001);
    },
  },
  {
    name: "a full disk, its last words, and room again", options: DISK, crashes: ["kill", "power"], stride: 397, nested: 150, floor: 400,
    async run(world, explorer) {
      world.disk.ballast = true;
      world.open();
      for (let count = 0; count < 3; count++) world.append();
      explorer.watch(world);
      world.disk.capacity = world.disk.used + 700;
      for (let count = 0; count < 4; count++) world.append();
      await world.pass(251);
      world.append();
      world.disk.capacity = Infinity;
      await world.pass(251);
      world.append();
    },
  },
  {
    name: "a key outside of the process, whose checkpoints come late", options: { ...DISK, keys: keyHolder("one", true), rotate: { size: 6_000, age: 86_400_000 } }, crashes: ["kill", "power"], stride: 97, nested: 100, floor: 500,
    async run(world, explorer) {
      world.open();
      explorer.watch(world);
      for (let count = 0; count < 12; count++) {
        world.append();
        if (count % 4 === 1) await world.time.pass(1_001);
        if (count % 4 === 2) await world.pass();
      }
      // It is asked, and when it answers the segment has ended.
      await time.pass(1_001);
      world.disk.finishSyncs();
      for (let count = 0; count < 16; count++) world.append();
      await world.pass(1_001);
      world.append();
      await world.pass(1_001);
    },
  },
];

function failing(world: World, explorer: Explorer, name: string, code: string): void {
  const { before } = world.disk;
  world.disk.before = (call) => {
    const result = before?.(call);
    if (call.name === name) {
      explorer.watch(world);
      throw diskError(code, name);
    }
    return result;
  };
}

describe("whatever a crash leaves, the next process finds what was promised", () => {
  let total = 0;
  let nested = 0;
  for (const { name, run, options, stride, subsets = 4, nested: every, crashes, floor } of SCENARIOS) {
    test(name, async (t) => {
      listen();
      const explorer = new Explorer({ tear: { stride, subsets, names: 3 }, crashes, nested: every });
      const world = new World(time, options);
      const started = process.hrtime.bigint();
      await run(world, explorer);
      world.witness();
      delete (world.disk as { before?: unknown }).before;
      await world.pass(300);
      world.log.close();
      assert.deepEqual(world.broken(), []);
      assert.deepEqual(explorer.problems.slice(0, 5), []);
      t.diagnostic(`${explorer.states} states, ${explorer.nested} recoveries crashed in their turn, ${(process.hrtime.bigint() - started) / 1_000_000n} ms`);
      assert.ok(explorer.states >= floor, `only ${explorer.states} states`);
      total += explorer.states;
      nested += explorer.nested;
    });
  }
  after(() => {
    assert.ok(total >= 6_000 && nested >= 60, `${total} states and ${nested} recoveries were explored`);
  });
});

test("a checkpoint that comes after its segment has ended is not put into the next one", async () => {
  listen();
  let answer: (() => void) | undefined;
  const { forOrigin, ...keys } = keyHolder();
  const world = new World(time, {
    ...OS, rotate: { size: 3_000, age: 86_400_000 },
    keys: { ...keys, forOrigin: (origin) => ({ ...forOrigin(origin), here: false, sign: (text) => new Promise((signed) => (answer = () => signed(forOrigin(origin).sign(text)))) }) },
  });
  world.open();
  world.append();
  await world.pass(1_001);
  assert.ok(answer, "it was asked");
  for (let count = 0; count < 8; count++) world.append();
  const segments = (): string[] => world.disk.files().filter((file) => file.endsWith(".log"));
  assert.equal(segments().length, 2);
  answer();
  await world.pass();
  const next = world.after(world.disk.killed(), false);
  next.open();
  assert.equal(next.log.id, world.log.id, "the next process refuses the log");
  assert.deepEqual(next.broken(), []);
  next.log.close();
});
