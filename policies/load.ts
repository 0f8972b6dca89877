import { readFileSync, statSync } from "node:fs";
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from "yaml";
import type * as z from "zod/mini";
import { messageOf, SpangateError } from "../errors.ts";
import { compilePolicy, type CompiledPolicy } from "./compile.ts";
import { nearest } from "./nearest.ts";
import { type Mode, policySchema, type PolicySource } from "./schema.ts";

/** Largest accepted policy file, in bytes. */
const MAX_POLICY_BYTES = 10 * 1024 * 1024;

/**
 * Reads, validates and compiles a policy file.
 *
 * @param mode overrides the mode that the file names
 * @throws SpangateError that names file, line and column
 */
export function loadPolicy(file: string, mode?: Mode): CompiledPolicy {
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > MAX_POLICY_BYTES) throw new SpangateError("SG_POLICY_TOO_LARGE", { file, size, limit: MAX_POLICY_BYTES });
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof SpangateError) throw thrown;
    throw new SpangateError("SG_POLICY_UNREADABLE", { file, problem: messageOf(thrown) }, { cause: thrown });
  }
  return parsePolicy(text, file, mode);
}

/** The same for text; `file` is only used in messages. */
export function parsePolicy(text: string, file = "policy", mode?: Mode): CompiledPolicy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, merge: false, prettyErrors: false });
  const place = (offset: number | undefined): string => {
    if (offset === undefined) return file;
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const problem = document.errors[0];
  if (problem) throw new SpangateError("SG_POLICY_SYNTAX", { place: place(problem.pos[0]), problem: problem.message });

  let value: unknown;
  try {
    // Aliases are how a small file becomes gigabytes; a policy has no use for more than a few.
    value = document.toJS({ maxAliasCount: 100 });
  } catch (thrown) {
    throw new SpangateError("SG_POLICY_SYNTAX", { place: file, problem: messageOf(thrown) }, { cause: thrown });
  }
  return validate(value, (path, key) => place(offsetOf(document, path, key)), mode);
}

/** Validates a policy that was made in code. */
export function definePolicy(source: PolicySource, mode?: Mode): CompiledPolicy {
  return validate(source, (path) => ["policy", ...path].join("."), mode);
}

type Locate = (path: readonly PropertyKey[], key?: string) => string;

function validate(value: unknown, locate: Locate, mode: Mode | undefined): CompiledPolicy {
  const parsed = policySchema.safeParse(value);
  if (!parsed.success) throw errorOf(parsed.error.issues[0] as z.core.$ZodIssue, value, locate);
  const ids = new Set<string>();
  for (const [list, path] of [[parsed.data.rules, ["rules"]], [parsed.data.limits.rate, ["limits", "rate"]]] as const) {
    for (const [index, { id }] of list.entries()) {
      if (ids.has(id)) throw new SpangateError("SG_POLICY_INVALID", { place: locate([...path, index, "id"]), problem: `the id "${id}" is used twice` });
      ids.add(id);
    }
  }
  return compilePolicy(mode ? { ...parsed.data, mode } : parsed.data);
}

function errorOf(issue: z.core.$ZodIssue, value: unknown, locate: Locate): SpangateError {
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] as string;
    const known = nearest(key, knownKeys(issue.path));
    return new SpangateError("SG_POLICY_UNKNOWN_KEY", {
      place: locate(issue.path, key), key, nearest: known ? `, did you mean "${known}"?` : "",
    });
  }
  const found = issue.path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], value);
  const where = issue.path.length ? `${issue.path.join(".")}: ` : "";
  const problem = found === undefined && issue.path.length ? `${where}missing` : `${where}${issue.message}`;
  return new SpangateError("SG_POLICY_INVALID", { place: locate(issue.path), problem });
}

interface SchemaDefinition {
  readonly innerType?: Schema;
  readonly element?: Schema;
  readonly shape?: Readonly<Record<PropertyKey, Schema>>;
}
interface Schema {
  readonly def: SchemaDefinition;
}

/** The keys that the schema knows at a path. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let at = unwrap(policySchema as unknown as Schema);
  for (const step of path) at = unwrap(typeof step === "number" ? at?.element : at?.shape?.[step]);
  return Object.keys(at?.shape ?? {});
}

/** Through defaults and optionals. */
function unwrap(schema: Schema | undefined): SchemaDefinition | undefined {
  return schema?.def.innerType ? unwrap(schema.def.innerType) : schema?.def;
}

/** Where a value (or one key of a map) stands in the text; the closest enclosing node when it is missing. */
function offsetOf(document: Document, path: readonly PropertyKey[], key?: string): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = (length ? document.getIn(path.slice(0, length), true) : document.contents) as Node | undefined;
    if (key !== undefined && length === path.length && isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      const range = (pair?.key as Node | undefined)?.range;
      if (range) return range[0];
    }
    if (node?.range) return node.range[0];
  }
  return undefined;
}
