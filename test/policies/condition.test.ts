import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileCondition, variablesOf } from "../../policies/condition.ts";
import type { Facts } from "../../policies/facts.ts";

const FACTS: Facts = {
  tool: "wire_transfer",
  arguments: {
    amount: 250.5, count: 3, big: 9_007_199_254_740_993n, iban: "DE89370400440532013000", path: "/srv/data/../x", subject: "Your INVOICE",
    to: ["ann@example.com", "bob@example.com", "eve@evil.test"], items: [{ price: 3, count: 2 }, { price: 5.5, count: 4 }],
    header: { "content-type": "text/html" }, due: "2026-02-01T12:00:00Z", nothing: null, gone: undefined, dry_run: false,
  },
  framework: "ai",
  server: "",
  agent: "desk",
  session: "s1",
  caller: { id: "u1", roles: ["reader", "clerk"], tenant: "acme", on_behalf_of: "" },
  environment: "production",
  context: { region: "eu" },
  session_taint: { score: 0, labels: [] },
  time: new Date("2026-01-30T23:30:00.250Z"),
  action: { id: "pay", risk: "high", effect_class: ["external"], reversible: false },
  target: { type: "account", name: "x", environment: "production", sensitivity: "restricted" },
  risk: "critical",
};

const HOLD: readonly string[] = [
  'arguments.amount > 100.0 && caller.roles.exists(r, r == "clerk")',
  "arguments.amount > 100", "100 < arguments.amount", "arguments.count == 3", "arguments.count in [1, 2, 3]", "arguments.big == 9007199254740993",
  "arguments.amount * 2.0 == 501.0", "int(arguments.count) % 2 == 1", 'arguments["amount"] == 250.5', "arguments.items[1].price == 5.5", "arguments.items[1.0].count == 4",
  'tool == "wire_transfer" && environment != "test"', 'risk in ["high", "critical"]', '"clerk" in caller.roles', '!("admin" in caller.roles)', '"iban" in arguments', '"x" in {"x": 1}',
  'has(arguments.iban) && arguments.iban.startsWith("DE")', "!has(arguments.bic)", "!has(arguments.gone)", '!("gone" in arguments) && !arguments.exists(key, key == "gone")', "has(arguments.nothing) && arguments.nothing == null", 'has(arguments.header.`content-type`)',
  'arguments.path.contains("..")', 'arguments.subject.lowerAscii().contains("invoice")', 'arguments.iban.matches(r"^DE\\d{20}$")', 'matches(arguments.iban, "37")', "size(arguments.to) == 3 && arguments.iban.size() == 22",
  'arguments.to.exists(t, !t.endsWith("@example.com"))', 'arguments.to.exists_one(t, t.endsWith(".test"))', "arguments.items.all(i, i.price < 10)", "arguments.items.map(i, i.price * i.count) == [6.0, 22]",
  "arguments.items.filter(i, i.price > 4).size() == 1", "arguments.items.map(i, i.price > 4, i.count)[0] == 4", 'arguments.header.all(key, key == "content-type")', 'arguments.items.exists(i, arguments.to.exists(t, i.count == 4 && t.contains("evil")))',
  "time.getHours() == 23 && time.getDayOfWeek() == 5", 'time.getHours("Europe/Berlin") == 0 && time.getDate("Europe/Berlin") == 31', 'time.getHours("-05:30") == 18', "time.getMilliseconds() == 250",
  'time > timestamp("2026-01-01T00:00:00Z")', 'timestamp(arguments.due) - time < duration("48h")', 'time + duration("30m") > timestamp("2026-01-31T00:00:00Z")', "int(time) == 1769815800", 'string(duration("90m")) == "5400s"',
  'duration("-999999999ns").getSeconds() == 0 && duration("-1s").getSeconds() == -1 && duration("-90m").getHours() == -1',
  'action.risk == "low" || target.sensitivity == "restricted" ? caller.tenant == "acme" : false', 'context.region == "eu"', "!action.reversible", "!arguments.dry_run",
  'arguments.missing == 1 || tool == "wire_transfer"', 'tool == "wire_transfer" || arguments.missing == 1', '!(arguments.missing == 1 && tool == "other")', '[1, 2].exists(x, arguments.missing == x || x == 2)', 'arguments.to.exists(t, t == 5 || t.contains("bob"))',
  "1 + 2 * 3 == 7", "-(2 - 5) == 3", "7 / 2 == 3 && -7 % 5 == -2", "0x10 == 16 && 1e3 == 1000.0 && .5 < 1", '"a" + "b" == "ab"', "[1] + [2] == [1, 2]", '{"a": 1}.a == 1', '{1: "x"}[1.0] == "x"',
  "'''two\nlines''' == \"two\\nlines\"", 'r"\\d" == "\\\\d"', '"\\u00e9\\x41\\101" == "éAA"', "// a comment\ntrue // and one more",
  'double("1.5") == 1.5 && string(1.5) == "1.5" && int("-7") == -7 && bool("true")', "dyn(1) == 1.0", '"\u{ff5e}" < "\u{1f600}"',
];

