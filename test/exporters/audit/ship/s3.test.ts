import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import type { AuditLog } from "../../../../exporters/audit/log.ts";
import { readRecords } from "../../../../exporters/audit/reader.ts";
import { joined } from "../../../../exporters/audit/ship/outbox.ts";
import { s3Destination, type S3Options } from "../../../../exporters/audit/ship/s3.ts";
import { Shipper } from "../../../../exporters/audit/ship/shipper.ts";
import { verifyDirectory } from "../../../../exporters/audit/verify/directory.ts";
import { openLog } from "../../../support/records.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { Bucket, CREDENTIALS } from "./bucket.ts";
import { interval, intervalsOf, sent, textsOf } from "./sealed.ts";

const saved = { ...process.env };
before(() => void Object.assign(process.env, CREDENTIALS));
after(() => void (process.env = saved));

function options(bucket: Bucket, more: Partial<S3Options> = {}): S3Options {
  return { bucket: "audit", prefix: "prod/", region: undefined, endpoint: bucket.receiver.url, pathStyle: true, every: 1, lock: undefined, timeout: 2_000, ...more };
}

function start(t: TestContext, bucket: Bucket, more: Partial<S3Options> = {}): { log: AuditLog; shipper: Shipper } {
  const log = openLog(temporaryFolder());
  for (let at = 0; at < 3; at++) interval(log, 2);
  const shipper = new Shipper(log, s3Destination("s3", options(bucket, more)));
  t.after(() => {
    shipper.close();
    log.close();
  });
  return { log, shipper };
}

/** What `aws s3 sync` would make of the bucket. */
function downloaded(bucket: Bucket): string {
  const folder = temporaryFolder();
  for (const [key, { body }] of bucket.objects) {
    const file = join(folder, key.replace("/audit/prod/", ""));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body);
  }
  return folder;
}

function assertThere(bucket: Bucket, log: AuditLog): void {
  const folder = downloaded(bucket);
  assert.deepEqual([...readRecords(folder)].map(({ text }) => text), textsOf(log));
  assert.deepEqual(verifyDirectory(folder).logs.flatMap(({ problems }) => problems), []);
}

test("what is gathered is one object, which is a segment that verifies; requests are signed", async (t) => {
  const bucket = await Bucket.start(t);
  const { log, shipper } = start(t, bucket);
  await shipper.flush();
  assert.equal(shipper.lag, 0);
  assert.deepEqual([...bucket.objects.keys()], [`/audit/prod/${log.id}/0000000000000000-0.log.gz`]);
  interval(log, 1);
  await shipper.flush();
  assert.equal(bucket.objects.size, 2);
  assertThere(bucket, log);
});

test("object lock is asked for", async (t) => {
  const bucket = await Bucket.start(t);
  const { shipper } = start(t, bucket, { lock: { mode: "COMPLIANCE", for: 86_400_000 } });
  await shipper.flush();
  const [object] = bucket.objects.values();
  assert.equal(object?.headers["x-amz-object-lock-mode"], "COMPLIANCE");
  const until = Date.parse(object?.headers["x-amz-object-lock-retain-until-date"] as string);
  assert.ok(Math.abs(until - Date.now() - 86_400_000) < 3_600_000);
});

for (const status of [403, 404, 409, 500, 503]) {
  test(`nothing is lost when the bucket answers ${status}`, async (t) => {
    const bucket = await Bucket.start(t);
    bucket.before = () => status;
    const { log, shipper } = start(t, bucket);
    await shipper.flush();
    assert.equal(shipper.lag, log.size);
    bucket.before = () => undefined;
    await shipper.flush();
    assert.equal(shipper.lag, 0);
    assertThere(bucket, log);
  });
}

test("an object whose answer was lost is completed, whatever its bounds were", async (t) => {
  for (const [first, second] of [[2, 1_000], [1_000, 2], [3, 4], [4, 3]] as const) {
    const bucket = await Bucket.start(t);
    const { log } = start(t, bucket);
    const all = intervalsOf(sent(log));
    const destination = s3Destination("s3", options(bucket));
    for (const one of intervalsOf([...joined(all, first)])) await destination.deliver(one);
    for (const one of intervalsOf([...joined(all, second)])) await destination.deliver(one);
    destination.close?.();
    assertThere(bucket, log);
  }
  const bucket = await Bucket.start(t);
  bucket.after = () => 500;
  const { log, shipper } = start(t, bucket);
  await shipper.flush();
  assert.equal(shipper.lag, log.size);
  bucket.after = () => undefined;
  interval(log, 2);
  await shipper.flush();
  assert.equal(shipper.lag, 0);
  assertThere(bucket, log);
});

test("an object of somebody else in its place is not taken for ours, and not replaced", async (t) => {
  const bucket = await Bucket.start(t);
  const { log, shipper } = start(t, bucket);
  const forged = gzipSync("forged\n");
  bucket.objects.set(`/audit/prod/${log.id}/0000000000000000-0.log.gz`, { body: forged, headers: {} });
  await shipper.flush();
  assert.equal(shipper.lag, log.size);
  assert.deepEqual([...bucket.objects.values()].map(({ body }) => body), [forged]);
});
