import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import { EMPTY_ROOT, fromBase64, type Hash } from "../../../../exporters/audit/tree/hash.ts";
import { consistencyProof, inclusionProof, leavesSource, rootOf, verifyConsistency, verifyInclusion } from "../../../../exporters/audit/tree/proof.ts";
import { flip, leavesOf, Nodes, recursiveRoot } from "./reference.ts";

const MOST = 300;
const LEAVES = leavesOf(MOST);
const NODES = new Nodes(LEAVES);
const ROOTS = Array.from({ length: MOST + 1 }, (_, size) => recursiveRoot(LEAVES.slice(0, size)));
const root = (size: number): Hash => ROOTS[size] as Hash;
const leaf = (index: number): Hash => LEAVES[index] as Hash;

const middleOf = (size: number): number => 2 ** (Math.ceil(Math.log2(size)) - 1);

/** The turns from a leaf to the root. Where two trees agree in them, a proof for one is one for the other: the size is bound to the root by the checkpoint alone. */
function turns(index: number, size: number): string {
  if (size <= 1) return "";
  const middle = middleOf(size);
  return index < middle ? `${turns(index, middle)}L` : `${turns(index - middle, size - middle)}R`;
}

/** The same for a consistency proof: SUBPROOF of RFC 6962 §2.1.2, `w` where the old tree is whole. */
function subproof(from: number, to: number, whole = true): string {
  if (from === to) return whole ? "w" : "s";
  const middle = middleOf(to);
  return from <= middle ? `${subproof(from, middle, whole)}R` : `${subproof(from - middle, to - middle, false)}L`;
}

describe("every leaf of every tree to 300 leaves", () => {
  test("has an inclusion proof", () => {
    for (let size = 1; size <= MOST; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(NODES, index, size);
        assert.equal(proof.length, turns(index, size).length);
        assert.ok(verifyInclusion(leaf(index), index, size, proof, root(size)), `${index} of ${size}`);
      }
    }
  });

  test("ends a tree that all later ones continue", () => {
    for (let to = 1; to <= MOST; to++) {
      for (let from = 1; from <= to; from++) {
        assert.ok(verifyConsistency(from, to, root(from), root(to), consistencyProof(NODES, from, to)), `${from} to ${to}`);
      }
    }
  });
});

describe("one changed bit", () => {
  test("spoils an inclusion proof: in the proof, the leaf, the root", () => {
    for (let size = 1; size <= 12; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(NODES, index, size);
        for (let bit = 0; bit < 256; bit += 5) {
          assert.ok(!verifyInclusion(flip(leaf(index), bit), index, size, proof, root(size)));
          assert.ok(!verifyInclusion(leaf(index), index, size, proof, flip(root(size), bit)));
          proof.forEach((hash, at) => assert.ok(!verifyInclusion(leaf(index), index, size, proof.with(at, flip(hash, bit)), root(size))));
        }
      }
    }
  });

  test("spoils a consistency proof: in the proof, either root", () => {
    for (let to = 1; to <= 12; to++) {
      for (let from = 1; from <= to; from++) {
        const proof = consistencyProof(NODES, from, to);
        for (let bit = 0; bit < 256; bit += 5) {
          assert.ok(!verifyConsistency(from, to, flip(root(from), bit), root(to), proof));
          assert.ok(!verifyConsistency(from, to, root(from), flip(root(to), bit), proof));
          proof.forEach((hash, at) => assert.ok(!verifyConsistency(from, to, root(from), root(to), proof.with(at, flip(hash, bit)))));
        }
      }
    }
  });

  test("in the index or the size spoils it where that leaf is elsewhere", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: MOST }), fc.nat(), fc.nat(9), fc.nat(9), (size, pick, bit, other) => {
      const index = pick % size;
      const proof = inclusionProof(NODES, index, size);
      for (const [wrongIndex, wrongSize] of [[index ^ (1 << bit), size], [index, size ^ (1 << bit)], [index ^ (1 << bit), size ^ (1 << other)]] as const) {
        const same = wrongIndex < wrongSize && turns(index, size) === turns(wrongIndex, wrongSize);
        assert.equal(verifyInclusion(leaf(index), wrongIndex, wrongSize, proof, root(size)), same, `${index}/${size} as ${wrongIndex}/${wrongSize}`);
        if (wrongSize === size) assert.ok(!same, "within one tree no other place has the same turns");
        if (wrongSize <= MOST && wrongSize !== size) assert.ok(!verifyInclusion(leaf(index), wrongIndex, wrongSize, proof, root(wrongSize)));
      }
    }), { numRuns: 2000 });
  });

  test("in a size of a consistency proof spoils it where that tree has another form", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: MOST }), fc.integer({ min: 1, max: MOST }), fc.nat(9), (a, b, bit) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const proof = consistencyProof(NODES, from, to);
      for (const [wrongFrom, wrongTo] of [[from ^ (1 << bit), to], [from, to ^ (1 << bit)]] as const) {
        const same = wrongFrom > 0 && wrongFrom <= wrongTo && subproof(from, to) === subproof(wrongFrom, wrongTo);
        assert.equal(verifyConsistency(wrongFrom, wrongTo, root(from), root(to), proof), same, `${from}-${to} as ${wrongFrom}-${wrongTo}`);
        if (wrongFrom > 0 && wrongFrom <= wrongTo && wrongTo <= MOST) assert.ok(!verifyConsistency(wrongFrom, wrongTo, root(wrongFrom), root(wrongTo), proof) || same);
      }
    }), { numRuns: 2000 });
  });
});

