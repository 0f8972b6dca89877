import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import fc from "fast-check";
import { verifyDirectory } from "../../../../exporters/audit/verify/directory.ts";
import { diskError, type SimDisk } from "../../../support/sim-disk.ts";
import { DIRECTORY, ed25519Holder, FakeTime, listen, World } from "./world.ts";

/* docs/formal/audit.tla in other words, against the log itself: any order of writing, syncing, failing, crashing and going on. */

const time = new FakeTime();
beforeEach(() => {
  time.install();
  listen();
});
afterEach(() => time.uninstall());

/** What is known outside of the process: the tree that a witness has cosigned last. */
interface Model {
  witnessed: { size: number; root: string };
  steps: number;
}

interface Real {
  world: World;
}

type Command = fc.AsyncCommand<Model, Real>;

const CALLS = ["write", "sync", "syncLater", "syncFolder", "rename", "create"] as const;

function step(name: string, act: (real: Real, model: Model) => Promise<void> | void): Command {
  return {
    check: () => true,
    async run(model, real) {
      model.steps++;
      await act(real, model);
      real.world.witness();
    },
    toString: () => name,
  };
}

/** The next process, on what was left. */
async function begin(real: Real, left: SimDisk, ackedIsVoid: boolean): Promise<void> {
  const before = real.world;
  const { id } = before.log;
  real.world = before.after(left, ackedIsVoid);
  time.uninstall();
  time.install();
  real.world.open();
  assert.equal(real.world.log.id, id, "the log was refused, and nothing but a crash had happened");
  assert.deepEqual(real.world.broken(), []);
}

const commands: fc.Arbitrary<Command>[] = [
  fc.constant(step("append", ({ world }) => void world.append())),
  fc.constant(step("append a denial", ({ world }) => void world.append(false))),
  fc.constant(step("append together", async ({ world }) => {
    const waiting = [world.appendLater(), world.appendLater()];
    await world.pass();
    await Promise.all(waiting);
  })),
  fc.constant(step("flush", ({ world }) => void world.log.flush())),
  fc.nat(1_500).map((ms) => step(`${ms} ms pass`, ({ world }) => world.pass(ms))),
  // A sync that was begun goes on while the log is written.
  fc.nat(1_500).map((ms) => step(`${ms} ms pass without the disk`, ({ world }) => time.pass(ms, () => void world))),
  fc.tuple(fc.constantFrom(...CALLS), fc.nat(3), fc.constantFrom("EIO", "ENOSPC")).map(([name, skip, code]) => step(`${code} at ${name} ${skip}`, ({ world }) => {
    let left = skip;
    world.disk.before = (call) => {
      if (call.name !== name || left-- > 0) return;
      delete (world.disk as { before?: unknown }).before;
      throw diskError(code, name);
    };
  })),
  fc.constant(step("kill", (real) => begin(real, real.world.disk.killed(), false))),
  fc.nat().map((which) => step(`power cut ${which}`, async (real) => {
    const states = [...real.world.disk.powerCuts({ stride: 97, subsets: 4, names: 3 })];
    await begin(real, states[which % states.length] as SimDisk, real.world.options.durability === "os");
  })),
  fc.constant(step("close and go on", async (real) => {
    delete (real.world.disk as { before?: unknown }).before;
    await real.world.pass(300);
    real.world.log.close();
    await real.world.pass();
    await begin(real, real.world.disk, false);
  })),
  // A witness takes what the log may export, if it goes on from what it has seen; a log that contradicts itself is refused by it for good.
  fc.constant(step("cosign", ({ world }, model) => {
    world.witness();
    const last = [...world.exported].at(-1);
    if (!last) return;
    const [size, root] = last;
    assert.ok(size >= model.witnessed.size, `the witness has seen ${model.witnessed.size} records, and is shown ${size}`);
    if (size === model.witnessed.size) assert.equal(root, model.witnessed.root);
    model.witnessed = { size, root };
  })),
];

for (const durability of ["disk", "os"] as const) {
  for (const later of [false, true]) {
    test(`any history keeps its promises, durability ${durability}${later ? ", a key outside of the process" : ""}`, async (t) => {
      let steps = 0;
      await fc.assert(fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: "+1" }), async (history) => {
        const world = new World(time, { mode: "strict", durability, keys: ed25519Holder(later), rotate: { size: 4_000, age: 86_400_000 } });
        time.uninstall();
        time.install();
        world.open();
        const real: Real = { world };
        const model: Model = { witnessed: { size: 0, root: "" }, steps: 0 };
        await fc.asyncModelRun(() => ({ model, real }), history);
        steps += model.steps;
        delete (real.world.disk as { before?: unknown }).before;
        await real.world.pass(600);
        assert.ok(real.world.append().safe, "it is not written again after all faults are gone");
        real.world.log.close();
        assert.deepEqual(real.world.broken(), []);
        const report = verifyDirectory(DIRECTORY, { disk: real.world.disk, values: false });
        assert.ok(report.outcome !== "tampered", JSON.stringify(report.logs.map(({ problems }) => problems)));
      }), { numRuns: 150, endOnFailure: false });
      t.diagnostic(`${steps} steps`);
      assert.ok(steps > 1_000, `${steps} steps`);
    });
  }
}
