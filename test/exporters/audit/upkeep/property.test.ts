import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { realDisk } from "../../../../exporters/audit/disk.ts";
import { listLogs } from "../../../../exporters/audit/segment.ts";
import { eraseSubject } from "../../../../exporters/audit/upkeep/erase.ts";
import { addHold, readHolds, releaseHold } from "../../../../exporters/audit/upkeep/holds.ts";
import { keepAll } from "../../../../exporters/audit/upkeep/keep.ts";
import { rotateKeys } from "../../../../exporters/audit/upkeep/rotate-key.ts";
import { readRecords } from "../../../../exporters/audit/reader.ts";
import { verifyDirectory } from "../../../../exporters/audit/verify/directory.ts";
import { Vault } from "../../../../exporters/audit/vault.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { call, contentsOf, DAY, openLog, recordsOf } from "./logs.ts";

type Step = { readonly do: "write"; readonly count: number; readonly subject: string } | { readonly do: "keep"; readonly compress: "none" | "gzip" | "zstd"; readonly days: number | undefined } | { readonly do: "erase"; readonly subject: string } | { readonly do: "hold" | "release" | "restart" | "rotate" };

const subject = fc.constantFrom("ann", "bob");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("write" as const), count: fc.integer({ min: 1, max: 12 }), subject }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("keep" as const), compress: fc.constantFrom("none" as const, "gzip" as const, "zstd" as const), days: fc.constantFrom(undefined, 0.5, 2) }) },
  fc.record({ do: fc.constant("erase" as const), subject }),
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("hold" as const, "release" as const, "restart" as const, "rotate" as const) }) },
);

test("whatever is done to a log, no leaf is ever lost or changed, and what is gone has a record", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
    const directory = temporaryFolder();
    const vault = Vault.open(directory, undefined, true) as Vault;
    const open = () => openLog(directory, { rotate: { size: 2_500, age: DAY } });
    let log = open();
    let leaves: readonly string[] = [];
    let pruned = 0;
    const erased = new Set<string>();
    for (const one of steps) {
      const held = readHolds(directory).length > 0;
      switch (one.do) {
        case "write":
          for (let index = 0; index < one.count; index++) call(log, vault, "tool", `{"n":${index}}`, one.subject);
          break;
        case "keep":
          await keepAll(log, { directory, destinations: [], now: () => Date.now() + DAY, audit: { compress: one.compress, retention: { age: one.days === undefined ? undefined : one.days * DAY }, append_only: false } });
          if (held) assert.equal(contentsOf(log.folder).pruned, pruned);
          break;
        case "erase":
          if (held) assert.throws(() => eraseSubject(directory, log, vault, { subject: vault.pseudonym(one.subject), actor: "dpo", basis: "b" }), /legal hold/);
          else if (eraseSubject(directory, log, vault, { subject: vault.pseudonym(one.subject), actor: "dpo", basis: "b" })) erased.add(vault.pseudonym(one.subject));
          break;
        case "hold":
          if (!held) addHold(directory, { name: "h", who: "ann", why: "w", since: "now" });
          break;
        case "release":
          if (held) releaseHold(directory, "h");
          break;
        case "restart":
          log.close();
          log = open();
          break;
        case "rotate":
          log.close();
          rotateKeys(directory, {}, "r");
          log = open();
      }
      log.flush();
      const now = contentsOf(log.folder);
      assert.equal(now.size, log.size);
      assert.ok(now.sealed);
      assert.deepEqual(now.leaves.slice(0, leaves.length), leaves);
      assert.ok(now.pruned >= pruned);
      ({ leaves, pruned } = now);
    }
    log.close();
    assert.equal(listLogs(realDisk, directory).length, 1);
    assert.equal(recordsOf(directory, "open").every(({ clean, refused }) => clean && refused === undefined), true);
    // Each range that is gone was said to go; what is left says so, unless it went itself.
    const ranges = recordsOf(directory, "prune");
    if (pruned > 0) assert.ok(ranges.some(({ to }) => to === pruned));
    assert.equal(verifyDirectory(directory).outcome, "proven", JSON.stringify(verifyDirectory(directory).logs[0]?.problems));
    for (const { subject: id } of recordsOf(directory, "erase")) assert.ok(erased.has(id));
    for (const { value } of readRecords(directory)) assert.ok(value === undefined || value === "erased" || typeof value === "object", String(value));
    rmSync(join(directory), { recursive: true });
  }), { numRuns: 40 });
});
