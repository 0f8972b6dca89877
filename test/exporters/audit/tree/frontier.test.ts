import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Frontier, rangeRoots } from "../../../../exporters/audit/tree/frontier.ts";
import { EMPTY_ROOT, fromBase64, isHash, leafHash, nodeHash, parseHash, parseHashes, toBase64 } from "../../../../exporters/audit/tree/hash.ts";
import { flip, leavesOf, recursiveRoot } from "./reference.ts";

const LEAVES = leavesOf(300);

describe("hashes", () => {
  test("of a leaf, a node and no leaves are those of RFC 6962", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (entry) => {
      const expected = createHash("sha256").update(Buffer.of(0)).update(entry, "utf8").digest("binary");
      assert.equal(leafHash(entry), expected);
      assert.equal(leafHash(Buffer.from(entry)), expected);
    }));
    const [left, right] = [LEAVES[0] as string, LEAVES[1] as string];
    assert.equal(nodeHash(left, right), createHash("sha256").update(Buffer.of(1)).update(left, "latin1").update(right, "latin1").digest("binary"));
    assert.equal(EMPTY_ROOT, createHash("sha256").digest("binary"));
  });

  test("in base64 have one form", () => {
    for (const leaf of LEAVES) {
      const text = toBase64(leaf);
      assert.equal(text, Buffer.from(leaf, "latin1").toString("base64"));
      assert.equal(parseHash(text), leaf);
      for (const other of [text.slice(0, -1), `${text}=`, ` ${text}`, `${text}\n`, text.replace("=", "*"), `${text.slice(0, 20)} ${text.slice(20)}`, ""]) assert.equal(parseHash(other), undefined);
    }
    assert.equal(fromBase64("AB=="), undefined, "stray bits");
    assert.deepEqual(parseHashes(toBase64(LEAVES.slice(0, 3).join(""))), LEAVES.slice(0, 3));
    assert.deepEqual(parseHashes(""), []);
    assert.equal(parseHashes(toBase64("short")), undefined);
  });

  test("are 32 characters of one byte", () => {
    assert.ok(isHash(EMPTY_ROOT));
    assert.ok(!isHash(EMPTY_ROOT.slice(1)));
    assert.ok(!isHash(`\u0100${EMPTY_ROOT.slice(1)}`));
  });
});

describe("the frontier", () => {
  test("has the root of the whole tree at every size to 300, also when written and read at each", () => {
    let frontier = new Frontier();
    for (let size = 0; size <= LEAVES.length; size++) {
      assert.equal(frontier.size, size);
      assert.equal(frontier.root(), recursiveRoot(LEAVES.slice(0, size)), `size ${size}`);
      frontier = Frontier.parse(size, frontier.toString()) as Frontier;
      if (size < LEAVES.length) frontier.append(LEAVES[size] as string);
    }
  });

  test("is read only with as many hashes as its size has subtrees", () => {
    const frontier = new Frontier();
    for (const leaf of LEAVES.slice(0, 7)) frontier.append(leaf);
    const text = frontier.toString();
    for (let size = 0; size < 64; size++) assert.equal(Frontier.parse(size, text) !== undefined, [7, 11, 13, 14, 19, 21, 22, 25, 26, 28, 35, 37, 38, 41, 42, 44, 49, 50, 52, 56].includes(size), `${size}`);
    for (const size of [-1, 0.5, Number.NaN, 2 ** 53]) assert.equal(Frontier.parse(size, text), undefined);
    assert.equal(Frontier.parse(7, `${text}=`), undefined);
  });

  test("a copy grows by itself", () => {
    const frontier = new Frontier(1, LEAVES.slice(0, 1));
    frontier.copy().append(LEAVES[1] as string);
    assert.deepEqual([frontier.size, frontier.subtrees], [1, LEAVES.slice(0, 1)]);
  });

  for (const size of [2 ** 31 - 1, 2 ** 32 - 1, 2 ** 40 - 1, 2 ** 53 - 2]) {
    test(`of ${size} leaves grows as one of BigInt arithmetic does`, () => {
      const ones = [...size.toString(2)].filter((digit) => digit === "1").length;
      const frontier = Frontier.parse(size, toBase64(LEAVES.slice(0, ones).join(""))) as Frontier;
      const expected = LEAVES.slice(0, ones);
      let hash = LEAVES[100] as string;
      for (let rest = BigInt(size); rest & 1n; rest >>= 1n) hash = nodeHash(expected.pop() as string, hash);
      expected.push(hash);
      frontier.append(LEAVES[100] as string);
      assert.equal(frontier.size, size + 1);
      assert.deepEqual(frontier.subtrees, expected);
    });
  }
});

test("a range of leaves on a frontier has the roots of both sizes, and no other range has", () => {
  fc.assert(fc.property(fc.nat(300), fc.nat(300), fc.nat(), fc.nat(255), (a, b, pick, bit) => {
    const [from, size] = [Math.min(a, b), Math.max(a, b)];
    const frontier = new Frontier();
    for (const leaf of LEAVES.slice(0, from)) frontier.append(leaf);
    const range = LEAVES.slice(from, size);
    assert.deepEqual(rangeRoots(frontier, range), { before: recursiveRoot(LEAVES.slice(0, from)), after: recursiveRoot(LEAVES.slice(0, size)) });
    assert.equal(frontier.size, from, "the frontier itself stays where it was");
    if (range.length === 0) return;
    const at = pick % range.length;
    for (const wrong of [range.with(at, flip(range[at] as string, bit)), range.toSpliced(at, 1)]) {
      assert.notEqual(rangeRoots(frontier, wrong).after, recursiveRoot(LEAVES.slice(0, size)));
    }
  }), { numRuns: 300 });
});
