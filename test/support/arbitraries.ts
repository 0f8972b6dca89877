/**
 * Random policies, made from the schema so that a new key is fuzzed as soon as it exists, and random calls that meet them.
 *
 * @module
 */
import fc from "fast-check";
import type { Invocation } from "../../policies/index.ts";
import { docOf } from "../../policies/schema/doc.ts";
import { policyShape } from "../../policies/schema/policy.ts";
import { matchShape } from "../../policies/schema/match.ts";
import { type Schema, shapeOf, unwrap } from "../../policies/schema/walk.ts";
import { readYaml } from "../../policies/yaml.ts";
import { snapshot } from "../../processors/snapshot.ts";

type Written = Record<string, unknown>;
type Random = fc.Arbitrary<unknown>;

const one = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

export const TOOLS: readonly string[] = ["read_mail", "read_file", "send_mail", "send_sms", "drop_table", "a", "ab"];
const PATHS = ["amount", "to", "to.*", "n", "a.b", "/a.b", "items.*.price", "*", "note", "__proto__x", "constructor", "a.*"];
const NAMES = ["ann", "bob", "clerk", "acme", "on", "production", "database", "prod-1", "ai", "x"];
const CONDITIONS = [
  "arguments.amount > 100", 'has(arguments.to) && arguments.to.exists(t, t == "x")', '"clerk" in caller.roles', 'risk == "high"', 'target.environment == "production"', "time.getHours() < 12",
  'arguments.note.matches("^r")', "size(arguments) > 2", 'arguments.all(key, arguments[key] == 1)', 'context.x == "on"', "arguments.items.exists(i, i.price > 5)", "arguments == arguments",
];
const JSON_SCHEMAS = [{ type: "object", required: ["n"] }, { properties: { amount: { type: "number", maximum: 10 } } }, { properties: { note: { pattern: "^x" } }, additionalProperties: { $ref: "#" } }, { maxProperties: 2 }];

/** Key → what may stand there, for what the schema says only in words or by a regular expression. */
const WORDS: Readonly<Record<string, Random>> = {
  tool: one(...TOOLS, "read_*", "*_mail", "send_?*", "*", "?", "a*", "drop_*"),
  when: one(...CONDITIONS), pattern: one("^r", "x$", "\\.\\.", "[a-z]+@", "(a+)+$"), not_pattern: one("^r", "\\.\\.", "x"),
  window: one("30s", "1m"), deadline: one("10s", "1d"), duration: one("60s"), timeout: one("5ms"), memory: one("1MiB"), input: one("1kB", "1GB"), output: one("5MB"), cost: one("0.01 USD"),
  zone: one("UTC", "Europe/Berlin", "Asia/Kathmandu"), from: one(...PATHS), after: one("2026-01-01"), before: one("2027-01-01T00:00:00+01:00"), path: one(...PATHS),
};
const CLOCK = one("00:00", "08:00", "18:30", "24:00");

/** What a schema accepts. Keys that are not written have no key at all. */
export function valueOf(schema: Schema, key = "", parent = ""): Random {
  const def = unwrap(schema) as ReturnType<typeof unwrap> & { readonly entries?: object; readonly values?: readonly unknown[]; readonly checks?: readonly { readonly _zod: { readonly def: { readonly check: string; readonly minimum?: number } } }[] };
  if (parent === "time" && (key === "from" || key === "to")) return CLOCK;
  if (parent === "budget" && key === "max") return one("5.00 USD");
  if (parent === "tools" && key === "arguments") return one(...JSON_SCHEMAS);
  switch (def.type) {
    case "object": return recordOf(def.shape as Readonly<Record<string, Schema>>, key);
    case "record": return fc.dictionary(key === "arguments" ? one(...PATHS) : key === "tools" ? (WORDS["tool"] as fc.Arbitrary<string>) : one(...NAMES), valueOf(def.valueType as Schema, key === "arguments" ? "argument" : key, key), { maxKeys: 2 });
    case "array": return fc.array(valueOf(def.element as Schema, key, parent), { minLength: def.checks?.some(({ _zod }) => _zod.def.check === "min_length") ? 1 : 0, maxLength: 3 });
    case "union": return fc.oneof(...(def.options as readonly Schema[]).map((option) => valueOf(option, key, parent)));
    case "enum": return one(...Object.values(def.entries as object));
    case "literal": return one(...(def.values as readonly unknown[]));
    case "string": return WORDS[key] ?? one(...NAMES, "*", "a*", "?n*");
    case "number": return one(0, 1, 2, 5, 10, 100);
    case "boolean": return fc.boolean();
    case "null": return fc.constant(null);
    default: throw new Error(`nothing is known of ${def.type} at ${parent}.${key}`);
  }
}

