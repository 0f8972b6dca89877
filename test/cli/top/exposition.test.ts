import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseExposition } from "../../../cli/top/exposition.ts";

describe("the exposition format", () => {
  const good: readonly [line: string, name: string, labels: Readonly<Record<string, string>>, value: number][] = [
    ["a 1", "a", {}, 1], ["a:b_c 1.5e-3 1700000000000", "a:b_c", {}, 0.0015], ['a{b="c"} 2', "a", { b: "c" }, 2], ['a{b="c"}2', "a", { b: "c" }, 2], ['a{b="c",} 2', "a", { b: "c" }, 2], ["a{} 2", "a", {}, 2],
    ['a { b="c" } 2'.replace("a {", "a{"), "a", { b: "c" }, 2], ['a{b="\\"\\\\\\n",c=""} -.5', "a", { b: '"\\\n', c: "" }, -0.5], ['a{le="+Inf"} +Inf', "a", { le: "+Inf" }, Infinity], ["a -Inf", "a", {}, -Infinity],
    ['a{b="}{,= #"} 1', "a", { b: "}{,= #" }, 1], ["  a\t7 ", "a", {}, 7], ["a 1\r", "a", {}, 1],
  ];
  for (const [line, name, labels, value] of good) {
    test(JSON.stringify(line), () => assert.deepEqual(parseExposition(line).map((sample) => ({ ...sample, labels: { ...sample.labels } })), [{ name, labels, value }]));
  }
  test("NaN is a value", () => assert.ok(Number.isNaN(parseExposition("a NaN")[0]?.value)));
  test("comments, types and empty lines are read over", () => assert.equal(parseExposition("# HELP a b\n# TYPE a counter\n\n#\na 1\n# EOF\n").length, 1));
  test("a label cannot reach into prototypes", () => assert.equal(Object.getPrototypeOf(parseExposition('a{__proto__="x"} 1')[0]?.labels), null));

  const bad: readonly [line: string, says: RegExp][] = [
    ["1a 1", /no name/], ["a", /no value/], ["a{b=c} 1", /no label/], ['a{b="c" 1', /labels without an end/], ['a{b="c"', /labels without an end/], ['a{b="c',/no label/], ['a{b="\\t"} 1', /an escape/], ['a{b="c",b="d"} 1', /a second label b/],
    ["a one", /no value/], ["a 0x10", /no value/], ["a 1 2 3", /no value/], ["a 1 soon", /no value/], ["<html>", /no name/], ['a{b="c"} 1 # {trace_id="x"} 1', /no value/], ["a 1_000", /no value/], ["a Infinity", /no value/], ["a-b 1", /no value/],
  ];
  for (const [line, says] of bad) test(`refuses ${line}`, () => assert.throws(() => parseExposition(`# fine\nfine 1\n${line}\n`), (error: Error) => says.test(error.message) && error.message.startsWith("line 3: ")));
});
