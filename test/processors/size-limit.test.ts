import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isLarger } from "../../processors/size-limit.ts";

const circle: { self?: unknown } = {};
circle.self = circle;

describe("how large a value is", () => {
  const cases: readonly [name: string, value: unknown, limit: number, larger: boolean][] = [
    ["a text at the limit", "abcd", 4, false], ["a text beyond it", "abcde", 4, true], ["a text of few characters and many bytes", "ää€", 6, true],
    ["keys count", { abc: "" }, 2, true], ["nested texts add up", { a: ["bb", { c: "dd" }] }, 7, false], ["nested texts beyond", { a: ["bb", { c: "dd" }] }, 5, true],
    ["a buffer", Buffer.alloc(10), 9, true], ["a typed array", new Float64Array(2), 16, false], ["a map", new Map([["ab", "cd"]]), 3, true], ["a set", new Set(["ab", "cd"]), 4, false],
    ["numbers count for something", Array.from({ length: 100 }, () => 1), 799, true], ["nothing", undefined, 8, false], ["a circle", circle, 100, false],
    ["ten megabytes", "x".repeat(10_000_001), 10_000_000, true],
  ];
  for (const [name, value, limit, larger] of cases) test(`${name}: ${larger ? "larger" : "not larger"} than ${limit}`, () => assert.equal(isLarger(value, limit), larger));
});
