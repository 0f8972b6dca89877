import { createRequire } from "node:module";
import type * as JsYaml from "js-yaml";
import { messageOf, SpangateError } from "../errors.ts";
import { MAX_DEPTH } from "./plain.ts";

/** Most aliases (`*name`) in one file. */
const MAX_ALIASES = 100;
/** Most values in a file once its aliases are written out: aliases are how a small file becomes gigabytes. */
const MAX_VALUES = 2_000_000;

const require = createRequire(import.meta.url);
let library: typeof JsYaml | undefined;

/** Loaded on first use: a process without a policy file must not pay for it. */
function yaml(): typeof JsYaml {
  return (library ??= require("js-yaml") as typeof JsYaml);
}

/** A place in the text: offsets of the first character and behind the last one. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A file as values, and where each of them stands. */
export interface YamlFile {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  /** `file:line:column` of a value, or of a key of a map; of the closest enclosing value when it is missing. */
  place(path: readonly PropertyKey[], key?: string): string;
  /** Where a value stands; with `key` the key itself. Undefined when there is none. */
  range(path: readonly PropertyKey[], key?: string): Range | undefined;
}

/**
 * Reads one YAML 1.2 document (core schema). Duplicate keys, several documents, merge keys, tags and nesting beyond
 * 64 levels are errors.
 *
 * @throws SpangateError SG_POLICY_SYNTAX with file, line and column
 */
export function readYaml(text: string, file: string): YamlFile {
  const { constructFromEvents, parseEvents, YAMLException } = yaml();
  let events: JsYaml.Event[];
  let value: unknown;
  try {
    events = parseEvents(text, { maxDepth: MAX_DEPTH });
    const documents = constructFromEvents(events, { source: text, maxAliases: MAX_ALIASES });
    if (documents.length > 1) throw new Error("one document is expected, and there are several");
    value = documents[0];
    if (valuesIn(value, new Map()) > MAX_VALUES) throw new Error(`its aliases stand for more than ${MAX_VALUES} values`);
  } catch (thrown) {
    const mark = thrown instanceof YAMLException ? thrown.mark : undefined;
    const problem = thrown instanceof YAMLException ? thrown.reason : messageOf(thrown);
    throw new SpangateError("SG_POLICY_SYNTAX", { place: mark ? `${file}:${mark.line + 1}:${mark.column + 1}` : file, problem }, { cause: thrown });
  }
  let root: Node | undefined;
  const range = (path: readonly PropertyKey[], key?: string): Range | undefined => {
    const node = descend((root ??= treeOf(events, text)), path);
    return key === undefined ? node : node?.keys?.get(key);
  };
  return {
    file, text, value, range,
    place: (path, key) => {
      for (let length = path.length; length >= 0; length--) {
        const found = (length === path.length && key !== undefined && range(path, key)) || range(path.slice(0, length));
        if (found) return `${file}:${lineAndColumn(text, found.start)}`;
      }
      return file;
    },
  };
}

/** How many values there are with every alias written out. */
function valuesIn(value: unknown, known: Map<object, number>): number {
  if (typeof value !== "object" || value === null) return 1;
  // Validation would pass over it in silence.
  if (Object.hasOwn(value, "__proto__")) throw new Error('a key must not be named "__proto__"');
  const before = known.get(value);
  if (before !== undefined) return before;
  known.set(value, Infinity);
  let count = 1;
  for (const inner of Object.values(value)) count += valuesIn(inner, known);
  known.set(value, count);
  return count;
}

interface Node extends Range {
  end: number;
  readonly items?: Map<PropertyKey, Node>;
  readonly keys?: Map<string, Range>;
}

function descend(root: Node | undefined, path: readonly PropertyKey[]): Node | undefined {
  return path.reduce<Node | undefined>((node, step) => node?.items?.get(step), root);
}

/** Only made when somebody asks for a place. */
function treeOf(events: readonly JsYaml.Event[], text: string): Node | undefined {
  const { EVENT_ID, getScalarValue } = yaml();
  let root: Node | undefined;
  /** The open collections; in a map the key that waits for its value. */
  const open: { node: Node; isMap: boolean; count: number; key: { name: string; range: Range } | undefined }[] = [];
  const anchors = new Map<string, Node>();
  const add = (node: Node): void => {
    const parent = open.at(-1);
    if (!parent) {
      root ??= node;
      return;
    }
    parent.node.end = Math.max(parent.node.end, node.end);
    if (!parent.isMap) parent.node.items?.set(parent.count++, node);
    else if (parent.key) {
      parent.node.items?.set(parent.key.name, node);
      parent.key = undefined;
    } else parent.key = { name: text.slice(node.start, node.end), range: node };
  };
  for (const event of events) {
    if (event.type === EVENT_ID.SCALAR) {
      const parent = open.at(-1);
      // A value that is left out stands behind its key.
      const behind = parent?.key?.range.end ?? parent?.node.end ?? 0;
      const node = event.valueStart < 0 ? { start: behind, end: behind } : { start: event.valueStart, end: event.valueEnd };
      add(node);
      if (parent?.isMap && parent.key?.range === node) parent.key.name = getScalarValue(text, event);
    } else if (event.type === EVENT_ID.ALIAS) {
      // Its values stand where the anchor is; the place of the alias itself is what an author looks for.
      const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd).replace(/^\*/, ""));
      add({ ...target, start: event.anchorStart, end: event.anchorEnd });
    } else if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
      const isMap = event.type === EVENT_ID.MAPPING;
      const node: Node = { start: event.start, end: event.start, items: new Map(), keys: new Map() };
      if (event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd).replace(/^&/, ""), node);
      open.push({ node, isMap, count: 0, key: undefined });
    } else if (event.type === EVENT_ID.POP) {
      const closed = open.pop();
      if (closed) add(closed.node);
    }
    const parent = open.at(-1);
    if (parent?.isMap && parent.key) parent.node.keys?.set(parent.key.name, parent.key.range);
  }
  return root;
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.lastIndexOf("\n");
  return `${before.split("\n").length}:${offset - line}`;
}
