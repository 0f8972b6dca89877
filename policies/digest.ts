import { sha256 } from "../sha256.ts";
import type { Parts } from "./compile.ts";
import type { Policy } from "./schema/policy.ts";

/**
 * SHA-256, hex, over all that decides: the composed policy as JSON, the layer of each engine, and the contents of engines
 * and registries. No path and no machine is in it, and neither is the order in which an author writes the keys that the
 * language knows: validation puts them in its own. The order of the entries of a map stays, since of several patterns that
 * fit a tool the first one that names an action or a target counts.
 */
export function digestOf(source: Policy, { engines, contents }: Pick<Parts, "contents"> & { readonly engines: ReadonlyMap<string, { readonly layer: number }> }): string {
  const layers = [...engines].map(([id, { layer }]) => [id, layer]);
  return sha256([JSON.stringify(source, exact), JSON.stringify(layers), ...contents.map((content) => sha256(content, "hex"))].join("\n"), "hex");
}

/** JSON would write `null` for NaN and the infinities, and `0` for -0. A map that is written like what stands for them is written otherwise. */
function exact(_: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).some((key) => key.startsWith("\0"))) return { "\0map": Object.entries(value) };
  return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)) ? { "\0number": Object.is(value, -0) ? "-0" : String(value) } : value;
}