const DO_NOT_HOLD: readonly string[] = [
  "arguments.amount > 1000", 'tool == "other"', 'arguments.amount == "250.5"', "arguments.count == null", 'arguments.to == ["ann@example.com"]', "arguments.count in []", '5 in arguments.to', "false && arguments.missing", "arguments.missing && false",
  'arguments.to.all(t, t.endsWith("@example.com"))', "[].exists(x, true)", "1 == 1.5", "0.0 / 0.0 == 0.0 / 0.0", 'arguments.iban.matches("^de")',
];

describe("a condition decides by the facts", () => {
  for (const source of HOLD) test(`holds: ${source}`, () => assert.equal(compileCondition(source)(FACTS), true));
  for (const source of DO_NOT_HOLD) test(`does not hold: ${source}`, () => assert.equal(compileCondition(source)(FACTS), false));
});

/** Source → message, which begins with line and column. */
const REFUSED: readonly (readonly [source: string, message: string])[] = [
  ["", "1:1: expected a value, found the end"],
  ["arguments.amount >", "1:19: expected a value, found the end"],
  ["arguments.amount > 1 arguments", "1:22: expected the end, found arguments"],
  ["true &&\n  (false", "2:9: expected ), found the end"],
  ["tool = \"x\"", "1:6: unexpected \"=\""],
  ["tool == 'x", "1:9: this string does not end"],
  ['tool == "x\ny"', "1:11: a string ends on the line where it begins, unless it has three quotes"],
  ['tool == "\\d"', '1:10: \\d is not an escape; write \\\\ for a backslash, or r"…" for a raw string'],
  ['tool == "\\ud800"', '1:10: \\ud800 is not an escape; write \\\\ for a backslash, or r"…" for a raw string'],
  ["size(b'x') == 1", "1:6: bytes are not supported"],
  ["arguments.n == 1u", "1:16: unsigned integers are not supported; write the number without u"],
  ["arguments.n == 9223372036854775808", "1:16: 9223372036854775808 is out of the range of an int (64 bits)"],
  ["arguments.n == 1e999", "1:16: 1e999 is out of the range of a double"],
  ["arguments.n == 12abc", "1:16: 12a is not a number"],
  ["if == 1", "1:1: if is a reserved word"],
  ["arguments.in == 1", "1:11: expected a field name, found in"],
  ["argumens.n == 1", '1:1: unknown variable "argumens", did you mean "arguments"?'],
  ["__proto__ == 1", '1:1: unknown variable "__proto__"'],
  ["constructor == 1", '1:1: unknown variable "constructor"'],
  ["caller.rolez == []", '1:8: unknown field "rolez", did you mean "roles"?'],
  ['caller["constructor"] == "x"', '1:7: unknown field "constructor"'],
  ["tool.length == 1", '1:6: string has no field "length"'],
  ["caller.roles.length == 1", '1:14: list has no field "length"'],
  ["caller.roles[\"x\"] == \"y\"", "1:13: the items of a list have numbers, not string"],
  ["arguments.to.lenght() == 3", '1:14: unknown function "lenght"'],
  ["arguments.to.sise() == 3", '1:14: unknown function "sise", did you mean "size"?'],
  ["arguments.toString()", '1:11: unknown function "toString", did you mean "string"?'],
  ["arguments.constructor()", '1:11: unknown function "constructor"'],
  ["arguments.__proto__()", '1:11: unknown function "__proto__"'],
  ["type(arguments.n) == 1", '1:1: unknown function "type", did you mean "size"?'],
  ["startsWith(tool, \"x\")", "1:1: startsWith is called on a value; write x.startsWith(…)"],
  ["tool.int() == 1", "1:6: int is not called on a value; write int(x)"],
  ["tool.contains(1)", "1:6: no such overload: contains(string, int)"],
  ["tool.contains()", "1:6: no such overload: contains(string)"],
  ["tool + 1 == 2", "1:6: no such overload: string + int"],
  ["-tool == 1", "1:1: no such overload: -string"],
  ["tool > 1", "1:6: no such overload: string > int"],
  ["null > null", "1:6: no such overload: null > null"],
  ["tool == 1", "1:6: string == int is always false"],
  ["true == 1 in [1]", "1:6: bool == int is always false"],
  ["tool != null", "1:6: string != null is always true"],
  ["5 in caller.roles", "1:3: int is never in a list of string"],
  ["1 in tool", "1:3: no such overload: int in string"],
  ["tool", "1:1: a condition must be bool, not string"],
  ["size(arguments.to)", "1:1: a condition must be bool, not int"],
  ["true && 1", "1:9: an operand of && must be bool, not int"],
  ["tool || true", "1:1: an operand of || must be bool, not string"],
  ["tool ? true : false", "1:1: the condition of ?: must be bool, not string"],
  ["caller.roles.all(r, r)", "1:21: the condition of all must be bool, not string"],
  ["caller.roles.all(1, true)", "1:18: the first argument of all is the name of its variable"],
  ["caller.roles.all(r)", "1:14: all is written list.all(item, condition)"],
  ["tool.all(r, true)", "1:6: all goes through list or map, not string"],
  ["has(tool)", "1:1: has is written has(x.field)"],
  ["has(caller.rolez)", '1:12: unknown field "rolez", did you mean "roles"?'],
  ['tool.matches("\\\\C")', "1:14: not a regular expression of RE2: \\u, \\c and \\C are not part of it; write a character as \\x{…}"],
  ["tool.matches(arguments.pattern)", "1:24: this must be a string that is known at load"],
  ['time.getHours("Mars/Olympus") == 1', '1:15: unknown time zone "Mars/Olympus"'],
  ['time > timestamp("2026-02-30T00:00:00Z")', '1:8: "2026-02-30T00:00:00Z" is not a timestamp like 2026-01-31T12:00:00Z'],
  ['duration("1 hour") > duration("1s")', '1:1: "1 hour" is not a duration like 1h30m (h, m, s, ms, us, ns)'],
  ['{"a": 1, "a": 2}.a == 1', '1:1: the key "a" stands twice in a map'],
  ["{1.5: 1}[1.5] == 1", "1:1: double cannot be a key"],
  [`${"(".repeat(101)}true${")".repeat(101)}`, "1:101: nested deeper than 100 levels"],
  [`${"!".repeat(101)}true`, "1:101: nested deeper than 100 levels"],
  [`arguments${".a".repeat(102)} == 1`, "1:210: more than 100 fields in a row"],
  [`1${" + 1".repeat(102)} == 1`, "1:403: more than 100 operators in a row"],
  ["[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))", "1:38: macros nested deeper than 3"],
  [`tool == "${"x".repeat(4_096)}"`, "1:1: a condition has at most 4096 characters, not 4106"],
];