function recordOf(shape: Readonly<Record<string, Schema>>, key: string): fc.Arbitrary<Written> {
  const required = Object.keys(shape).filter((name) => !["optional", "default", "prefault"].includes((shape[name] as Schema).def.type));
  return fc.record(Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, valueOf(schema, name, key)])), { requiredKeys: required });
}

const ruleShape = shapeOf(unwrap(policyShape["rules"] as unknown as Schema).element as Schema) as Readonly<Record<string, Schema>>;
const change = valueOf(unwrap(ruleShape["modify"] as Schema).element as Schema, "", "modify").map((written) => (Object.keys(written as Written).length > 1 ? written : { ...(written as Written), set: 1 }));

/** A rule that looks at no more than three things, so that some calls are matched by it. */
export const rule: fc.Arbitrary<Written> = fc.subarray(Object.keys(matchShape), { minLength: 1, maxLength: 3 }).chain((keys) => fc.record({
  ...Object.fromEntries(keys.map((key) => [key, valueOf(ruleShape[key] as Schema, key)])),
  effect: one("allow", "allow", "modify", "approve", "defer", "deny"), priority: one(0, 0, 1, -1), mode: one(undefined, undefined, "observe"), modify: fc.array(change, { minLength: 1, maxLength: 2 }),
})).map(({ effect, modify, mode, ...match }) => ({ id: "", ...match, effect, ...(mode !== undefined && { mode }), ...(effect === "modify" && { modify }) }));

export function rules(prefix = "r", of: fc.Arbitrary<Written> = rule, maxLength = 6): fc.Arbitrary<Written[]> {
  return fc.array(of, { maxLength }).map((list) => list.map((written, index) => ({ ...written, id: `${prefix}${index}` })));
}

/** What decides nothing by itself is written as the documentation has it. */
const DECIDING: ReadonlySet<string> = new Set(["spangate", "name", "extends", "rules", "tools", "targets", "risk", "default", "mode", "actions", "engines", "self_test", "overridable"]);
const others = Object.fromEntries(Object.entries(policyShape).filter(([key]) => !DECIDING.has(key)).map(([key, schema]) => [key, fc.constant((readYaml(docOf(schema)?.example ?? "", key).value as Written)[key])]));

/** What a policy knows of the world. */
export const world: fc.Arbitrary<Written> = fc.record({
  tools: valueOf(policyShape["tools"] as unknown as Schema, "tools").map((tools) => Object.fromEntries(Object.entries(tools as Record<string, Written>).map(([tool, { action: _action, ...known }]) => [tool, known]))),
  targets: valueOf(policyShape["targets"] as unknown as Schema, "targets"), risk: valueOf(policyShape["risk"] as unknown as Schema, "risk"),
}, { requiredKeys: [] });

/** A valid policy of one file, as an author writes it. */
export const policy: fc.Arbitrary<Written> = fc.tuple(rules(), world, fc.record({ ...others, default: one("allow", "deny"), mode: one("enforce", "observe") }, { requiredKeys: [] }))
  .map(([written, known, rest]) => ({ spangate: 1, name: "p", rules: written, ...known, ...rest }));

