import type { Finding } from "../detection/finding.ts";

/** Names that are remembered: a server may make up a new one for every call. */
const MOST = 1_000;

/** The tools of this agent, as far as they are known: those the policy names, and those that were called. */
export class ToolNames {
  readonly #names: Set<string>;

  /** @param policy names and patterns of tools in the policy; patterns name none */
  constructor(policy: Iterable<string>) {
    this.#names = new Set([...policy].filter((name) => !/[*?]/.test(name)).slice(0, MOST));
  }

  add(name: string): void {
    if (this.#names.size < MOST) this.#names.add(name);
  }

  /** Whether the text of a finding names one of them. */
  isNamed(value: unknown, { form, places: [{ path, inKey, start, end }] }: Finding): boolean {
    // Of what was encoded the place is all of the encoded text.
    if (form === "encoded") return false;
    const text = inKey ? path.at(-1) : at(value, path);
    return typeof text === "string" && text.slice(start, end).split(/[^\w.-]/).some((word) => this.#names.has(word) || this.#names.has(word.replace(/\.$/, "")));
  }
}

function at(value: unknown, path: readonly (string | number)[]): unknown {
  try {
    return path.reduce<unknown>((inner, key) => (typeof inner === "object" && inner !== null ? (inner as Record<string | number, unknown>)[key] : undefined), value);
  } catch {
    return undefined;
  }
}