describe("what is not a condition is refused at load, with its place", () => {
  for (const [source, message] of REFUSED) {
    test(`${source.slice(0, 60)}: ${message}`, () => {
      assert.throws(() => compileCondition(source), (thrown) => {
        assert.equal((thrown as Error).constructor, Error);
        assert.equal((thrown as Error).message, message);
        return true;
      });
    });
  }
});

for (const pattern of ["(", "a{2,1}", "(a)\\\\1", "(?=a)", "(?<!a)b", "((a{100}){100}){100}", "\\\\u0041"]) {
  test(`a pattern that is not linear, or none, is refused at load: ${pattern}`, () => {
    assert.throws(() => compileCondition(`tool.matches("${pattern}")`), /^Error: 1:14: not a regular expression of RE2: /);
  });
}

/** Source → message, over FACTS. */
const FAIL: readonly (readonly [source: string, message: string])[] = [
  ["arguments.missing == 1", "no such key: missing"],
  ["arguments.gone == 1", "no such key: gone"],
  ["arguments.constructor == 1", "no such key: constructor"],
  ["arguments.__proto__ == 1", "no such key: __proto__"],
  ['arguments["toString"] == 1', 'no such key: "toString"'],
  ["arguments.header.missing.deeper == 1", "no such key: missing"],
  ["has(arguments.missing.deeper)", "no such key: missing"],
  ["arguments.iban.length == 22", "string has no fields"],
  ["arguments.to.length == 3", "list has no fields"],
  ["arguments.to[3] == \"x\"", "index 3 is outside of a list of 3"],
  ["arguments.to[-1] == \"x\"", "index -1 is outside of a list of 3"],
  ["arguments.to[0.5] == \"x\"", "a list has no item 0.5"],
  ["context.missing == \"x\"", "no such key: missing"],
  ["arguments.iban > 5", "no such overload: compare(string, int)"],
  ["arguments.count + 1 == 4", "no such overload: double + int"],
  ["arguments.iban.contains(arguments.count)", "no such overload: contains(string, double)"],
  ["size(arguments.count) == 1", "no such overload: size(double)"],
  ["1 in arguments.iban", "no such overload: int in string"],
  ["null in arguments", "no such overload: null in map"],
  ["arguments.to in arguments", "no such overload: list in map"],
  ["arguments.iban", "expected bool, found string"],
  ["!arguments.iban", "no such overload: !string"],
  ["arguments.iban && true", "expected bool, found string"],
  ["arguments.missing == 1 || false", "no such key: missing"],
  ["arguments.missing == 1 && true", "no such key: missing"],
  ["arguments.missing == 1 ? true : true", "no such key: missing"],
  ["arguments.count ? true : true", "expected bool, found double"],
  ["arguments.to.all(t, t.missing || true == false)", "string has no fields"],
  ["arguments.to.exists_one(t, t == 1 || t)", "expected bool, found string"],
  ["arguments.count.exists(x, true)", "expected list or map, found double"],
  ["1 / 0 == 1", "division by zero"],
  ["9223372036854775807 + 1 > 0", "integer overflow"],
  ["int(1e99) > 0", "integer overflow"],
  ['int(arguments.iban) == 1', '"DE89370400440532013000" is not an int'],
  ['timestamp(arguments.iban) < time', '"DE89370400440532013000" is not a timestamp like 2026-01-31T12:00:00Z'],
  ['time + duration("87600000h") > time', "timestamp out of range (years 1 to 9999)"],
];

