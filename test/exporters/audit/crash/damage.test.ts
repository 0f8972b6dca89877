import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { HEAD } from "../../../../exporters/audit/head.ts";
import { sealsOf } from "./chain.ts";
import { DIRECTORY, FakeTime, keyHolder, listen, openOn, World } from "./world.ts";
import type { SimDisk } from "../../../support/sim-disk.ts";

/* What a crash cannot have done is never repaired: the log is left as it is, a new one names it, and an alarm is said. */

const time = new FakeTime();
let said: string[] = [];
beforeEach(() => {
  time.install();
  said = listen();
});
afterEach(() => time.uninstall());

const OPTIONS = { mode: "strict", durability: "disk" } as const;

/** A log of two segments whose process was killed, and the segment that it wrote last. */
function killed(): { readonly world: World; readonly disk: SimDisk; readonly file: string; readonly bytes: Buffer } {
  const world = new World(time, { ...OPTIONS, rotate: { size: 2_500, age: 86_400_000 } });
  world.open();
  for (let count = 0; count < 7; count++) world.append(count !== 5);
  const disk = world.disk.killed();
  const file = disk.files().filter((path) => path.endsWith(".log")).sort().at(-1) as string;
  return { world, disk, file, bytes: disk.read(file) };
}

/** Where the last checkpoint but one of a segment begins: damage before it has two of them behind it. */
function lastButOne(bytes: Buffer): number {
  const lines = bytes.toString("latin1").split("\n");
  let offset = 0;
  const ends = lines.flatMap((line) => {
    offset += line.length + 1;
    return line.startsWith("#") ? [offset - line.length - 1] : [];
  });
  return ends.at(-2) as number;
}

/** The damaged log is left, byte for byte, and what is begun names it. */
function refused(world: World, disk: SimDisk, what: string): void {
  const before = disk.files().filter((path) => path.startsWith(world.log.folder)).map((path) => [path, disk.read(path).toString("latin1")]);
  said.length = 0;
  const next = world.after(disk, true);
  next.exported.clear();
  next.open();
  assert.notEqual(next.log.id, world.log.id, `${what}: it was gone on with`);
  assert.ok(said.some((line) => line.includes("SG_AUDIT_CORRUPT") && line.includes(world.log.id)), `${what}: no alarm`);
  const open = disk.read(join(next.log.folder, "00000001-0.log")).toString().split("\n").find((line) => line.includes('"t":"open"')) ?? "";
  assert.match((JSON.parse(open) as { refused: string }).refused, new RegExp(`^${world.log.id}: `), what);
  assert.deepEqual(before.map(([path]) => [path, disk.read(path as string).toString("latin1")]), before, `${what}: it was changed`);
  next.log.close();
}

describe("damage before what a later checkpoint vouches for", () => {
  test("a flipped bit at every byte", (t) => {
    const { world, disk, file, bytes } = killed();
    const end = lastButOne(bytes);
    assert.ok(end > 900 && sealsOf(bytes).length >= 3);
    let count = 0;
    for (let at = 0; at < end; at++) {
      const copy = disk.killed();
      const changed = Buffer.from(bytes);
      changed[at] = (bytes[at] as number) ^ (1 << (at % 8));
      copy.replace(file, changed);
      refused(world, copy, `bit ${at % 8} of byte ${at} (${JSON.stringify(String.fromCharCode(bytes[at] as number))})`);
      count++;
    }
    t.diagnostic(`${count} places`);
  });

  test("a byte taken out or put in, a line taken out, doubled, or changed for another", () => {
    const { world, disk, file, bytes } = killed();
    const end = lastButOne(bytes);
    const attempt = (changed: Buffer, what: string): void => {
      const copy = disk.killed();
      copy.replace(file, changed);
      refused(world, copy, what);
    };
    for (let at = 0; at < end; at += 5) {
      attempt(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]), `without byte ${at}`);
      attempt(Buffer.concat([bytes.subarray(0, at), Buffer.from("x"), bytes.subarray(at)]), `a byte more at ${at}`);
    }
    const lines = bytes.toString("latin1").split("\n");
    const last = bytes.subarray(0, end).toString("latin1").split("\n").length - 1;
    for (let at = 0; at < last - 1; at++) {
      // A checkpoint that is missing is one that was never written.
      if (!lines[at]?.startsWith("#")) attempt(Buffer.from([...lines.slice(0, at), ...lines.slice(at + 1)].join("\n"), "latin1"), `without line ${at}`);
      if (!lines[at]?.startsWith("#")) attempt(Buffer.from([...lines.slice(0, at + 1), ...lines.slice(at)].join("\n"), "latin1"), `line ${at} twice`);
      if (at > 0 && !lines[at]?.startsWith("#")) attempt(Buffer.from(lines.with(at, lines[at - 1] as string).join("\n"), "latin1"), `line ${at} changed for the one before`);
    }
  });
});

describe("of a log that was closed", () => {
  test("nothing is missing that its head tells of: every cut, every segment that is gone", () => {
    const { world, disk } = killed();
    const next = world.after(disk, false);
    next.open();
    next.log.close();
    const file = disk.files().filter((path) => path.endsWith(".log")).sort().at(-1) as string;
    const bytes = disk.read(file);
    for (let cut = 0; cut < bytes.length; cut += 3) {
      const copy = disk.killed();
      copy.replace(file, bytes.subarray(0, cut));
      // The last line is a checkpoint: what it covers is there without it.
      if (cut < bytes.toString("latin1").lastIndexOf("#")) refused(world, copy, `cut at ${cut}`);
    }
    for (const gone of disk.files().filter((path) => path.endsWith(".log")).sort().slice(-1)) {
      const copy = disk.killed();
      copy.unlink(gone);
      refused(world, copy, `without ${gone}`);
    }
  });

  test("a damaged head is an error of nobody: the log is read instead", () => {
    const { world, disk } = killed();
    const next = world.after(disk, false);
    next.open();
    next.log.close();
    const head = join(world.log.folder, HEAD);
    const text = disk.read(head).toString();
    for (const changed of ["", "null", "5", "{}", '{"size":1}', text.slice(0, 40), text.replace('"frontier":"', '"frontier":"!'), text.replace('"leaf":"', '"leaf":5,"x":"'), `{"segment":"${(JSON.parse(text) as { segment: string }).segment}"}`]) {
      const copy = disk.killed();
      copy.replace(head, Buffer.from(changed));
      const after = world.after(copy, false);
      after.open();
      assert.equal(after.log.id, world.log.id, changed);
      assert.deepEqual(after.broken(), []);
      after.log.close();
    }
  });
});

test("a log whose key is not known any more is refused, and not cut back to its first checkpoint", () => {
  const { world, disk } = killed();
  said.length = 0;
  const log = openOn(disk, { ...OPTIONS, keys: keyHolder("another") });
  assert.notEqual(log.id, world.log.id);
  assert.match(said.join("\n"), /SG_AUDIT_CORRUPT.*not signed by a key that is known|no key that is known/);
  log.close();
});

test("the alarm names the file and the place", () => {
  const { world, disk, file, bytes } = killed();
  disk.replace(file, Buffer.concat([Buffer.from("?"), bytes.subarray(1)]));
  refused(world, disk, "a header");
  assert.match(said.join("\n"), new RegExp(`${file.replaceAll(".", "\\.")} is damaged at 0: its header`));
  assert.ok(disk.list(DIRECTORY).length === 2);
});
