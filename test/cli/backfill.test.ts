import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readRecords } from "../../exporters/audit/reader.ts";
import type { Backfilled } from "../../exporters/audit/ship/backfill.ts";
import { realDisk } from "../../exporters/audit/disk.ts";
import { listSegments } from "../../exporters/audit/segment.ts";
import { verifyDirectory } from "../../exporters/audit/verify/directory.ts";
import { decision, openLog } from "../support/records.ts";
import { temporaryFolder } from "../support/run.ts";
import { folderWith, spangate } from "./cli.ts";

interface Result {
  readonly ok: boolean;
  readonly logs: readonly Backfilled[];
}

const textsOf = (directory: string): string[] => [...readRecords(directory)].map(({ text }) => text);

function setUp(closed = true): { readonly audit: string; readonly folder: string; readonly log: ReturnType<typeof openLog>; readonly file: string } {
  const audit = temporaryFolder();
  const log = openLog(audit, { rotate: { size: 1_500, age: 86_400_000 } });
  for (let at = 0; at < 6; at++) {
    log.append("decision", decision(`tool_${at}`));
    log.flush();
  }
  if (closed) log.close();
  const folder = folderWith({ "destinations.yaml": "spangate: 1\ndestinations:\n  - { name: copy, type: file, path: ./copy }\n  - { name: away, type: elastic, url: \"http://127.0.0.1:1\", index: i }\n" });
  return { audit, folder, log, file: join(folder, "destinations.yaml") };
}

test("a closed log is sent whole, and nothing in its directory is touched", () => {
  const { audit, folder, file } = setUp();
  const before = readdirSync(audit, { recursive: true }).map(String).sort();
  const run = spangate(["audit", "backfill", "--to", "copy", "--destinations", file, audit]);
  assert.equal(run.stderr, "");
  assert.equal(run.code, 0);
  assert.match(run.stdout, /^sent {2}log [0-9a-f]{32} to copy: \d+ records in \d+ intervals?\n$/);
  assert.deepEqual(textsOf(join(folder, "copy")), textsOf(audit));
  assert.deepEqual(verifyDirectory(join(folder, "copy")).logs.flatMap(({ problems }) => problems), []);
  assert.deepEqual(readdirSync(audit, { recursive: true }).map(String).sort(), before);
});

test("of a log that is being written the last interval is left to its writer, whose lock is not asked for", () => {
  const { audit, folder, file, log } = setUp(false);
  const run = spangate(["audit", "backfill", "--to", "copy", "--destinations", file, "--json", audit]);
  assert.equal(run.code, 0);
  assert.deepEqual(textsOf(join(folder, "copy")), textsOf(audit).slice(0, run.json<Result>().logs[0]?.size));
  assert.ok((run.json<Result>().logs[0]?.size ?? Infinity) < log.size);
  log.close();
});

test("--from an index, or a time, begins with the interval that holds it", () => {
  const { audit, file } = setUp();
  const sent = (from: string): Backfilled | undefined => spangate(["audit", "backfill", "--to", "copy", "--destinations", file, "--json", "--from", from, audit]).json<Result>().logs[0];
  const all = textsOf(audit).length;
  assert.equal(sent("5")?.records, all - 5);
  assert.equal(sent("2020-01-01")?.records, all);
  assert.equal(sent("2100-01-01T00:00:00Z")?.records, 0);
});

test("what cannot be sent is told, with where to go on", () => {
  const { audit, file } = setUp();
  const run = spangate(["audit", "backfill", "--to", "away", "--destinations", file, audit]);
  assert.equal(run.code, 1);
  assert.match(run.stdout, /not all sent .*: 0 records in 0 intervals\n.*ECONNREFUSED.*\n {2}go on with --from 0\n$/);
});

test("records that are gone are declared, and are a finding", () => {
  const { audit, file, log, folder } = setUp();
  const segments = listSegments(realDisk, log.folder);
  assert.ok(segments.length > 2);
  const second = segments[1];
  rmSync(join(log.folder, second?.file as string));
  const run = spangate(["audit", "backfill", "--to", "copy", "--destinations", file, "--json", audit]);
  assert.equal(run.code, 1);
  assert.deepEqual(run.json<Result>().logs[0]?.gaps.map(({ from, reason }) => ({ from, reason })), [{ from: second?.first, reason: "missing" }]);
  assert.match(readFileSync(join(folder, "copy", log.id, "gaps.jsonl"), "utf8"), /"reason":"missing"/);
});

test("a log that is cut below where it was known to end is a finding", () => {
  const { audit, file, log } = setUp();
  const last = listSegments(realDisk, log.folder).at(-1);
  rmSync(join(log.folder, last?.file as string));
  const run = spangate(["audit", "backfill", "--to", "copy", "--destinations", file, audit]);
  assert.equal(run.code, 1);
  assert.match(run.stdout, new RegExp(`${log.size} records were known to be there, and checkpoints of only ${last?.first} are`));
});

test("a wrong command line is told in one line", () => {
  const { audit, file } = setUp();
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--to", "cpy", "--destinations", file, audit], /no destination cpy, did you mean copy\?/],
    [["--to", "copy", audit], /there is no file of destinations/],
    [["--to", "otlp-logs", audit], /otlp-logs needs OTEL_EXPORTER_OTLP_ENDPOINT/],
    [["--to", "copy", "--destinations", file, "/nowhere"], /cannot read \/nowhere/],
    [["--to", "copy", "--destinations", file, temporaryFolder()], /there is no audit log of version 2/],
    [["--to", "copy", "--destinations", file, "--from", "yesterday", audit], /neither an index nor a time/],
    [["--to", "copy", "--destinations", join(audit, "none.yaml"), audit], /SG_DESTINATIONS_INVALID/],
    [[audit], /--to/],
  ];
  for (const [args, expected] of cases) {
    const run = spangate(["audit", "backfill", ...args]);
    assert.equal(run.code, 2, args.join(" "));
    assert.match(run.stderr, expected);
    assert.equal(run.stderr.trimEnd().split("\n").length, 1);
  }
});