test("a hash too many, too few or in another place spoils a proof", () => {
  fc.assert(fc.property(fc.integer({ min: 3, max: MOST }), fc.nat(), fc.nat(), (size, pick, where) => {
    const index = pick % size;
    const from = 1 + (pick % (size - 1));
    const [inclusion, consistency] = [inclusionProof(NODES, index, size), consistencyProof(NODES, from, size)];
    for (const [proof, verify] of [
      [inclusion, (wrong: Hash[]) => verifyInclusion(leaf(index), index, size, wrong, root(size))],
      [consistency, (wrong: Hash[]) => verifyConsistency(from, size, root(from), root(size), wrong)],
    ] as const) {
      const at = where % proof.length;
      assert.ok(verify(proof));
      assert.ok(!verify(proof.toSpliced(at, 1)));
      assert.ok(!verify(proof.toSpliced(at, 0, proof[at] as Hash)));
      assert.ok(!verify([...proof, EMPTY_ROOT]));
      if (proof.length > 1) assert.ok(!verify([...proof].reverse()));
    }
  }), { numRuns: 500 });
});

test("a log that was rewritten is not continued by itself", () => {
  const other = new Nodes([...LEAVES.slice(0, 99), leavesOf(1, "forged")[0] as Hash, ...LEAVES.slice(100)]);
  for (let from = 1; from <= 200; from++) {
    assert.equal(verifyConsistency(from, 200, root(from), rootOf(other, 200), consistencyProof(other, from, 200)), from <= 99, `${from}`);
  }
});

test("a proof of a large tree asks for a few nodes", () => {
  const size = 2 ** 52 - 3;
  let asked = 0;
  const source = { node: (level: number, index: number) => (asked++, leavesOf(1, `${level}/${index}`)[0] as Hash) };
  const index = 2 ** 51 + 12345;
  const proof = inclusionProof(source, index, size);
  assert.ok(verifyInclusion(source.node(0, index), index, size, proof, proof.length > 0 ? rootThrough(source.node(0, index), index, size, proof) : ""));
  consistencyProof(source, 2 ** 51 + 1, size);
  assert.ok(asked < 250, `${asked}`);
});

test("sizes that are none prove nothing, and are no proof's", () => {
  for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.ok(!verifyInclusion(leaf(0), bad, 2, [leaf(1)], root(2)));
    assert.ok(!verifyInclusion(leaf(0), 0, bad, [leaf(1)], root(2)));
    assert.ok(!verifyConsistency(bad, 2, root(1), root(2), [leaf(1)]));
    assert.ok(!verifyConsistency(1, bad, root(1), root(2), [leaf(1)]));
    assert.throws(() => inclusionProof(NODES, 0, bad), RangeError);
    assert.throws(() => consistencyProof(NODES, bad, 2), RangeError);
  }
  assert.throws(() => inclusionProof(NODES, 2, 2), RangeError);
  assert.deepEqual(consistencyProof(NODES, 0, 7), []);
  assert.deepEqual(consistencyProof(NODES, 7, 7), []);
  assert.ok(verifyConsistency(7, 7, root(7), root(7), []));
  assert.ok(!verifyConsistency(0, 7, root(0), root(7), []));
});

test("a list of leaves is a source", () => {
  for (const size of [0, 1, 2, 5, 8, 21]) assert.equal(rootOf(leavesSource(LEAVES), size), root(size));
  assert.deepEqual(inclusionProof(leavesSource(LEAVES), 5, 21), inclusionProof(NODES, 5, 21));
});

describe("vectors of transparency-dev/merkle", () => {
  interface Vector { readonly file: string; readonly proof: readonly string[] | null; readonly wantErr: boolean }
  interface Inclusion extends Vector { readonly leafIdx: number; readonly treeSize: number; readonly root: string; readonly leafHash: string }
  interface Consistency extends Vector { readonly size1: number; readonly size2: number; readonly root1: string; readonly root2: string }

  const read = <T>(name: string): T[] => JSON.parse(readFileSync(new URL(`../../../fixtures/merkle/${name}.json`, import.meta.url), "utf8")) as T[];
  const bytes = (text: string): Hash => fromBase64(text) as Hash;
  /** The one where we are stricter: both of its roots are the same few bytes, which are no hash. */
  const STRICTER = "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json";

  for (const [name, count, verify] of [
    ["inclusion", 98, (v: Inclusion) => verifyInclusion(bytes(v.leafHash), v.leafIdx, v.treeSize, (v.proof ?? []).map(bytes), bytes(v.root))],
    ["consistency", 98, (v: Consistency) => verifyConsistency(v.size1, v.size2, bytes(v.root1), bytes(v.root2), (v.proof ?? []).map(bytes))],
  ] as const) {
    test(`${count} of ${name} say what they should`, () => {
      const vectors = read<Inclusion & Consistency>(name);
      assert.equal(vectors.length, count);
      for (const vector of vectors) assert.equal(verify(vector), !vector.wantErr && vector.file !== STRICTER, vector.file);
    });
  }
});

/** What the proof says the root is, by the turns. */
function rootThrough(start: Hash, index: number, size: number, proof: readonly Hash[]): Hash {
  let [from, to] = [0, size];
  const sides: string[] = [];
  while (to - from > 1) {
    let middle = 1;
    while (middle * 2 < to - from) middle *= 2;
    sides.unshift(index < from + middle ? "L" : "R");
    if (index < from + middle) to = from + middle;
    else from += middle;
  }
  return proof.reduce((hash, sibling, at) => (sides[at] === "L" ? recursiveRoot([hash, sibling]) : recursiveRoot([sibling, hash])), start);
}
