import type { Head } from "../head.ts";
import type { Frontier } from "../tree/frontier.ts";
import { toBase64 } from "../tree/hash.ts";
import type { KnownHead } from "./heads.ts";
import type { Problems } from "./report.ts";
import type { State } from "./state.ts";

/** Compares a log, while it is read, with what it was known to be. */
export class HeadCheck {
  /** Of the log's own folder: not signed, and there only to notice accidents and clumsy hands. */
  readonly local: readonly Head[];
  /** Kept elsewhere. */
  readonly known: readonly KnownHead[];
  readonly #sizes: ReadonlySet<number>;
  readonly #agrees = new Map<Head | KnownHead, boolean>();

  constructor(local: readonly Head[], known: readonly KnownHead[]) {
    this.local = local;
    this.known = known;
    this.#sizes = new Set([...local, ...known].map(({ size }) => size));
  }

  /** Called with every record: its leaf hash (base64), and the tree that ends with it. */
  compare(size: number, leaf: string, tree: Frontier | undefined): void {
    if (!this.#sizes.has(size)) return;
    for (const head of this.local) if (head.size === size) this.#agrees.set(head, head.leaf === leaf);
    if (tree) for (const head of this.known) if (head.size === size) this.#agrees.set(head, head.root === tree.root());
  }

  /** What they come to at the end of the log. */
  settle(state: State, problems: Problems, notes: string[]): { readonly truncated: boolean; readonly forked: boolean; readonly compared: number; readonly largest: number } {
    const { size } = state;
    let [truncated, forked, compared] = [false, false, 0];
    for (const head of this.local) {
      if (head.size > size || this.#agrees.get(head) !== false) continue;
      problems.add({ kind: "altered", index: head.size - 1, segment: "", line: 0, detail: `it is not the record that was known to be the last of ${head.size}`, means: "tampered" });
    }
    for (const head of this.known) {
      if (head.size > size) continue;
      const agrees = head.size === 0 ? true : this.#agrees.get(head);
      if (agrees === undefined) notes.push(`a known head of ${head.size} records cannot be compared: records before it are missing`);
      else compared++;
      if (agrees !== false) continue;
      forked = true;
      problems.add({ kind: "fork", index: head.size - 1, segment: "", line: 0, detail: `a known head of ${head.size} records has the root ${toBase64(head.root)}, and this log another`, means: "tampered" });
    }
    const largest = Math.max(0, ...this.local.map((head) => head.size), ...this.known.map((head) => head.size));
    if (largest > size) {
      truncated = true;
      state.lose(size, largest);
      problems.add({ kind: "truncated", index: size, segment: "", line: 0, detail: `it was known to have ${largest} records and has ${size}`, means: "tampered" });
    }
    return { truncated, forked, compared, largest };
  }
}
