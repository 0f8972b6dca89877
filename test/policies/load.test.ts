import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { SpangateError } from "../../errors.ts";
import { digestOf } from "../../policies/digest.ts";
import { definePolicy, loadPolicy, parsePolicy } from "../../policies/index.ts";
import { manifestOf } from "../../policies/load.ts";
import { temporaryFolder } from "../support/run.ts";

function errorOf(run: () => unknown): SpangateError {
  try {
    run();
  } catch (thrown) {
    assert.ok(thrown instanceof SpangateError, String(thrown));
    return thrown;
  }
  throw new Error("nothing was thrown");
}

const HEAD = "spangate: 1\nname: p\n";

describe("a policy that cannot be used is refused with code, place and remedy", () => {
  const cases: readonly [name: string, text: string, code: string, says: RegExp][] = [
    ["not YAML", "spangate: [1", "SG_POLICY_SYNTAX", /^p\.yaml:1:/],
    ["a key twice", `${HEAD}name: q\n`, "SG_POLICY_SYNTAX", /^p\.yaml:3:1.*duplicated/],
    ["an unknown key, near a known one", `${HEAD}rulse: []\n`, "SG_POLICY_UNKNOWN_KEY", /^p\.yaml:3:1: unknown key "rulse", did you mean "rules"\?/],
    ["an unknown key in a rule", `${HEAD}rules:\n  - id: a\n    tol: x\n    tool: x\n    effect: deny\n`, "SG_POLICY_UNKNOWN_KEY", /^p\.yaml:5:5: .*did you mean "tool"\?/],
    ["an unknown key far from all", `${HEAD}zzzzzzzz: 1\n`, "SG_POLICY_UNKNOWN_KEY", /^p\.yaml:3:1: unknown key "zzzzzzzz"$/],
    ["a wrong type", `${HEAD}rules: yes please\n`, "SG_POLICY_INVALID", /^p\.yaml:3:8: rules: .*expected array/],
    ["a wrong effect", `${HEAD}rules:\n  - { id: a, tool: x, effect: forbid }\n`, "SG_POLICY_INVALID", /rules\.0\.effect: .*"allow"\|"modify"\|"approve"\|"defer"\|"deny"/],
    ["a missing key", `${HEAD}rules:\n  - { tool: x, effect: deny }\n`, "SG_POLICY_INVALID", /^p\.yaml:4:5: rules\.0\.id: missing/],
    ["a rule that names nothing to match", `${HEAD}rules:\n  - { id: a, effect: deny }\n`, "SG_POLICY_INVALID", /^p\.yaml:4:5: rules\.0: names nothing to match/],
    ["an unknown key in one of several forms", `${HEAD}rules:\n  - { id: a, effect: deny, arguments: { n: { maxx: 1 } } }\n`, "SG_POLICY_UNKNOWN_KEY", /^p\.yaml:4:46: .*did you mean "max"\?/],
    ["an invalid condition", `${HEAD}rules:\n  - { id: a, effect: deny, when: "arguments.n >" }\n`, "SG_POLICY_INVALID", /^p\.yaml:4:\d+: rules\.0\.when: /],
    ["a pattern with look-around, which no linear engine has", `${HEAD}rules:\n  - { id: a, effect: deny, arguments: { n: { pattern: "(?=x)" } } }\n`, "SG_POLICY_INVALID", /^p\.yaml:4:\d+: rules\.0\.arguments\.n: /],
    ["an invalid JSON Schema", `${HEAD}tools: { x: { arguments: { type: strin } } }\n`, "SG_POLICY_INVALID", /^p\.yaml:3:\d+: tools\.x\.arguments: /],
    ["an action that no registry has", `${HEAD}tools: { x: { action: a.b } }\n`, "SG_POLICY_INVALID", /^p\.yaml:3:23: there is no action a\.b/],
    ["modify without a change", `${HEAD}rules:\n  - { id: a, tool: x, effect: modify }\n`, "SG_POLICY_INVALID", /belong together/],
    ["a size without a unit", `${HEAD}limits: { input: 10 }\n`, "SG_POLICY_INVALID", /^p\.yaml:3:18: limits\.input: a size needs a unit/],
    ["money without a currency", `${HEAD}limits: { budget: [{ id: b, max: 5, window: 1d, cost: 0.01 USD }] }\n`, "SG_POLICY_INVALID", /an amount needs a currency/],
    ["two currencies", `${HEAD}limits: { budget: [{ id: b, max: 5 EUR, window: 1d, cost: 0.01 USD }] }\n`, "SG_POLICY_INVALID", /different currencies/],
    ["a call that costs nothing", `${HEAD}limits: { budget: [{ id: b, max: 5 USD, window: 1d, cost: 0 USD }] }\n`, "SG_POLICY_INVALID", /uses up no budget/],
    ["more money than can be counted exactly", `${HEAD}limits: { budget: [{ id: b, max: 9000000000 USD, window: 1d, cost: 1 USD }] }\n`, "SG_POLICY_INVALID", /a number below 9000000000/],
    ["an unknown time zone", `${HEAD}rules:\n  - { id: a, effect: deny, time: { zone: Mars/Olympus } }\n`, "SG_POLICY_INVALID", /time\.zone: not a time zone/],
    ["a key named __proto__", `${HEAD}__proto__: { x: 1 }\n`, "SG_POLICY_SYNTAX", /__proto__/],
    ["several documents", `${HEAD}---\na: 1\n`, "SG_POLICY_SYNTAX", /one document/],
    ["nesting without end", `a: ${"[".repeat(10_000)}`, "SG_POLICY_SYNTAX", /p\.yaml:1:\d+: .*depth/i],
    ["an unknown parent", `${HEAD}extends: strikt\n`, "SG_PACK_UNKNOWN", /strikt.*did you mean "strict"/],
    ["a parent that is not there", `${HEAD}extends: ./nowhere.yaml\n`, "SG_POLICY_PARENT_UNREADABLE", /^p\.yaml extends .*nowhere\.yaml/],
    ["an unknown registry", `${HEAD}actions: kubernets\n`, "SG_REGISTRY_UNKNOWN", /did you mean "kubernetes"/],
    ["an engine whose file is not there", `${HEAD}engines: [{ id: e, engine: rego, file: ./no.wasm }]\n`, "SG_POLICY_UNREADABLE", /no\.wasm/],
    ["a self-test that fails", `${HEAD}self_test: [{ call: { tool: x }, expect: allow }]\n`, "SG_POLICY_SELF_TEST", /expected allow, and it is deny by default/],
    ["a bare number for a duration", `${HEAD}limits: { deadline: 30 }\n`, "SG_POLICY_INVALID", /^p\.yaml:3:21: limits\.deadline: a duration needs a unit/],
    ["a duration of nothing", `${HEAD}limits: { deadline: 0s }\n`, "SG_POLICY_INVALID", /longer than 0/],
    ["a fraction of a call", `${HEAD}limits: { rate: [{ id: a, max: 1.5, window: 1s }] }\n`, "SG_POLICY_INVALID", /limits\.rate\.0\.max/],
    ["NaN", `${HEAD}limits: { rate: [{ id: a, max: .nan, window: 1s }] }\n`, "SG_POLICY_INVALID", /limits\.rate\.0\.max/],
    ["another version of the language", "spangate: 2\nname: p\n", "SG_POLICY_INVALID", /must be 1/],
    ["an id twice", `${HEAD}rules:\n  - { id: a, tool: x, effect: deny }\n  - { id: a, tool: y, effect: deny }\n`, "SG_POLICY_INVALID", /^p\.yaml:5:11: the id "a" is used twice/],
    ["nothing at all", "", "SG_POLICY_INVALID", /expected object/],
    ["a bomb of aliases", `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefgh"].map((key, index) => `${key}: &${key} [${Array(9).fill(`*${"abcdefgh"[index]}`).join(",")}]`).join("\n")}\n`, "SG_POLICY_SYNTAX", /alias/i],
  ];
  for (const [name, text, code, says] of cases) {
    test(name, () => {
      const error = errorOf(() => parsePolicy(text, "p.yaml"));
      assert.equal(error.code, code);
      assert.match(error.message, says);
      assert.ok(error.remedy.length > 10);
    });
  }

  test("a file that is not there", () => {
    assert.equal(errorOf(() => loadPolicy("/nowhere/policy.yaml")).code, "SG_POLICY_UNREADABLE");
  });

  test("a directory", () => {
    assert.equal(errorOf(() => loadPolicy("/")).code, "SG_POLICY_UNREADABLE");
  });

  test("a policy made in code names the path of the mistake", () => {
    assert.match(errorOf(() => definePolicy({ spangate: 1, name: "p", limits: { deadline: 5 } })).message, /^policy\.limits\.deadline: /);
  });
});

