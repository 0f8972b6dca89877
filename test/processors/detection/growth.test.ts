import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Scanner } from "../../../processors/detection/scanner.ts";
import { DETECTORS } from "../../support/detectors.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
/** What may be there that was not before, in bytes: compiled code, not data of a hundred thousand values. */
const SLACK = 4 << 20;

/** Bytes in use once all that can be has been freed; what holds memory outside the heap is freed a turn later. */
async function used(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collect();
    await setImmediate();
  }
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

async function growth(work: () => void): Promise<number> {
  const before = await used();
  work();
  return (await used()) - before;
}

test("a hundred thousand values leave nothing behind", async () => {
  const scanner = new Scanner(DETECTORS);
  const scan = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const { value } = scanner.rewrite({ id: `A-${index}`, note: `write to user${index}@example.org`, code: Buffer.from(`text number ${index} in base64`).toString("base64"), list: [index, "ghp_", `${index}`], where: "café" }, () => "X");
      assert.notEqual(value, undefined);
    }
  };
  scan(5_000);
  const more = await growth(() => scan(100_000));
  assert.ok(more < SLACK, `${more} bytes more`);
});

test("a huge value leaves nothing behind", async () => {
  const scanner = new Scanner(DETECTORS);
  scanner.scan({ warm: "up" });
  const more = await growth(() => {
    scanner.scan(Array.from({ length: 50_000 }, (_, index) => `value ${index}`));
    scanner.scan("x ".repeat(2 << 20));
  });
  assert.ok(more < SLACK, `${more} bytes more`);
});
