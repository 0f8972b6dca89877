import { EMPTY_ROOT, type Hash, nodeHash, parseHashes, toBase64 } from "./hash.ts";

/**
 * The right edge of a growing tree: one hash per complete subtree, largest first, as many as its size has
 * one bits (a "compact range" from 0). Enough to append and to say the root; at most 53 hashes.
 * Sizes go to 2^53 - 1, so they are halved and never shifted: shifts see 32 bits.
 */
export class Frontier {
  #size: number;
  readonly #subtrees: Hash[];

  constructor(size = 0, subtrees: readonly Hash[] = []) {
    this.#size = size;
    this.#subtrees = [...subtrees];
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  get subtrees(): readonly Hash[] {
    return this.#subtrees;
  }

  append(leaf: Hash): void {
    let hash = leaf;
    for (let rest = this.#size++; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(this.#subtrees.pop() as Hash, hash);
    this.#subtrees.push(hash);
  }

  /** Merkle Tree Hash of all leaves, RFC 6962 §2.1. */
  root(): Hash {
    let root = this.#subtrees.at(-1) ?? EMPTY_ROOT;
    for (let index = this.#subtrees.length - 2; index >= 0; index--) root = nodeHash(this.#subtrees[index] as Hash, root);
    return root;
  }

  copy(): Frontier {
    return new Frontier(this.#size, this.#subtrees);
  }

  /** The hashes one after the other in base64: at most 2,264 characters, and 1,708 up to 2^40 leaves. The size travels beside it. */
  toString(): string {
    return toBase64(this.#subtrees.join(""));
  }

  /** Undefined unless the text holds as many hashes as a tree of this size has complete subtrees. */
  static parse(size: number, text: string): Frontier | undefined {
    const subtrees = parseHashes(text);
    return Number.isSafeInteger(size) && size >= 0 && subtrees?.length === onesOf(size) ? new Frontier(size, subtrees) : undefined;
  }
}

/** What a message about a range of leaves says of the tree. */
export interface RangeRoots {
  /** Root before the range. */
  readonly before: Hash;
  /** Root after it. */
  readonly after: Hash;
}

/**
 * Frontier at `from` and the leaves of [from, size) → both roots. Where `before` is the root of one
 * checkpoint and `after` that of a later one, the message proves that the later log continues the earlier
 * one, and each of its leaves.
 */
export function rangeRoots(frontier: Frontier, leaves: Iterable<Hash>): RangeRoots {
  const grown = frontier.copy();
  for (const leaf of leaves) grown.append(leaf);
  return { before: frontier.root(), after: grown.root() };
}

function onesOf(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}