describe("a registry of one's own is compiled as it is loaded", () => {
  const folder = mkdtempSync(join(tmpdir(), "spangate-registry-"));
  after(() => rmSync(folder, { recursive: true }));
  /** A policy file with a registry beside it, one of whose actions tests an argument in this way. */
  const policyWith = (name: string, path: string, test: string): string => {
    const actions = join(folder, name);
    mkdirSync(actions);
    writeFileSync(join(actions, "rows.yaml"), `registry: 1\nname: mine\nversion: "1"\nactions:\n  - id: mine.row.delete\n    title: Deletes a row\n    match:\n      - { tool: [sql], arguments: { ${path}: ${test} } }\n    effect_class: [write]\n    risk: high\n    reversible: false\n`);
    writeFileSync(join(actions, "manifest.json"), JSON.stringify(manifestOf(actions)));
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, `${HEAD}actions: ./${name}\nrules:\n  - { id: rows, action: mine.row.delete, effect: approve }\n`);
    return file;
  };
  for (const [name, path, argument] of [
    ["look-around", "query", "{ pattern: \"(?=x)\" }"], ["a back-reference", "query", "{ not_pattern: \"(a)\\\\1\" }"], ["an unfinished group", "query", "{ pattern: \"(\" }"],
  ] as const) {
    test(`${name} is refused with file, line and path`, () => {
      const error = errorOf(() => loadPolicy(policyWith(name.replaceAll(" ", "-"), path, argument)));
      assert.equal(error.code, "SG_POLICY_INVALID");
      assert.match(error.message, /rows\.yaml:8:\d+: actions\.0\.match\.0\.arguments\.query/);
    });
  }
  test("what is RE2 recognises the call", () => {
    const policy = loadPolicy(policyWith("fine", "query", "{ pattern: \"(?i)^delete\\\\b\" }"));
    const decide = (query: string): string | undefined => policy.decide({ tool: "sql", arguments: { query }, framework: "test", time: 0 }).ruling?.rule;
    assert.deepEqual([decide("DELETE FROM a"), decide("SELECT 1")], ["rows", "default"]);
  });
});

