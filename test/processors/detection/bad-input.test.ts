import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { Scanner } from "../../../processors/detection/scanner.ts";
import type { IncompleteKind } from "../../../processors/detection/limits.ts";
import { DETECTORS } from "../../support/detectors.ts";

const MAIL = "ann@example.org";
const scanner = new Scanner(DETECTORS);
const replace = (): string => "X";

/** What is to come of a value: how many findings, and what is declared. */
interface Case {
  readonly value: () => unknown;
  readonly findings: number;
  readonly incomplete: readonly IncompleteKind[];
}

const nested = (depth: number): unknown => {
  let value: unknown = MAIL;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
};
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const cyclic = (): object => {
  const value: Record<string, unknown> = { mail: MAIL };
  value["self"] = value;
  return value;
};
class Secret {
  readonly #mail = MAIL;
  get mail(): string {
    return this.#mail;
  }
}
class Telling extends Secret {
  toJSON(): object {
    return { mail: this.mail };
  }
}

const CASES: Readonly<Record<string, Case>> = {
  "nothing at all": { value: () => undefined, findings: 0, incomplete: [] },
  "a lone surrogate inside a match": { value: () => "gh\ud800p_a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2", findings: 1, incomplete: [] },
  "a lone surrogate beside a match": { value: () => `\udc00${MAIL}\ud800`, findings: 1, incomplete: [] },
  "text as a Buffer": { value: () => Buffer.from(`mail ${MAIL}`), findings: 1, incomplete: [] },
  "text as a Uint8Array": { value: () => new TextEncoder().encode(MAIL), findings: 1, incomplete: [] },
  "text as an ArrayBuffer": { value: () => new TextEncoder().encode(MAIL).buffer, findings: 1, incomplete: [] },
  "text in shared memory": { value: () => { const shared = new SharedArrayBuffer(15); Buffer.from(shared).write(MAIL); return shared; }, findings: 1, incomplete: [] },
  "text as a DataView": { value: () => new DataView(new TextEncoder().encode(MAIL).buffer), findings: 1, incomplete: [] },
  "text in UTF-16 with a byte order mark": { value: () => Buffer.from(`\ufeff${MAIL}`, "utf16le"), findings: 1, incomplete: [] },
  "text in UTF-16 without one": { value: () => Buffer.from(MAIL, "utf16le"), findings: 1, incomplete: [] },
  "text with one byte that is no UTF-8": { value: () => Buffer.concat([Buffer.from(MAIL), Buffer.from([0x20, 0xff])]), findings: 1, incomplete: ["binary"] },
  "bytes that are no text": { value: () => Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00, 0x9c, 0xfe]), findings: 0, incomplete: ["binary"] },
  "numbers as floats": { value: () => new Float32Array([1.5, -2.25, 1e30]), findings: 0, incomplete: ["binary"] },
  "an empty buffer": { value: () => Buffer.alloc(0), findings: 0, incomplete: [] },
  "a huge typed array": { value: () => new Uint8Array(64 << 20), findings: 0, incomplete: ["too_large"] },
  "a cycle": { value: cyclic, findings: 1, incomplete: [] },
  "a getter that throws": { value: () => ({ get bad(): never { throw new Error("no"); }, mail: MAIL }), findings: 1, incomplete: ["unreadable"] },
  "a proxy that was revoked": { value: () => ({ proxy: revoked(), mail: MAIL }), findings: 1, incomplete: ["unreadable"] },
  "a proxy whose traps throw": { value: () => new Proxy({}, { ownKeys: () => { throw new Error("no"); } }), findings: 0, incomplete: ["unreadable"] },
  "a proxy that lists no keys it has": { value: () => new Proxy({ mail: MAIL }, {}), findings: 1, incomplete: [] },
  "a proxy around a map": { value: () => new Proxy(new Map([["mail", MAIL]]), {}), findings: 0, incomplete: ["unreadable"] },
  "a bigint": { value: () => 4111111111111111n, findings: 1, incomplete: [] },
  "a number": { value: () => ({ card: 4111111111111111 }), findings: 1, incomplete: [] },
  "a map, its keys too": { value: () => new Map<unknown, unknown>([[MAIL, 1], [{ deep: MAIL }, [MAIL]]]), findings: 3, incomplete: [] },
  "a set": { value: () => new Set([MAIL, { deep: MAIL }]), findings: 2, incomplete: [] },
  "a map from another realm": { value: () => runInContext(`new Map([["mail", "${MAIL}"]])`, createContext()) as unknown, findings: 1, incomplete: [] },
  "a symbol": { value: () => [Symbol(MAIL)], findings: 1, incomplete: [] },
  "a property under a symbol": { value: () => ({ [Symbol("key")]: MAIL }), findings: 1, incomplete: [] },
  "a property that is not enumerable": { value: () => Object.defineProperty({}, "hidden", { value: MAIL }), findings: 1, incomplete: [] },
  "a property of a list": { value: () => Object.assign([1, 2], { note: MAIL }), findings: 1, incomplete: [] },
  "a property of a list with holes": { value: () => Object.assign(new Array(9), { note: MAIL }), findings: 1, incomplete: [] },
  "a property of a map": { value: () => Object.assign(new Map(), { note: MAIL }), findings: 0, incomplete: ["opaque"] },
  "a URL": { value: () => new URL(`https://example.org/?q=${MAIL}`), findings: 1, incomplete: [] },
  "search parameters": { value: () => new URLSearchParams({ q: MAIL }), findings: 1, incomplete: [] },
  "headers": { value: () => new Headers({ from: MAIL }), findings: 1, incomplete: [] },
  "a regular expression": { value: () => /ann@example.org/, findings: 1, incomplete: [] },
  "a boxed string": { value: () => Object(MAIL) as unknown, findings: 1, incomplete: [] },
  "a date": { value: () => new Date(0), findings: 0, incomplete: [] },
  "an error": { value: () => Object.assign(new Error(MAIL), { stack: "none" }), findings: 1, incomplete: [] },
  "the cause of an error": { value: () => Object.assign(new Error("x", { cause: { mail: MAIL } }), { stack: "none" }), findings: 1, incomplete: [] },
  "a function": { value: () => ({ call: () => MAIL }), findings: 0, incomplete: ["opaque"] },
  "a promise": { value: () => Promise.resolve(MAIL), findings: 0, incomplete: ["opaque"] },
  "a stream": { value: () => Readable.from([MAIL]), findings: 0, incomplete: ["opaque"] },
  "a web stream": { value: () => new Blob([MAIL]).stream(), findings: 0, incomplete: ["opaque"] },
  "a generator": { value: () => (function* () { yield MAIL; })(), findings: 0, incomplete: ["opaque"] },
  "an instance with private state only": { value: () => new Secret(), findings: 0, incomplete: ["opaque"] },
  "an instance that tells its state as JSON": { value: () => new Telling(), findings: 1, incomplete: [] },
  "a JSON form that throws": { value: () => new (class { toJSON(): never { throw new Error("no"); } })(), findings: 0, incomplete: ["unreadable"] },
  "an object without a prototype": { value: () => Object.assign(Object.create(null) as object, { mail: MAIL }), findings: 1, incomplete: [] },
  "a key named __proto__": { value: () => JSON.parse(`{"__proto__": "${MAIL}"}`) as unknown, findings: 1, incomplete: [] },
  "10 MB of text": { value: () => "x ".repeat(5 << 20), findings: 0, incomplete: ["too_large"] },
  "a finding before the limit of size": { value: () => `${MAIL} ${"x ".repeat(1 << 20)}`, findings: 1, incomplete: ["too_large"] },
  "lists in lists, 10,000 deep": { value: () => nested(10_000), findings: 0, incomplete: ["too_deep"] },
  "lists in lists, as deep as is allowed": { value: () => nested(65), findings: 1, incomplete: [] },
  "a list with 2^32 - 1 places": { value: () => { const list: unknown[] = []; list.length = 2 ** 32 - 1; list[7] = MAIL; return list; }, findings: 1, incomplete: ["too_many"] },
  "a list that says it has no end": { value: () => new Proxy([MAIL], { get: (target, key) => (key === "length" ? Infinity : Reflect.get(target, key)) }), findings: 1, incomplete: ["too_many"] },
  "a hundred thousand values": { value: () => Array.from({ length: 100_001 }, (_, index) => index), findings: 0, incomplete: ["too_many"] },
  "more findings than are wanted": { value: () => `${MAIL} `.repeat(2_000), findings: 1_000, incomplete: ["too_many"] },
};

