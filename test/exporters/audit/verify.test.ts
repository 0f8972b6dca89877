import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { AuditLog } from "../../../exporters/audit/log.ts";
import { formatRecord, leafHash } from "../../../exporters/audit/record.ts";
import { type ProblemKind, verifyDirectory } from "../../../exporters/audit/verify.ts";
import { decision, OPENING } from "../../support/records.ts";
import { temporaryFolder } from "../../support/run.ts";

/** A closed log of `count` decisions between its open and its close, as its lines. */
function makeLog(directory: string, count: number): { id: string; lines: string[]; head: string } {
  const log = AuditLog.open(directory, "os", OPENING);
  for (let index = 0; index < count; index++) log.append("decision", decision(`tool_${index}`));
  log.close();
  const file = join(log.folder, "records.jsonl");
  return { id: log.id, lines: readFileSync(file, "utf8").trimEnd().split("\n"), head: readFileSync(join(log.folder, "head.json"), "utf8") };
}

const SIZE = 6;
let made: ReturnType<typeof makeLog>;
let other: ReturnType<typeof makeLog>;
const directory = temporaryFolder();

before(() => {
  made = makeLog(temporaryFolder(), SIZE - 2);
  other = makeLog(temporaryFolder(), SIZE - 2);
});

function problemsOf(lines: readonly string[], head = made.head): [ProblemKind, number][] {
  const folder = join(directory, made.id);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, "records.jsonl"), lines.map((line) => `${line}\n`).join(""));
  if (head) writeFileSync(join(folder, "head.json"), head);
  return verifyDirectory(directory).logs[0]?.problems.map(({ kind, index }): [ProblemKind, number] => [kind, index]) ?? [];
}

/** Whether some problem names the record, or the one whose link leads to it. */
function names(problems: readonly [ProblemKind, number][], index: number, kinds: readonly ProblemKind[]): boolean {
  return problems.some(([kind, at]) => kinds.includes(kind) && at === index);
}

test("a log that nobody touched is intact", () => assert.deepEqual(problemsOf(made.lines), []));

describe("every single change of a small log is found and named", () => {
  for (let index = 0; index < SIZE; index++) {
    test(`record ${index} edited, in the same length and in another`, () => {
      for (const edit of [(line: string) => line.replace('"ts":"1', '"ts":"2'), (line: string) => line.replace('"t":', '"t": '), (line: string) => line.replace(/\}$/, ',"x":1}')]) {
        const lines = made.lines.with(index, edit(made.lines[index] as string));
        assert.ok(names(problemsOf(lines), index, ["altered"]), JSON.stringify(problemsOf(lines)));
      }
    });

    test(`record ${index} deleted`, () => {
      const problems = problemsOf(made.lines.toSpliced(index, 1));
      assert.ok(names(problems, index, ["missing", "truncated"]), JSON.stringify(problems));
    });

    test(`record ${index} written twice`, () => {
      const problems = problemsOf(made.lines.toSpliced(index, 0, made.lines[index] as string));
      assert.ok(names(problems, index, ["inserted"]), JSON.stringify(problems));
    });

    test(`a record of another log in place of record ${index}`, () => {
      const problems = problemsOf(made.lines.with(index, other.lines[index] as string));
      assert.ok(names(problems, index, ["inserted", "altered"]), JSON.stringify(problems));
    });

    test(`garbage before record ${index}`, () => {
      assert.ok(names(problemsOf(made.lines.toSpliced(index, 0, "garbage")), index, ["inserted"]));
    });

    test(`a well-made record put in before record ${index}`, () => {
      const prev = leafHash(made.lines[Math.max(0, index - 1)] as string);
      const forged = formatRecord(index, prev, made.id, "decision", decision("forged"));
      const problems = problemsOf(made.lines.toSpliced(index, 0, forged));
      assert.ok(names(problems, index, ["inserted"]), JSON.stringify(problems));
    });

    for (let from = index + 1; from < SIZE; from++) {
      test(`records ${index} and ${from} swapped`, () => {
        const problems = problemsOf(made.lines.with(index, made.lines[from] as string).with(from, made.lines[index] as string));
        assert.ok(names(problems, from, ["reordered"]) || names(problems, index, ["reordered"]), JSON.stringify(problems));
      });
      test(`records ${index} to ${from} deleted`, () => {
        const problems = problemsOf(made.lines.toSpliced(index, from - index + 1));
        assert.ok(names(problems, index, ["missing", "truncated"]), JSON.stringify(problems));
      });
    }
  }

  test("every single byte", () => {
    const text = made.lines.join("\n");
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
      assert.notDeepEqual(problemsOf(changed.split("\n")), [], `byte ${at} changed`);
    }
  });
});

describe("what the file alone cannot show is said, not hidden", () => {
  test("a last record that nothing vouches for", () => {
    problemsOf(made.lines, "");
    assert.equal(verifyDirectory(directory).logs[0]?.unsealed, true);
    problemsOf(made.lines);
    assert.equal(verifyDirectory(directory).logs[0]?.unsealed, false);
  });

  test("an allowed call without an outcome", () => {
    const folder = temporaryFolder();
    const log = AuditLog.open(folder, "os", OPENING);
    const first = log.append("decision", decision("a", { runs: true, effect: "allow" }));
    log.append("decision", decision("b", { runs: true, effect: "allow" }));
    log.append("outcome", { ref: first, trace: "", span: "", tool: "a", status: "ok", ms: 1 });
    log.close();
    assert.equal(verifyDirectory(folder).logs[0]?.unfinished, 1);
  });
});
