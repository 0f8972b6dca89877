import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { measureContent } from "../../../../bench/accuracy/content.mjs";
import { inspectContent, roleOf, type Role } from "../../../../processors/detection/content/index.ts";
import { ROOT } from "../../../support/run.ts";

interface View {
  readonly role?: Role;
  readonly roots?: readonly string[];
  readonly key?: string;
  readonly tool?: string;
}

interface Row {
  readonly file: string;
  readonly role: Role;
  readonly roots?: readonly string[];
  readonly wantBlock: number;
  readonly blockedOfThem: number;
  readonly missed: number;
}

const inspect = (text: string, { role, roots, key = "", tool = "" }: View): unknown => inspectContent(text, { role: role ?? roleOf(key, tool), ...(roots && { roots }) });
const { attacks, benign, hits } = measureContent(inspect, join(ROOT, "test/fixtures/content")) as { attacks: Row[]; benign: { n: number; blocked: number; flagged: number }[]; hits: object[] };

/** File and role → at least that many of the attacks that should be blocked are, and at most so many texts are not noticed at all. */
const FLOORS: Readonly<Record<string, readonly [blocked: number, missed: number]>> = {
  "own-shell shell": [57, 1], "own-shell value": [57, 10], "own-sql sql": [31, 0], "own-sql value": [31, 0], "own-path path": [35, 0], "own-path value": [27, 4],
  "own-ssrf url": [91, 0], "own-ssrf value": [53, 6], "own-code code": [27, 9], "own-code value": [45, 0],
};

test("the attacks written for this project are found at the sink they are for", () => {
  assert.equal(attacks.length, Object.keys(FLOORS).length + 1);
  for (const { file, role, blockedOfThem, missed } of attacks) {
    const [blocked, most] = FLOORS[`${file.replace(/^attacks\/|\.jsonl$/g, "")} ${role}`] as readonly [number, number];
    assert.ok(blockedOfThem >= blocked && missed <= most, `${file} as ${role}: ${blockedOfThem} blocked, ${missed} missed`);
  }
});

test("ordinary arguments that only look alike pass without a word", () => {
  assert.deepEqual(hits, []);
  assert.deepEqual(benign.map(({ n, blocked, flagged }) => [n, blocked, flagged]), [[131, 0, 0]]);
});