class Instance {
  readonly n = 1;
  readonly price: unknown;
  readonly #secret = 2;
  constructor(price: unknown) {
    this.price = price;
  }
  get secret(): number {
    return this.#secret;
  }
}

const scalar: Random = fc.oneof(
  one<unknown>(0, -0, 1, 5, 100, 250.5, Number.NaN, Infinity, -Infinity, 1e21, "1", "100.0", " 7", "True", "x", "ann@example.com", "../x", "", "rm -rf /", true, false, null, undefined, 5n, 2n ** 70n),
  fc.string({ unit: "binary", maxLength: 6 }), one("\ud800", "x\udfff", "\u0000", "e\u0301", "\u{1F600}", "y".repeat(70_000)),
);
/** What JSON cannot say, each made anew. */
const exotic = (inner: Random): Random => fc.tuple(inner, one<(value: unknown) => unknown>(
  (value) => new Map<unknown, unknown>([["b", value], ["price", 1], [1n, 2]]), (value) => new Set([value, "x"]), () => new Date(0), () => new Date(Number.NaN), () => new Uint8Array(4), () => new ArrayBuffer(2),
  (value) => new Instance(value), (value) => Object.assign(Object.create(null) as object, { b: value }), () => Object("boxed"), () => new URL("https://x.example/"), () => /x/g, () => new Error("x"),
  () => (): number => 1, () => Symbol("x"), () => ({ toJSON: (): never => { throw new Error("no"); } }), (value) => Object.assign(Array.from({ length: 2 }), { 3: value }), (value) => Object.defineProperty({}, "__proto__", { value, enumerable: true }),
  (value) => { const held: Written = { b: value }; held["a"] = held; return held; },
)).map(([value, make]) => make(value));

/** Arguments as bad as a process can bring them. */
export const hostile: Random = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, fc.array(tie("tree"), { maxLength: 3 }), fc.dictionary(one("amount", "to", "n", "a", "b", "a.b", "items", "price", "note", "constructor", "length"), tie("tree"), { maxKeys: 4 }), exotic(tie("tree"))),
})).tree;

/** What models send: the names of the paths above, and values near those that rules ask for. */
const plausible: Random = fc.record({
  amount: one<unknown>(0, 5, 10, 100, 101, "5"), to: fc.oneof(one("x", "ann"), fc.array(one("x", "ann", "production"), { maxLength: 2 })), n: one<unknown>(0, 1, 2, "x"), note: one("read", "x", ""), items: fc.array(fc.record({ price: one(1, 5, 10) }), { maxLength: 2 }), a: fc.record({ b: one<unknown>(1, 2, "x") }),
}, { requiredKeys: [] });

/** A call as the gate hands it over: frozen, its arguments a deep-frozen copy. */
export const invocation: fc.Arbitrary<Invocation> = fc.record({
  tool: fc.oneof({ weight: 9, arbitrary: one(...TOOLS) }, { weight: 1, arbitrary: fc.string({ unit: "binary" }) }),
  arguments: fc.oneof(plausible, hostile), framework: one("ai", "x", "mcp.client"), time: fc.oneof(fc.integer({ min: -1e12, max: 4e12 }), one(Date.UTC(2026, 5, 1, 9))),
  server: one<string | undefined>(undefined, ...NAMES), caller: one(undefined, "ann", "bob", ""), roles: fc.option(fc.array(one("clerk", "x"), { maxLength: 2 }), { nil: undefined }), tenant: one(undefined, "acme"), onBehalfOf: one(undefined, "bob"),
  agent: one<string | undefined>(undefined, ...NAMES), session: one(undefined, "x"), environment: one(undefined, "production"), context: fc.option(fc.dictionary(one(...NAMES), one("on", "x")), { nil: undefined }),
}).map((call) => Object.freeze({ ...call, arguments: snapshot(call.arguments, true) }));
