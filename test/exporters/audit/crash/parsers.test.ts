import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { KEYS, type RecordBodies, type RecordType } from "../../../../exporters/audit/bodies.ts";
import { formatRecord, parseRecord } from "../../../../exporters/audit/record.ts";
import { formatHeader, formatSeal, type Header, linesOf, parseHeader, parseSeal } from "../../../../exporters/audit/segment.ts";
import { Frontier } from "../../../../exporters/audit/tree/frontier.ts";
import { leafHash } from "../../../../exporters/audit/tree/hash.ts";
import { parseNote } from "../../../../exporters/audit/tree/note.ts";
import { parseValue } from "../../../../exporters/audit/vault.ts";

/* What reads a segment reads what anybody put there: it says no, and never throws; and yes only to what the writer would have written. */

const text = fc.string({ unit: "binary", maxLength: 60 }).map((drawn) => drawn.toWellFormed());
const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text, { maxLength: 3 }), fc.dictionary(text, fc.nat(), { maxKeys: 3, noNullPrototype: true }));

/** A record of any type with some of its keys, in their order. */
const record = fc.constantFrom(...(Object.keys(KEYS) as RecordType[])).chain((type) =>
  fc.tuple(fc.subarray([...KEYS[type]] as string[], { minLength: 1 }), fc.infiniteStream(scalar), fc.nat(), text).map(([keys, values, index, prev]) => {
    const body = Object.fromEntries(keys.map((key) => [key, values.next().value]));
    return { type, index, prev: Buffer.from(prev).toString("base64"), body: body as unknown as RecordBodies[RecordType] };
  }));

const header: fc.Arbitrary<Header> = fc.record({ first: fc.nat(200), origin: text, prev: text, checkpoint: fc.option(text, { nil: undefined }), rewrites: fc.constantFrom(undefined, true as const) }).map(({ first, origin, prev, checkpoint, rewrites }) => {
  const tree = new Frontier();
  for (let leaf = 0; leaf < first; leaf++) tree.append(leafHash(`${leaf}`));
  return { v: 2, origin, first, prev, frontier: tree.toString(), checkpoint, rewrites };
});

/** Texts that come near: JSON of anything, and lines of ours with something changed. */
function near(line: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const changed = fc.tuple(line, fc.nat(), fc.nat(3), fc.string({ maxLength: 3 })).map(([original, at, count, put]) => original.slice(0, at % (original.length + 1)) + put + original.slice((at % (original.length + 1)) + count));
  return fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.jsonValue({ maxDepth: 4 }).map((value) => `!${JSON.stringify(value)}`), line.chain((original) => fc.jsonValue().map((value) => original.replace(/:("[^"]*"|\d+)/, `:${JSON.stringify(value)}`))), changed);
}

const recordLine = record.map(({ type, index, prev, body }) => formatRecord(index, prev, "0".repeat(32), type, body));
const headerLine = header.map(formatHeader);
const sealLine = text.map(formatSeal);
const base64 = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64"));
const valueLine = fc.tuple(fc.nat(), fc.stringMatching(/^[0-9a-f]{32}$/), base64, base64).map(([i, k, n, c]) => `~${JSON.stringify({ i, k, n, c })}`);

describe("what was written is read", () => {
  test("records of every type", () => {
    fc.assert(fc.property(record, ({ type, index, prev, body }) => {
      const line = formatRecord(index, prev, "0".repeat(32), type, body);
      assert.match(line, /^[\x20-\x7e]+$/);
      const parsed = parseRecord(line);
      assert.ok(typeof parsed !== "string", `${parsed as string}: ${line}`);
      assert.equal(parsed.t, type);
      for (const [key, value] of Object.entries(body)) assert.deepEqual((parsed as unknown as Record<string, unknown>)[key], value);
    }), { numRuns: 1_000 });
  });
  test("headers", () => {
    fc.assert(fc.property(header, (written) => {
      const parsed = parseHeader(formatHeader(written));
      assert.ok(typeof parsed !== "string", parsed as string);
      assert.deepEqual({ checkpoint: undefined, rewrites: undefined, ...parsed }, written);
    }));
  });
  test("checkpoints and values", () => {
    fc.assert(fc.property(text, (note) => assert.equal(parseSeal(formatSeal(note)), note)));
    fc.assert(fc.property(valueLine, (line) => assert.equal(`~${JSON.stringify(parseValue(line))}`, line)));
  });
  test("lines: together with their line feeds they are the bytes", () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.constant(Uint8Array.of(10)))), (parts) => {
      const bytes = Buffer.concat(parts);
      let end = 0;
      for (const { text: line, offset, whole } of linesOf(bytes)) {
        assert.equal(offset, end);
        end = offset + line.length + Number(whole);
        assert.equal(bytes.toString("latin1", offset, end), line + (whole ? "\n" : ""));
      }
      assert.equal(end, bytes.length);
    }));
  });
});

describe("anything else is refused, and nothing is thrown", () => {
  test("records", () => {
    fc.assert(fc.property(near(recordLine), (line) => {
      const parsed = parseRecord(line);
      if (typeof parsed === "string") return;
      // What is read is what would be written: in ASCII, and no key of it means two things.
      assert.equal(JSON.stringify(parsed).replaceAll(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`), line);
    }), { numRuns: 5_000 });
  });
  test("headers", () => {
    fc.assert(fc.property(near(headerLine), (line) => {
      const parsed = parseHeader(line);
      if (typeof parsed !== "string") assert.equal(formatHeader(parsed), line);
    }), { numRuns: 5_000 });
    for (const line of ["!", "!null", '!{"v":2}', '!{"v":2,"origin":"a","first":0,"prev":"","frontier":null}', '!{"v":2,"origin":"a","first":0,"prev":""}', '!{"v":2,"origin":"a","first":0,"prev":"","frontier":"","checkpoint":5}', '!{"v":2,"origin":"a","first":0,"prev":"","frontier":"","rewrites":1}', '!{"v":2,"origin":"a","first":-1,"prev":"","frontier":""}']) {
      assert.equal(typeof parseHeader(line), "string", line);
    }
    assert.equal(typeof parseHeader('!{"v":2,"origin":"a","first":0,"prev":"","frontier":""}'), "object");
  });
  test("checkpoints and values", () => {
    fc.assert(fc.property(near(sealLine), (line) => {
      const note = parseSeal(line);
      if (note === undefined) return;
      assert.equal(formatSeal(note), line.replace(/^./s, "#"));
      parseNote(note);
    }), { numRuns: 5_000 });
    fc.assert(fc.property(near(valueLine), (line) => {
      const value = parseValue(line);
      if (value) assert.equal(`~${JSON.stringify(value)}`, line);
    }), { numRuns: 5_000 });
  });
  for (const [what, line] of [["nested 30,000 deep", `{"v":2,"i":0,"prev":"","t":${"[".repeat(30_000)}${"]".repeat(30_000)}}`], ["a mebibyte long", `{"v":2,"i":0,"prev":"","t":"${"x".repeat(1024 * 1024)}"}`], ["a header nested 100,000 deep", `!{"v":2,"origin":"a","first":0,"prev":"","frontier":"","checkpoint":${"[".repeat(100_000)}${"]".repeat(100_000)}}`]] as const) {
    test(`a line ${what}`, () => {
      assert.equal(typeof parseRecord(line), "string");
      assert.equal(typeof parseHeader(line), "string");
      assert.equal(parseSeal(line), undefined);
      assert.equal(parseValue(line), undefined);
    });
  }
});
