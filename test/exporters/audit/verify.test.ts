import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { formatRecord, parseRecord } from "../../../exporters/audit/record.ts";
import { verifyDirectory, type VerifyOptions } from "../../../exporters/audit/verify/directory.ts";
import { headOfNote, type KnownHead } from "../../../exporters/audit/verify/heads.ts";
import type { LogReport, ProblemKind } from "../../../exporters/audit/verify/report.ts";
import { decision } from "../../support/records.ts";
import { type Files, makeSmallLog, memoryDisk, type SmallLog } from "./small-log.ts";

let small: SmallLog;
let other: SmallLog;
let total: number;

before(() => {
  small = makeSmallLog();
  other = makeSmallLog();
  total = verify(small.files).records;
});

function verify(files: Files, options: VerifyOptions = {}, of: SmallLog = small): LogReport {
  return verifyDirectory(of.directory, { disk: memoryDisk(of.directory, { [of.id]: files }), ...options }).logs[0] as LogReport;
}

/** The last segments of the log, which hold its records as text. */
function plainSegments(): string[] {
  return [...small.files.keys()].filter((name) => name.endsWith(".log"));
}

function linesOf(name: string): string[] {
  return (small.files.get(name) as Buffer).toString("latin1").split("\n").slice(0, -1);
}

