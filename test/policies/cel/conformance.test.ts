import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Failure } from "../../../policies/cel/failure.ts";
import { Refusal } from "../../../policies/cel/refusal.ts";
import { Duration, Timestamp } from "../../../policies/cel/time.ts";
import { ROOT } from "../../support/run.ts";
import { evaluate, load } from "./evaluate.ts";

/** A value in the JSON form of protocol buffers: `{ "int64Value": "1" }`. */
type Value = Readonly<Record<string, unknown>>;
interface Case {
  readonly section: string;
  readonly name: string;
  readonly expr: string;
  readonly bindings?: Readonly<Record<string, Value>>;
  readonly value?: Value;
  readonly error?: string;
}
interface Excluded {
  readonly reason: string;
  readonly refused: string;
  readonly tests: readonly string[];
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, "test/fixtures/cel", `${name}.json`), "utf8"));

const FILES = ["basic", "comparisons", "conversions", "fields", "fp_math", "integer_math", "lists", "logic", "macros", "parse", "plumbing", "string", "string_ext", "timestamps"];
const cases = FILES.flatMap((file) => (read(file) as readonly Case[]).map((one) => ({ ...one, group: `${file}/${one.section}`, id: `${file}/${one.section}/${one.name}` })));
const { tests: excluded } = read("excluded") as { readonly tests: readonly Excluded[] };
const skipped = new Set(excluded.flatMap(({ tests }) => tests));

/** How JSON writes what is no number there. */
const NUMBERS: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, "-Infinity": Number.NEGATIVE_INFINITY };

function decode(value: Value): unknown {
  const [kind, inner] = Object.entries(value)[0] as [string, never];
  switch (kind) {
    case "nullValue": return null;
    case "int64Value": return BigInt(inner);
    case "doubleValue": return NUMBERS[inner] ?? Number(inner);
    case "listValue": return ((inner as { values?: Value[] }).values ?? []).map(decode);
    case "mapValue": return new Map(((inner as { entries?: { key: Value; value: Value }[] }).entries ?? []).map((entry) => [decode(entry.key), decode(entry.value)]));
    case "objectValue": return decodeObject(inner);
    case "boolValue":
    case "stringValue": return inner;
    default: throw new Error(`a test has a ${kind}`);
  }
}

function decodeObject({ "@type": type, value }: { readonly "@type": string; readonly value: string }): unknown {
  if (type.endsWith("/google.protobuf.Timestamp")) return Timestamp.parse(value);
  if (type.endsWith("/google.protobuf.Duration")) return Duration.parse(value);
  throw new Error(`a test has a ${type}`);
}

/** -0 and 0 are one number to CEL, and a plain object is a map. */
function plain(value: unknown): unknown {
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, plain(inner)]));
  return value;
}

function variablesOf({ bindings = {} }: Case): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(bindings).map(([name, value]) => [name, decode(value)]));
}

/** And nothing that broke by accident. */
function isRefusalOrFailure(thrown: unknown): boolean {
  return thrown instanceof Refusal || (thrown as Error).cause instanceof Failure;
}

describe("the public conformance tests", () => {
  for (const [group, members] of Map.groupBy(cases.filter(({ id }) => !skipped.has(id)), ({ group }) => group)) {
    test(group, () => {
      for (const one of members) {
        if (one.error === undefined) assert.deepEqual(plain(evaluate(one.expr, variablesOf(one))), plain(decode(one.value as Value)), `${one.id}: ${one.expr}`);
        else assert.throws(() => evaluate(one.expr, variablesOf(one)), isRefusalOrFailure, `${one.id}: ${one.expr}`);
      }
    });
  }

  test("all of them are here", () => {
    assert.equal(cases.length, 1_317);
    assert.equal(cases.length - skipped.size, 847);
  });
});

describe("what is not in the subset is refused when it is loaded", () => {
  const byId = new Map(cases.map((one) => [one.id, one]));
  for (const { reason, refused, tests } of excluded) {
    test(`${reason} ${tests.length} tests`, () => {
      for (const id of tests) {
        const one = byId.get(id);
        assert.ok(one, `${id} is excluded and does not exist`);
        assert.throws(() => load(one.expr, Object.keys(one.bindings ?? {})), (thrown) => thrown instanceof Refusal && new RegExp(refused).test(thrown.message), `${id}: ${one.expr}`);
      }
    });
  }
});
