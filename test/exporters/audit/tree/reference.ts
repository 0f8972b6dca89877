import { createHash } from "node:crypto";
import { EMPTY_ROOT, type Hash, leafHash, nodeHash } from "../../../../exporters/audit/tree/hash.ts";
import type { NodeSource } from "../../../../exporters/audit/tree/proof.ts";

/** Leaf hashes of `count` entries that differ. */
export function leavesOf(count: number, name = "entry"): Hash[] {
  return Array.from({ length: count }, (_, index) => leafHash(`${name} ${index}`));
}

/** RFC 6962 §2.1 as it stands there, with other means than the code under test. */
export function recursiveRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return createHash("sha256").digest("binary");
  if (leaves.length === 1) return leaves[0] as Hash;
  let middle = 1;
  while (middle * 2 < leaves.length) middle *= 2;
  const [left, right] = [recursiveRoot(leaves.slice(0, middle)), recursiveRoot(leaves.slice(middle))];
  return createHash("sha256").update(Buffer.of(1)).update(left, "latin1").update(right, "latin1").digest("binary");
}

/** Every complete subtree, computed once. */
export class Nodes implements NodeSource {
  readonly #levels: Hash[][];
  asked = 0;

  constructor(leaves: readonly Hash[]) {
    this.#levels = [[...leaves]];
    for (let below = leaves; below.length > 1;) {
      below = Array.from({ length: below.length >> 1 }, (_, index) => nodeHash(below[index * 2] as Hash, below[index * 2 + 1] as Hash));
      this.#levels.push([...below]);
    }
  }

  node(level: number, index: number): Hash {
    this.asked++;
    return this.#levels[level]?.[index] ?? EMPTY_ROOT;
  }
}

/** The hash with one bit changed. */
export function flip(hash: Hash, bit: number): Hash {
  const at = (bit >> 3) % hash.length;
  return hash.slice(0, at) + String.fromCharCode(hash.charCodeAt(at) ^ (1 << (bit & 7))) + hash.slice(at + 1);
}