function withLines(name: string, lines: readonly string[]): Files {
  return new Map(small.files).set(name, Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1"));
}

function without(files: Files, ...names: string[]): Files {
  return new Map([...files].filter(([name]) => !names.includes(name)));
}

function kinds({ problems }: LogReport): ProblemKind[] {
  return [...new Set(problems.map(({ kind }) => kind))].sort();
}

function told(report: LogReport): string {
  return JSON.stringify({ outcome: report.outcome, counts: report.counts, problems: report.problems.map(({ kind, index, detail }) => `${kind} ${index} ${detail}`) });
}

/** Every record line of the log that counts: its segment, its place among the lines, its index. */
function recordLines(): { name: string; at: number; index: number; line: string }[] {
  return plainSegments().flatMap((name) => linesOf(name).flatMap((line, at) => {
    const record = parseRecord(line);
    return typeof record === "string" ? [] : [{ name, at, index: record.i, line }];
  }));
}

test("a log that nobody touched is proven to the last record, the erased and the pruned included", () => {
  const report = verify(small.files);
  assert.equal(report.outcome, "proven", told(report));
  assert.deepEqual(report.counts, { proven: total - 5, unproven: 0, altered: 0, missing: 0, pruned: 5 });
  assert.deepEqual(report.values, { checked: 1, erased: 1, unread: 0, damaged: 0 });
  assert.deepEqual([report.states, report.notes, report.missing], [[], [], []]);
  assert.equal(report.sealed, total);
});

/** What is done to one record, and what must be said of it. */
const EDITS: readonly { readonly name: string; readonly edit: (lines: string[], at: number) => string[]; readonly kind: ProblemKind; readonly count?: "altered" | "missing" }[] = [
  { name: "edited in place", edit: (lines, at) => lines.with(at, (lines[at] as string).replace('"ts":"1', '"ts":"2')), kind: "altered", count: "altered" },
  { name: "edited, in another length", edit: (lines, at) => lines.with(at, (lines[at] as string).replace('"mono":"', '"mono":"1')), kind: "altered", count: "altered" },
  { name: "written in another form", edit: (lines, at) => lines.with(at, (lines[at] as string).replace('"t":', '"t": ')), kind: "altered", count: "altered" },
  { name: "given another index", edit: (lines, at) => lines.with(at, (lines[at] as string).replace(/"i":\d+/, '"i":900')), kind: "altered", count: "altered" },
  { name: "linked to another record", edit: (lines, at) => lines.with(at, (lines[at] as string).replace(/"prev":"./, (prev) => prev.slice(0, -1) + (prev.endsWith("A") ? "B" : "A"))), kind: "altered", count: "altered" },
  { name: "replaced by garbage", edit: (lines, at) => lines.with(at, "garbage"), kind: "altered", count: "altered" },
  { name: "deleted", edit: (lines, at) => lines.toSpliced(at, 1), kind: "missing", count: "missing" },
  { name: "written twice", edit: (lines, at) => lines.toSpliced(at, 0, lines[at] as string), kind: "duplicate" },
  { name: "preceded by garbage", edit: (lines, at) => lines.toSpliced(at, 0, "garbage"), kind: "inserted" },
  { name: "preceded by one of another log", edit: (lines, at) => lines.toSpliced(at, 0, linesOfOther()), kind: "inserted" },
  { name: "preceded by a forged one that goes on from the record before", edit: (lines, at) => lines.toSpliced(at, 0, forged(lines[at] as string)), kind: "inserted" },
];

function linesOfOther(): string {
  const [, bytes] = [...other.files].find(([name]) => name.endsWith(".log")) as [string, Buffer];
  return bytes.toString("latin1").split("\n")[1] as string;
}

function forged(line: string): string {
  const { i, prev, log } = parseRecord(line) as { i: number; prev: string; log: string };
  return formatRecord(i, prev, log, "decision", decision("forged"));
}

describe("one change to one record is found, and only that record is named", () => {
  for (const { name, edit, kind, count } of EDITS) {
    test(name, () => {
      for (const { name: segment, at, index, line } of recordLines()) {
        const report = verify(withLines(segment, edit(linesOf(segment), at)));
        assert.equal(report.outcome, "tampered", `${index}: ${told(report)}`);
        assert.ok(report.problems.some((problem) => problem.kind === kind && problem.index === index), `${index}: ${told(report)}`);
        // What the key sealed that only this record names, or was deleted as only this record tells, goes with it.
        if (count !== undefined && /"t":"(key|prune)"/.test(line)) continue;
        const expected = count === undefined ? total - 5 : total - 6;
        assert.equal(report.counts.proven, expected, `${index}: ${told(report)}`);
        if (count !== undefined) assert.equal(report.counts[count], 1, `${index}: ${told(report)}`);
      }
    });
  }
});

test("two records in each other's place are found", () => {
  for (const name of plainSegments()) {
    const lines = linesOf(name);
    for (let a = 1; a < lines.length; a++) {
      for (let b = a + 1; b < lines.length; b++) {
        if (lines[a] === lines[b]) continue;
        const report = verify(withLines(name, lines.with(a, lines[b] as string).with(b, lines[a] as string)));
        // A checkpoint may stand later than behind the last record that it covers.
        const isLate = lines[a]?.startsWith("#") && b === a + 1 && report.outcome === "proven";
        if (!isLate) assert.equal(report.outcome, "tampered", `${name} ${a} ${b}: ${told(report)}`);
      }
    }
  }
});

test("every line that is deleted or written twice is found, but for the values, which no hash covers", () => {
  for (const name of plainSegments()) {
    const lines = linesOf(name);
    for (const [at, line] of lines.entries()) {
      const isLast = name === plainSegments().at(-1) && at === lines.length - 1;
      for (const changed of [lines.toSpliced(at, 1), lines.toSpliced(at, 0, line)]) {
        const report = verify(withLines(name, changed));
        if (line.startsWith("~") && changed.length < lines.length && small.files.get(name)?.at(-1) === 10) assert.equal(report.outcome, "proven");
        // Without its last checkpoint a log looks as one that crashed before it; every record is there.
        else if (isLast && changed.length < lines.length) assert.equal(report.outcome, "incomplete", told(report));
        // The header of the next segment has the checkpoint too, or a later one covers the same records.
        else if (line.startsWith("#") && changed.length < lines.length) assert.ok(["proven", "tampered"].includes(report.outcome), told(report));
        else assert.equal(report.outcome, "tampered", `${name} ${at} ${line.slice(0, 30)}: ${told(report)}`);
      }
    }
  }
});

test("every bit of every line", () => {
  const tiny = makeSmallLog({ crash: false, rotateKey: false, prune: false });
  for (const log of [small, tiny]) {
    const lastName = [...log.files.keys()].findLast((name) => name.endsWith(".log"));
    for (const [name, bytes] of log.files) {
      if (name === "head.json") continue;
      // One bit of every byte of the smaller log's last segment, which has a line of each kind; of the rest, a sample. All of them take minutes.
      const step = process.env["SPANGATE_TEST_BITS"] === "all" ? 1 : log === tiny && name === lastName ? 9 : 131;
      for (let bit = 0; bit < bytes.length * 8; bit += step) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        // What an erased subject's value was is nobody's to say any more.
        if (isErasedValue(bytes, bit >> 3, log)) continue;
        const report = verify(new Map(log.files).set(name, changed), {}, log);
        const place = `bit ${bit & 7} of byte ${bit >> 3} of ${name}: ${told(report)}`;
        assert.notEqual(report.outcome, "proven", place);
        // The last checkpoint may have been torn: nothing says that it ever was whole.
        const isLast = name === lastName && lineAt(bytes, bit >> 3).from === bytes.lastIndexOf("\n#") + 1;
        if (!isSubject(bytes, bit >> 3) && !isLast) assert.equal(report.outcome, "tampered", place);
      }
    }
  }
});

/** The line that a byte is of. */
function lineAt(bytes: Buffer, at: number): { line: string; from: number } {
  const from = bytes.lastIndexOf(10, at - 1) + 1;
  const end = bytes.indexOf(10, at);
  return { line: bytes.toString("latin1", from, end < 0 ? bytes.length : end), from };
}

function isErasedValue(bytes: Buffer, at: number, { subject }: SmallLog): boolean {
  const { line } = lineAt(bytes, at);
  return line.startsWith("~") && !line.includes(subject);
}

/** A subject that nobody erased reads as one whose key was lost. */
function isSubject(bytes: Buffer, at: number): boolean {
  const { line, from } = lineAt(bytes, at);
  return line.startsWith("~") && at - from > line.indexOf('"k":"') && at - from < line.indexOf('","n"');
}

describe("what was cut off", () => {
  test("a log cut at any byte of its last segment is truncated against its head, and never called altered", () => {
    const name = plainSegments().at(-1) as string;
    const bytes = small.files.get(name) as Buffer;
    const lastRecord = bytes.lastIndexOf("\n{");
    for (let length = 0; length < bytes.length; length += 3) {
      const cut = new Map(small.files).set(name, bytes.subarray(0, length));
      const report = verify(cut);
      // Behind the last record only its checkpoint is lost.
      if (length <= lastRecord) assert.ok(report.states.includes("truncated"), `${length}: ${told(report)}`);
      assert.equal(report.counts.altered, 0, `${length}: ${told(report)}`);
      const without = verify(new Map([...cut].filter(([file]) => file !== "head.json")));
      assert.ok(["proven", "incomplete"].includes(without.outcome), `${length}: ${told(without)}`);
      assert.ok(without.states.includes("unclean-end") || length > lastRecord, `${length}: ${told(without)}`);
    }
  });

  test("a cut in the middle of the log names what is missing", () => {
    for (const name of plainSegments().slice(0, -1)) {
      const bytes = small.files.get(name) as Buffer;
      for (let length = 0; length < bytes.length - 30; length += 41) {
        const report = verify(new Map(small.files).set(name, bytes.subarray(0, length)));
        assert.equal(report.outcome, "tampered", `${name} ${length}: ${told(report)}`);
      }
    }
  });

  test("a segment that is not there, at the end too if a head is known", () => {
    for (const name of [...small.files.keys()].filter((file) => file !== "head.json")) {
      const report = verify(without(small.files, name));
      assert.equal(report.outcome, "tampered", `${name}: ${told(report)}`);
      assert.ok(report.counts.missing > 0, told(report));
    }
    const last = plainSegments().at(-1) as string;
    const cut = verify(without(small.files, last, "head.json"));
    assert.deepEqual([cut.outcome, cut.states], ["proven", ["unclean-end"]]);
    const head = verifyHead(small);
    const found = verify(without(small.files, last, "head.json"), { heads: [head] });
    assert.deepEqual([found.outcome, found.states.includes("truncated"), kinds(found)], ["tampered", true, ["truncated"]]);
  });

  test("segments in each other's place", () => {
    const names = plainSegments();
    for (const a of names) {
      for (const b of names) {
        if (a === b) continue;
        const report = verify(new Map(small.files).set(a, small.files.get(b) as Buffer).set(b, small.files.get(a) as Buffer));
        assert.equal(report.outcome, "tampered", `${a} ${b}: ${told(report)}`);
      }
    }
  });

  test("a segment of another log", () => {
    for (const name of plainSegments()) {
      const bytes = other.files.get(name);
      if (!bytes) continue;
      const report = verify(new Map(small.files).set(name, bytes));
      assert.equal(report.outcome, "tampered", `${name}: ${told(report)}`);
    }
  });
});

function verifyHead(of: SmallLog): KnownHead {
  return headOfNote(verify(of.files, {}, of).checkpoint as string) as KnownHead;
}