test("defaults: enforce, deny, 30 s, os", () => {
  const { source } = parsePolicy(HEAD);
  assert.deepEqual({ ...source }, {
    spangate: 1, name: "p", version: "0", mode: "enforce", layers: [{ name: "p", version: "0", default: "deny", closes: false, overridable: [] }], rules: [],
    actions: [], tools: {}, targets: [], risk: source.risk, engines: [], limits: { rate: [], budget: [], on_unavailable: "deny", deadline: 30_000, input: 10_000_000 },
    detection: { locales: [], threshold: 0.5, detectors: [], incomplete: "block", unscannable: "flag" },
    flows: [], webhooks: [], audit: {
      mode: "strict", durability: "os", values: "redacted", rotate: { size: 16_777_216, age: 86_400_000 }, compress: "gzip", retention: {}, append_only: false, heartbeat: 60_000, processing: [],
    }, self_test: [],
  });
  assert.equal(source.risk.matrix.high.restricted, "critical");
});

test("a mode from outside overrides the one in the file", () => {
  assert.equal(parsePolicy(`${HEAD}mode: observe\n`, "p", "enforce").source.mode, "enforce");
});

test("the digest depends on the order of patterns, of which the first one that names a target counts", () => {
  const entries = ['"send_*": { target: { type: mail } }', '"*_all": { target: { type: chat } }'];
  const [one, other] = [entries, entries.toReversed()].map((tools) => parsePolicy(`${HEAD}tools: { ${tools.join(", ")} }\nrules: [{ id: r, tool: "*", target: { type: mail }, effect: allow }]\n`));
  const call = { tool: "send_all", arguments: {}, framework: "test", time: 0 };
  assert.notEqual(one?.decide(call).ruling.effect, other?.decide(call).ruling.effect);
  assert.notEqual(one?.digest, other?.digest);
});

test("the digest depends on the layer that an engine stands in", () => {
  const { source } = parsePolicy(HEAD);
  const [one, other] = [0, 1].map((layer) => digestOf(source, { contents: ["e"], engines: new Map([["e", { layer }]]) }));
  assert.notEqual(one, other);
});

test("the digest tells numbers that JSON has no form for from each other", () => {
  const digests = [".inf", "-.inf", ".nan", "null", "0", "-0.0"].map((value) => parsePolicy(`${HEAD}self_test: [{ call: { tool: x, arguments: { n: ${value} } }, expect: deny }]\n`).digest);
  assert.equal(new Set(digests).size, digests.length);
});