describe("whatever the value is, what was not looked at is said", () => {
  for (const [name, { value, findings, incomplete }] of Object.entries(CASES)) {
    test(name, () => {
      const scan = scanner.scan(value());
      assert.deepEqual(scan.incomplete.map(({ kind }) => kind), incomplete);
      assert.equal(scan.findings.length, findings, JSON.stringify(scan.findings));
    });
  }
});

describe("what is rewritten has nothing in it that was found", () => {
  for (const [name, { value, findings }] of Object.entries(CASES)) {
    if (findings === 0) continue;
    test(name, () => {
      const { value: rewritten, scan } = scanner.rewrite(value(), replace);
      assert.equal(scan.findings.length, findings);
      assert.deepEqual(scanner.scan(rewritten).findings, []);
    });
  }
});

test("of each kind the first place is told, and how many there are", () => {
  const { incomplete } = scanner.scan({ a: [() => 1, () => 2], b: { c: Promise.resolve() }, d: Buffer.from([0xff, 0]) });
  assert.deepEqual(incomplete, [{ kind: "opaque", path: ["a", 0], count: 3 }, { kind: "binary", path: ["d"], count: 1 }]);
});

test("a text that looks suspicious everywhere ends in too_busy, not in a long wait and not in silence", () => {
  const cards = new Scanner(DETECTORS, { limits: { work: 100_000 } });
  const scan = cards.scanText("4111 1111 1111 1112 ".repeat(2_000));
  assert.deepEqual(scan.incomplete.map(({ kind }) => kind), ["too_busy"]);
});

test("a getter that scans is no trouble for the scan that reads it", () => {
  const value = { get inner() { return scanner.scan("bob@example.org").findings.length; }, mail: MAIL };
  assert.equal(scanner.scan(value).findings.length, 1);
});
