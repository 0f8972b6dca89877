/**
 * Inclusion and consistency proofs. A proof is a list of hashes, from the leaves up, exactly as RFC 6962
 * §2.1.1 and §2.1.2 (RFC 9162 §2.1.3.1 and §2.1.4.1) order them.
 *
 * @module
 */
import { EMPTY_ROOT, type Hash, isHash, nodeHash } from "./hash.ts";

/** Where a proof takes its hashes from: a list of leaves, tiles. */
export interface NodeSource {
  /** Merkle Tree Hash of the complete subtree of 2^level leaves that begins at leaf index * 2^level. */
  node(level: number, index: number): Hash;
}

/** All leaves in memory, for tests and small trees: nothing is remembered, so a root costs as much as the tree. */
export function leavesSource(leaves: readonly Hash[]): NodeSource {
  const node = (level: number, index: number): Hash =>
    level === 0 ? leaves[index] as Hash : nodeHash(node(level - 1, index * 2), node(level - 1, index * 2 + 1));
  return { node };
}

/** Root of the first `size` leaves. */
export function rootOf(source: NodeSource, size: number): Hash {
  return size === 0 ? EMPTY_ROOT : rangeHash(source, 0, size);
}

/** That leaf `index` is in the tree of `size` leaves: PATH(m, D[n]) of RFC 6962 §2.1.1. Throws a RangeError for a leaf that is not. */
export function inclusionProof(source: NodeSource, index: number, size: number): Hash[] {
  if (!(isSize(index) && isSize(size) && index < size)) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const proof: Hash[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + largestPowerBelow(end - start);
    if (index < middle) {
      proof.push(rangeHash(source, middle, end));
      end = middle;
    } else {
      proof.push(rangeHash(source, start, middle));
      start = middle;
    }
  }
  return proof.reverse();
}

/** That the tree of `to` leaves continues the one of `from`: PROOF(m, D[n]) of RFC 6962 §2.1.2. Empty when `from` is 0 or `to`. */
export function consistencyProof(source: NodeSource, from: number, to: number): Hash[] {
  if (!(isSize(from) && isSize(to) && from <= to)) throw new RangeError(`no tree of ${to} leaves continues one of ${from}`);
  if (from === 0 || from === to) return [];
  const proof: Hash[] = [];
  let [start, end] = [0, to];
  while (from !== end) {
    const middle = start + largestPowerBelow(end - start);
    if (from <= middle) {
      proof.push(rangeHash(source, middle, end));
      end = middle;
    } else {
      proof.push(rangeHash(source, start, middle));
      start = middle;
    }
  }
  // What is left is a subtree of the old tree; the verifier knows it when it is the whole of that tree.
  if (start !== 0) proof.push(rangeHash(source, start, end));
  return proof.reverse();
}

/** RFC 9162 §2.1.3.2. Stricter in one thing: what is not a hash of 32 bytes proves nothing. */
export function verifyInclusion(leaf: Hash, index: number, size: number, proof: readonly Hash[], root: Hash): boolean {
  if (!(isSize(index) && isSize(size) && index < size && [leaf, root, ...proof].every(isHash))) return false;
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else hash = nodeHash(hash, sibling);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && hash === root;
}

/**
 * RFC 9162 §2.1.4.2 for 0 < from < to. Trees of one size are consistent when their roots are the same and the
 * proof is empty. A tree without leaves is consistent with all, so that a proof from 0 says nothing: false.
 */
export function verifyConsistency(from: number, to: number, fromRoot: Hash, toRoot: Hash, proof: readonly Hash[]): boolean {
  if (!(isSize(from) && isSize(to) && from > 0 && from <= to && [fromRoot, toRoot, ...proof].every(isHash))) return false;
  if (from === to) return proof.length === 0 && fromRoot === toRoot;
  if (proof.length === 0) return false;
  const [first, ...rest] = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  let [fn, sn] = [from - 1, to - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [fr, sr] = [first as Hash, first as Hash];
  for (const sibling of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(sibling, fr);
      sr = nodeHash(sibling, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else sr = nodeHash(sr, sibling);
    [fn, sn] = [half(fn), half(sn)];
  }
  return fr === fromRoot && sr === toRoot && sn === 0;
}

/** MTH(D[start:end]) of a range as the recursion of RFC 6962 cuts it: `start` is a multiple of every power of two up to its length. */
function rangeHash(source: NodeSource, start: number, end: number): Hash {
  const subtrees: Hash[] = [];
  for (let at = start; at < end;) {
    let [level, width] = [0, 1];
    for (; width * 2 <= end - at; width *= 2) level++;
    subtrees.push(source.node(level, at / width));
    at += width;
  }
  return subtrees.reduceRight((right, left) => nodeHash(left, right));
}

function largestPowerUpTo(count: number): number {
  let power = 1;
  while (power * 2 <= count) power *= 2;
  return power;
}

function largestPowerBelow(count: number): number {
  return largestPowerUpTo(count - 1);
}

function isPowerOfTwo(count: number): boolean {
  return largestPowerUpTo(count) === count;
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
