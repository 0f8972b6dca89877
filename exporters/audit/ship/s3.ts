import type { PutObjectCommandInput, S3Client } from "@aws-sdk/client-s3";
import { messageOf } from "../../../errors.ts";
import { linesOf, parseSeal, RECORD, SEAL } from "../segment.ts";
import { parseCheckpoint } from "../tree/checkpoint.ts";
import { parseNote } from "../tree/note.ts";
import { gapLine, headerLine, intervalLines } from "./copy-text.ts";
import type { Destination } from "./destination.ts";
import { behind } from "./file.ts";
import { HttpError } from "./http.ts";
import type { Gap, Interval } from "./outbox.ts";

/** Most records in one object. */
const RECORDS = 10_000;

export interface S3Options {
  readonly bucket: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  readonly pathStyle: boolean;
  /** Milliseconds that are gathered into one object. */
  readonly every: number;
  /** Object lock: nobody, or only who may bypass governance, deletes an object before its time, in milliseconds. */
  readonly lock: { readonly mode: "COMPLIANCE" | "GOVERNANCE"; readonly for: number } | undefined;
  /** Milliseconds for one request. */
  readonly timeout: number;
}

/**
 * An S3 bucket, or what speaks its protocol: objects `<prefix><log id>/<number>-<first record>.log.gz`, each a segment by
 * itself, so that `spangate verify` checks what was downloaded. An object is created and never replaced
 * (`If-None-Match: *`); one that is there already is compared.
 */
export function s3Destination(name: string, options: S3Options): Destination {
  let client: Promise<S3Client> | undefined;
  const put = async (key: string, body: Buffer, type: string): Promise<boolean> => {
    const { PutObjectCommand } = await sdk();
    const { bucket: Bucket, lock } = options;
    const input: PutObjectCommandInput = {
      Bucket, Key: key, Body: body, ContentType: type, IfNoneMatch: "*", ChecksumAlgorithm: "SHA256",
      ...(lock && { ObjectLockMode: lock.mode, ObjectLockRetainUntilDate: new Date(Date.now() + lock.for) }),
    };
    try {
      await (await (client ??= createClient(options))).send(new PutObjectCommand(input));
      return true;
    } catch (thrown) {
      // 412: it is there. 409: another request for it is under way, or a legal hold; that is for the next attempt.
      const status = statusOf(thrown);
      if (status === 412) return false;
      // The SDK has no words for an answer without a body.
      throw status === undefined ? thrown : new HttpError(status, undefined, `: ${messageOf(thrown)}`);
    }
  };
  const read = async (key: string): Promise<Buffer> => {
    const { GetObjectCommand } = await sdk();
    const { Body } = await (await (client ??= createClient(options))).send(new GetObjectCommand({ Bucket: options.bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  /** Log → an object that an earlier attempt made and we never heard of; its records may go further than what comes now. */
  const found = new Map<string, { readonly from: number } & Held>();
  const store = async (interval: Interval): Promise<void> => {
    const { gzipSync, gunzipSync } = process.getBuiltinModule("node:zlib");
    const key = `${options.prefix}${interval.log}/${keyOf(interval.from)}`;
    let there = found.get(interval.log);
    if (!there || interval.from < there.from || interval.from >= there.from + there.texts.length) {
      if (await put(key, gzipSync(headerLine(interval) + intervalLines(interval)), "application/gzip")) return;
      there = { from: interval.from, ...heldBy(gunzipSync(await read(key))) };
      if (there.texts.length === 0) throw elsewhere(key);
      found.set(interval.log, there);
    }
    const overlap = there.texts.slice(interval.from - there.from, interval.size - there.from);
    if (overlap.some((text, at) => text !== interval.records[at]?.text)) throw elsewhere(key);
    if (overlap.length < interval.records.length) await store(behind(interval, interval.from + overlap.length, there.note));
  };
  return {
    name,
    gather: { after: options.every, records: RECORDS },
    async deliver(interval) {
      await store(interval);
      return [];
    },
    async declare(gap: Gap) {
      await put(`${options.prefix}${gap.log}/gap-${gap.from}-${gap.to}.json`, Buffer.from(gapLine(gap)), "application/json");
    },
    close() {
      void client?.then((one) => one.destroy()).catch(() => {});
    },
  };
}

function elsewhere(key: string): Error {
  return new Error(`the object ${key} is there, and holds something else`);
}

/** The name of a segment; numbered by its first record, since no process knows what others have put there. */
function keyOf(first: number): string {
  return `${String(first).padStart(16, "0")}-${first}.log.gz`;
}

interface Held {
  readonly texts: readonly string[];
  /** Its last checkpoint. */
  readonly note: string | undefined;
}

/** The records of an object; none if it is no object of ours. */
function heldBy(bytes: Buffer): Held {
  const lines = [...linesOf(bytes)].filter(({ whole }) => whole).map(({ text }) => text);
  const note = parseSeal(lines.findLast((text) => text.startsWith(SEAL)) ?? "");
  const parsed = parseNote(note ?? "");
  const checkpoint = typeof parsed === "string" ? parsed : parseCheckpoint(parsed.text);
  return { texts: typeof checkpoint === "string" ? [] : lines.filter((text) => text.startsWith(RECORD)), note };
}

async function createClient({ region, endpoint, pathStyle, timeout }: S3Options): Promise<S3Client> {
  const { S3Client: Client } = await sdk();
  return new Client({
    ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }), forcePathStyle: pathStyle,
    // Waiting and trying again is the shipper's.
    maxAttempts: 1, requestHandler: { requestTimeout: timeout, connectionTimeout: timeout },
  });
}

function statusOf(thrown: unknown): number | undefined {
  return (thrown as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}

/** An optional peer, and heavy. */
function sdk(): Promise<typeof import("@aws-sdk/client-s3")> {
  return import("@aws-sdk/client-s3");
}