describe("a condition that cannot be decided throws", () => {
  for (const [source, message] of FAIL) test(`${source}: ${message}`, () => assert.throws(() => compileCondition(source)(FACTS), { name: "Error", message }));

  test("and is as good as new at the next call", () => {
    const condition = compileCondition("arguments.list.exists(x, x.ok)");
    assert.throws(() => condition({ ...FACTS, arguments: {} }));
    assert.equal(condition({ ...FACTS, arguments: { list: [{ ok: true }] } }), true);
  });
});

describe("only plain data is read", () => {
  class Money {
    readonly amount = 5;
  }
  const cases: readonly (readonly [name: string, value: unknown])[] = [
    ["an instance of a class", new Money()], ["a URL", new URL("https://example.com")], ["a set", new Set([1])], ["a buffer", Buffer.from("x")], ["a function", () => true],
    ["a symbol", Symbol("x")], ["a regular expression", /x/], ["an error", new Error("x")], ["a promise", Promise.resolve(1)], ["an invalid date", new Date(Number.NaN)], ["an int of more than 64 bits", 2n ** 64n],
  ];
  for (const [name, value] of cases) {
    test(`${name} makes the condition fail, also where it would not be equal`, () => {
      for (const source of ['arguments.x == "x"', 'arguments.x != "x"', "arguments.x in [1]", "has(arguments.x.amount)", "arguments.x.amount == 5", "size(arguments.x) > 0"]) {
        assert.throws(() => compileCondition(source)({ ...FACTS, arguments: { x: value } }), Error, source);
      }
    });
  }

  test("what stands on a prototype is not there", () => {
    const inherited = Object.create(Object.create(null, { admin: { value: true, enumerable: true } })) as object;
    assert.equal(compileCondition("has(arguments.admin) || \"admin\" in arguments || size(arguments) > 0")({ ...FACTS, arguments: inherited }), false);
  });

  test("a key named __proto__ is data where it is one's own", () => {
    const own = JSON.parse('{"__proto__": {"admin": true}}') as object;
    assert.equal(compileCondition("arguments.__proto__.admin && size(arguments) == 1 && !has(arguments.admin)")({ ...FACTS, arguments: own }), true);
  });

  test("objects without a prototype, maps and dates are read", () => {
    const bare = Object.assign(Object.create(null), { n: 1 }) as object;
    const source = 'arguments.bare == {"n": 1} && arguments.map.k == "v" && arguments.map[1] == 2 && arguments.date < time';
    assert.equal(compileCondition(source)({ ...FACTS, arguments: { bare, map: new Map<unknown, unknown>([["k", "v"], [1, 2]]), date: new Date(0) } }), true);
  });

  test("a lone surrogate does not hide what stands beside it", () => {
    assert.equal(compileCondition('arguments.x.matches("key.*secret")')({ ...FACTS, arguments: { x: "key \ud800 secret" } }), true);
  });
});

describe("the facts that a condition reads", () => {
  const cases: readonly (readonly [source: string, paths: readonly string[]])[] = [
    ['arguments.amount > 100.0 && caller.roles.exists(r, r == "clerk")', ["arguments.amount", "caller.roles"]],
    ['arguments["to"][0].name == arguments.a.b', ["arguments.a.b", "arguments.to"]],
    ["has(arguments.x.y) ? {tool: [time]}.size() > 1 : !action.reversible", ["action.reversible", "arguments.x.y", "time", "tool"]],
    ["arguments.items.all(i, i.tags.exists(t, t == i.name || t == risk))", ["arguments.items", "risk"]],
    ["true", []],
  ];
  for (const [source, paths] of cases) test(source, () => assert.deepEqual(variablesOf(source), paths));
});
