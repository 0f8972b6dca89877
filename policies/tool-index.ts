import { isWild, matches } from "./pattern.ts";

/** Tools whose entries are remembered; names come from the model, so the memory must be bounded. */
const REMEMBERED_TOOLS = 4_096;
/** Longest name that is remembered, in characters; those of real tools are shorter. */
const LONGEST_REMEMBERED = 256;

/** Something that applies to tools by pattern. */
export interface ForTools {
  /** Undefined: to every tool. */
  readonly tool?: readonly string[] | undefined;
}

interface Wild<T> {
  readonly pattern: string;
  readonly position: number;
  readonly entry: T;
}

/**
 * Finds what applies to a tool without trying every pattern: exact names by a map, patterns by the text before their
 * first wildcard. What a tool name yields is remembered.
 */
export class ToolIndex<T extends ForTools> {
  readonly #entries: readonly T[];
  readonly #exact = new Map<string, number[]>();
  /** Length of the fixed beginning → beginning → patterns that start with it. */
  readonly #byPrefix = new Map<number, Map<string, Wild<T>[]>>();
  readonly #remembered = new Map<string, readonly T[]>();

  constructor(entries: readonly T[]) {
    this.#entries = entries;
    for (const [position, entry] of entries.entries()) {
      for (const pattern of entry.tool ?? ["*"]) {
        if (isWild(pattern)) this.#addWild({ pattern, position, entry });
        else push(this.#exact, pattern, position);
      }
    }
  }

  /** What applies to a tool, in the order in which it was given. */
  of(tool: string): readonly T[] {
    const known = this.#remembered.get(tool);
    if (known) return known;
    const positions = new Set(this.#exact.get(tool));
    for (const [length, byPrefix] of this.#byPrefix) {
      if (length > tool.length) continue;
      for (const { pattern, position } of byPrefix.get(tool.slice(0, length)) ?? []) if (matches(pattern, tool)) positions.add(position);
    }
    const found = [...positions].sort((a, b) => a - b).map((position) => this.#entries[position] as T);
    if (tool.length > LONGEST_REMEMBERED) return found;
    // Emptied rather than closed: made-up names must not keep the real ones out.
    if (this.#remembered.size >= REMEMBERED_TOOLS) this.#remembered.clear();
    this.#remembered.set(tool, found);
    return found;
  }

  #addWild(wild: Wild<T>): void {
    const length = wild.pattern.search(/[*?]/);
    let byPrefix = this.#byPrefix.get(length);
    if (!byPrefix) this.#byPrefix.set(length, (byPrefix = new Map()));
    push(byPrefix, wild.pattern.slice(0, length), wild);
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
