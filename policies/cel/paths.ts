import { MACROS } from "./macros.ts";
import type { Node } from "./syntax.ts";

/** The variables and fields that an expression reads, as `a.b.c`, sorted; of macros only what they go through. */
export function pathsOf(node: Node): readonly string[] {
  const paths = new Set<string>();
  collect(node, new Set(), paths);
  return [...paths].sort();
}

/** Adds what `node` reads to `paths`. `bound` are the variables of macros. */
function collect(node: Node, bound: ReadonlySet<string>, paths: Set<string>): void {
  const path = pathOf(node);
  if (path) {
    if (!bound.has(path.split(".", 1)[0] as string)) paths.add(path);
    return;
  }
  if (node.kind === "call" && node.target && MACROS.includes(node.name)) {
    const [variable, ...rest] = node.args;
    collect(node.target, bound, paths);
    const inside = variable?.kind === "name" ? new Set([...bound, variable.name]) : bound;
    for (const part of rest) collect(part, inside, paths);
  } else for (const part of partsOf(node)) collect(part, bound, paths);
}

/** `a.b.c`, also where it is written `a["b"].c`. */
function pathOf(node: Node): string | undefined {
  if (node.kind === "name") return node.name;
  if (node.kind === "field") return join(node.of, node.name);
  if (node.kind === "index" && node.by.kind === "literal" && typeof node.by.value === "string") return join(node.of, node.by.value);
  return undefined;
}

function join(of: Node, name: string): string | undefined {
  const path = pathOf(of);
  return path && `${path}.${name}`;
}

function partsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "field": return [node.of];
    case "index": return [node.of, node.by];
    case "call": return node.target ? [node.target, ...node.args] : node.args;
    case "list": return node.items;
    case "map": return node.entries.flat();
    case "choice": return [node.condition, node.yes, node.no];
    case "and":
    case "or": return node.operands;
    default: return [];
  }
}