test("what must not be put in force is refused before its engines are compiled and its tests run", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "e.wasm"), "no WebAssembly");
  const file = join(folder, "p.yaml");
  writeFileSync(file, `${HEAD}engines: [{ id: e, engine: rego, file: ./e.wasm }]\nself_test: [{ call: { tool: x }, expect: allow }]\n`);
  const seen: string[] = [];
  assert.throws(() => loadPolicy(file, undefined, ({ source, digest, files }) => {
    seen.push(source.name, digest, ...files);
    throw new Error("not this one");
  }), /^Error: not this one$/);
  assert.deepEqual([seen[0], seen[1]?.length, seen.slice(2)], ["p", 64, [file, join(folder, "e.wasm")]]);
});

test("the digest does not depend on the order of keys, and does on every value", () => {
  const a = parsePolicy("spangate: 1\nname: p\ndefault: allow\n").digest;
  assert.equal(parsePolicy("default: allow\nname: p\nspangate: 1\n").digest, a);
  assert.notEqual(parsePolicy("default: deny\nname: p\nspangate: 1\n").digest, a);
  assert.match(a, /^[0-9a-f]{64}$/);
});

test("the digest tells a map from what stands for a number that JSON has no form for", () => {
  const [one, other] = ['-0.0', '{ "\\0number": "-0" }'].map((value) => parsePolicy(`${HEAD}self_test: [{ call: { tool: x, arguments: { n: ${value} } }, expect: deny }]\n`));
  assert.notDeepEqual(one?.source, other?.source);
  assert.notEqual(one?.digest, other?.digest);
});

describe("what stands in the place of a file of a policy is refused at once, and neither waited for nor read without end:", { skip: process.platform === "win32" && "Windows has no pipes and devices in folders" }, () => {
  const things: readonly [name: string, put: (file: string) => void][] = [
    ["a pipe that nobody writes to", (file) => assert.equal(spawnSync("mkfifo", [file]).status, 0)],
    ["a device without end", (file) => symlinkSync("/dev/zero", file)],
  ];
  const places: readonly [name: string, file: string, policy: string | undefined][] = [
    ["the policy", "p.yaml", undefined], ["its parent", "parent.yaml", "extends: ./parent.yaml\n"], ["an engine", "e.wasm", "engines: [{ id: e, engine: rego, file: ./e.wasm }]\n"],
    ["data of an engine", "data.json", "engines: [{ id: e, engine: rego, file: ./p.yaml, data: ./data.json }]\n"], ["the manifest of a registry", "actions/manifest.json", "actions: ./actions\n"],
  ];
  for (const [thing, put] of things) {
    for (const [place, name, policy] of places) {
      test(`${thing}, as ${place}`, () => {
        const folder = temporaryFolder();
        mkdirSync(join(folder, "actions"));
        put(join(folder, name));
        if (policy !== undefined) writeFileSync(join(folder, "p.yaml"), HEAD + policy);
        assert.match(errorOf(() => loadPolicy(join(folder, "p.yaml"))).line, /SG_POLICY_(?:PARENT_)?UNREADABLE: .* is no file/);
      });
    }
  }
});

describe("a policy is made of no more than can be read in a moment, since whose it is shows only then:", () => {
  const loaded = (names: readonly string[], size: number): SpangateError => {
    const folder = temporaryFolder();
    for (const name of new Set(names)) {
      writeFileSync(join(folder, name), "");
      truncateSync(join(folder, name), size);
    }
    writeFileSync(join(folder, "p.yaml"), `${HEAD}engines: ${JSON.stringify(names.map((file, index) => ({ id: `e${index}`, engine: "rego", file: `./${file}` })))}\n`);
    let isJudged = false;
    const error = errorOf(() => loadPolicy(join(folder, "p.yaml"), undefined, () => { isJudged = true; }));
    assert.equal(isJudged, false);
    return error;
  };
  test("of all bytes together", () => assert.match(loaded(["a", "b", "c", "d", "e"], 15 * 1024 * 1024).line, /SG_POLICY_TOO_LARGE: .*with what was read before, is \d+ bytes, more than 67108864/));
  test("of files", () => assert.match(loaded(Array.from({ length: 2_100 }, () => "a"), 1).line, /made of 2000 files at most/));
});

test("no name in a policy begins a line of its own in what the operator is told, or moves a cursor", () => {
  const error = errorOf(() => loadPolicy("no\nspangate: policy p@2 replaces p@1\u001b[2K\u009b2K\u2028\u202e.yaml"));
  assert.ok(!/[\p{Cc}\u2028\u202e]/u.test(error.line), JSON.stringify(error.line));
  assert.ok(errorOf(() => parsePolicy(`${HEAD}${"x".repeat(3_000_000)}: 1\n`)).line.length < 10_000);
  assert.match(error.line, /no\\u000aspangate: policy p@2 replaces p@1\\u001b\[2K\\u009b2K\\u2028\\u202e/);
});
