import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { snapshot } from "../../processors/snapshot.ts";

test("a snapshot is equal and shares nothing that can be changed", () => {
  fc.assert(fc.property(fc.object({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true }), (value) => {
    assert.deepStrictEqual(snapshot(value), value);
  }));
  const original = { list: [{ amount: 5 }], when: new Date(0), bytes: new Uint8Array([1]), map: new Map([["a", { b: 1 }]]) };
  const copy = snapshot(original);
  original.list[0]!.amount = 1e6;
  original.when.setTime(99);
  original.bytes[0] = 9;
  original.map.get("a")!.b = 9;
  assert.deepEqual(copy, { list: [{ amount: 5 }], when: new Date(0), bytes: new Uint8Array([1]), map: new Map([["a", { b: 1 }]]) });
});

test("a frozen snapshot cannot be changed by a processor", () => {
  const copy = snapshot({ deep: { list: [1] } }, true);
  assert.throws(() => { copy.deep.list.push(2); }, TypeError);
  assert.throws(() => { copy.deep = { list: [] }; }, TypeError);
});

describe("hostile values", () => {
  test("cycles are kept", () => {
    const value: Record<string, unknown> = {};
    value["self"] = value;
    const copy = snapshot(value);
    assert.equal(copy["self"], copy);
    assert.notEqual(copy, value);
  });
  test("a getter is read once: what was judged is what runs", () => {
    let reads = 0;
    const copy = snapshot({ get amount() { return ++reads; } });
    assert.deepEqual([copy.amount, copy.amount, reads], [1, 1, 1]);
  });
  test("a getter that throws is passed on", () => assert.throws(() => snapshot({ get x(): never { throw new Error("no"); } }), /no/));
  test("a proxy becomes plain data", () => {
    let value = 1;
    const copy = snapshot(new Proxy({ x: 0 }, { get: () => value }));
    value = 2;
    assert.equal(copy.x, 1);
  });
  test("__proto__ as data stays data", () => {
    const copy = snapshot(JSON.parse('{"__proto__":{"admin":true}}') as object);
    assert.equal((copy as { admin?: boolean }).admin, undefined);
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
    assert.equal(JSON.stringify(copy), '{"__proto__":{"admin":true}}');
  });
  test("too deep is an error", () => {
    let value: object = {};
    for (let depth = 0; depth < 100; depth++) value = { value };
    assert.throws(() => snapshot(value), /nested deeper than 64/);
  });
  test("too many values is an error, soon", () => assert.throws(() => snapshot(Array(200_000).fill(0)), /more than 100000 values/));
  test("instances keep their class and their own data", () => {
    class Money { amount = 5; double(): number { return this.amount * 2; } }
    assert.equal(snapshot(new Money()).double(), 10);
  });
  test("functions, promises and abort signals are passed through", () => {
    const { signal } = new AbortController();
    const value = { run: () => 1, later: Promise.resolve(1), signal };
    assert.deepEqual(snapshot(value), value);
    assert.equal(snapshot(value).signal, signal);
  });
});
