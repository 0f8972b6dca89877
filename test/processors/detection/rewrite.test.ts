import assert from "node:assert/strict";
import { test } from "node:test";
import { Scanner } from "../../../processors/detection/scanner.ts";
import { DETECTORS } from "../../support/detectors.ts";

const MAIL = "ann@example.org";
const scanner = new Scanner(DETECTORS);
const rewrite = <T>(value: T): T => scanner.rewrite(value, ({ detector }) => `[${detector}]`).value as T;

test("keys, numbers, maps, sets and deep values; the input is not changed", () => {
  const value = { "ann@example.org": 4111111111111111, deep: [new Map([["k", "bob@example.org"]]), new Set(["eve@example.org"])] };
  const before = structuredClone(value);
  assert.deepEqual(rewrite(value as unknown), { "[email]": "[credit_card]", deep: [new Map([["k", "[email]"]]), new Set(["[email]"])] });
  assert.deepEqual(value, before);
});

test("a value without findings, and every part without one, comes back as the same object", () => {
  const clean = { plain: "text", n: 1 };
  assert.equal(rewrite(clean), clean);
  const mixed = { clean, dirty: [MAIL] };
  assert.equal(rewrite(mixed).clean, clean);
});

test("a replacement that is the same text changes nothing", () => {
  const value = { mail: MAIL };
  assert.equal(scanner.rewrite(value, (_, original) => original).value, value);
});

test("the class of an error is kept, and its message and stack are looked at", () => {
  const rewritten = rewrite(new RangeError(`no ${MAIL}`));
  assert.ok(rewritten instanceof RangeError);
  assert.equal(rewritten.message, "no [email]");
  assert.doesNotMatch(rewritten.stack ?? "", /ann@/);
});

test("an instance keeps its prototype, its marks and what is enumerable; without a finding it stays itself", () => {
  const mark = Symbol.for("brand");
  class Message {
    content = `to ${MAIL}`;
    get upper(): string {
      return this.content.toUpperCase();
    }
  }
  const message = Object.defineProperties(new Message(), { [mark]: { value: true }, hidden: { value: 1 } });
  const rewritten = rewrite({ message, other: Object.assign(new Message(), { content: "" }) });
  assert.ok(rewritten.message instanceof Message);
  assert.equal(rewritten.message.upper, "TO [EMAIL]");
  assert.deepEqual(Object.getOwnPropertyDescriptor(rewritten.message, mark), { value: true, enumerable: false, writable: true, configurable: true });
  assert.deepEqual(Object.keys(rewritten.message), ["content"]);
  const untouched = Object.assign(new Message(), { content: "" });
  assert.equal(rewrite({ a: MAIL, untouched }).untouched, untouched);
});

test("what an instance tells of its private state as JSON is rewritten as well", () => {
  class Account {
    readonly #mail = MAIL;
    name = "x";
    toJSON(): object {
      return { name: this.name, mail: this.#mail };
    }
  }
  const rewritten = rewrite({ account: new Account() });
  assert.ok(rewritten.account instanceof Account);
  assert.equal(JSON.stringify(rewritten), '{"account":{"name":"x","mail":"[email]"}}');
});

test("a cycle stays one, and what stands in two places is one object in both", () => {
  const shared = { mail: MAIL };
  const value: Record<string, unknown> = { a: shared, b: [shared] };
  value["self"] = value;
  const rewritten = rewrite(value) as { a: object; b: object[]; self: unknown };
  assert.equal(rewritten.self, rewritten);
  assert.equal(rewritten.a, rewritten.b[0]);
  assert.deepEqual(rewritten.a, { mail: "[email]" });
});

test("keys that become the same do not overwrite each other", () => {
  assert.deepEqual(rewrite({ "a@example.org": 1, "b@example.org": 2 } as object), { "[email]": 1, "[email] (2)": 2 });
  assert.deepEqual(rewrite(new Map([["a@example.org", 1], ["b@example.org", 2]])), new Map([["[email]", 1], ["[email] (2)", 2]]));
});

test("bytes stay bytes of their kind", () => {
  const text = Buffer.from(`mail ${MAIL}!`);
  assert.deepEqual(rewrite(text), Buffer.from("mail [email]!"));
  const view = rewrite(new Uint8Array(text));
  assert.equal(view.constructor, Uint8Array);
  assert.equal(new TextDecoder().decode(view), "mail [email]!");
  const memory = rewrite(new Uint8Array(text).buffer);
  assert.ok(memory instanceof ArrayBuffer);
  assert.equal(new TextDecoder().decode(memory), "mail [email]!");
  assert.deepEqual(rewrite(Buffer.concat([text, Buffer.from([0xff, 0xfe])])), Buffer.concat([Buffer.from("mail [email]!"), Buffer.from([0xff, 0xfe])]));
});

test("a URL stays one where that can be, else it is text", () => {
  const url = scanner.rewrite(new URL("https://example.org/?key=AKIAIOSFODNN7EXAMPLE"), () => "GONE").value;
  assert.ok(url instanceof URL);
  assert.equal(url.href, "https://example.org/?key=GONE");
  assert.deepEqual(rewrite(new URLSearchParams({ q: `x ${MAIL}`, r: "1" })).toString(), "q=x+%5Bemail%5D&r=1");
});

test("a getter is read once: what was looked at is what comes out", () => {
  let reads = 0;
  const value = { mail: MAIL, get turn() { return reads++ === 0 ? "harmless" : MAIL; } };
  assert.deepEqual(rewrite(value as object), { mail: "[email]", turn: "harmless" });
  assert.equal(reads, 1);
});

test("what was not looked at for a limit does not come through", () => {
  let deep: unknown = MAIL;
  for (let depth = 0; depth < 100; depth++) deep = [deep];
  assert.doesNotMatch(JSON.stringify(rewrite(deep)), /example/);
  const small = new Scanner(DETECTORS, { limits: { size: 60 } });
  assert.deepEqual(small.rewrite({ a: "x".repeat(50), b: MAIL, c: [1] }, () => "").value, { a: "x".repeat(50), b: "[REDACTED:too_large]", c: "[REDACTED:too_large]" });
});

test("overlapping findings are one of the surest detector; of different categories each is asked, and the first answer counts", () => {
  const wide = { id: "wide", category: "injection", triggers: ["mail"], pattern: "mail [a-z@.]+", score: 0.6, matches: [], misses: [] } as const;
  const generic = { id: "generic", category: "pii", triggers: ["@"], pattern: "[a-z]+@[a-z.]+ now", score: 0.6, matches: [], misses: [] } as const;
  const several = new Scanner([...DETECTORS, wide, generic]);
  const text = "to mail ann@example.org now or later";
  assert.deepEqual(several.scanText(text).findings.map(({ detector, places: [{ start, end }] }) => [detector, start, end]), [["wide", 3, 23], ["email", 8, 27]]);
  assert.equal(several.rewrite(text, ({ detector }) => `[${detector}]`).value, "to [email] or later");
  assert.equal(several.rewrite(text, ({ detector }, original) => (detector === "wide" ? "[wide]" : original)).value, "to [wide] or later");
});
