import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { definePolicy } from "../../policies/load.ts";
import { importPolicy } from "../../policies/import/import.ts";
import { readPython } from "../../policies/import/python-regex.ts";
import type { Invocation } from "../../policies/invocation.ts";
import { regexEngine } from "../../policies/regex.ts";
import { STRENGTH } from "../../policies/ruling.ts";
import { policyFile } from "../../policies/schema/policy.ts";
import { runSuite } from "../../policies/suite/run.ts";
import { suiteFile } from "../../policies/suite/schema.ts";
import { readYaml } from "../../policies/yaml.ts";

const FIXTURES = new URL("../fixtures/import/", import.meta.url);
const actions = readdirSync(new URL("agent-safe/actions/", FIXTURES)).map((file) => `agent-safe/actions/${file}`);

/** Expected file → the files that are imported together. */
const GOLDEN: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(readdirSync(new URL("enforcecore/", FIXTURES)).filter((file) => file.startsWith("published-") && !/invalid|expected/.test(file))
    .map((file) => [`enforcecore/${file.replace(".yaml", "")}`, [`enforcecore/${file}`]])),
  "enforcecore/full": ["enforcecore/full.yaml"],
  "enforcecore/flat": ["enforcecore/flat.yaml"],
  "enforcecore/log": ["enforcecore/log.yaml"],
  "enforcecore/nothing-within": ["enforcecore/nothing-within.yaml"],
  "enforcecore/roadmap": ["enforcecore/roadmap-org.yaml", "enforcecore/roadmap-agent.yaml"],
  "enforcecore/extends": ["enforcecore/parent.yaml", "enforcecore/child.yaml"],
  "agent-safe/published": ["agent-safe/published-policy.yaml", "agent-safe/published-inventory.yaml", ...actions, "agent-safe/published-tests.yaml"],
  "agent-safe/published-policy": ["agent-safe/published-policy.yaml"],
  "agent-safe/published-inventory": ["agent-safe/published-inventory.yaml"],
  "agent-safe/published-tests": ["agent-safe/published-tests.yaml"],
  "agent-safe/every-match": ["agent-safe/every-match.yaml", "agent-safe/world.yaml", "agent-safe/set-label.yaml", "agent-safe/tests.yaml"],
  "agent-safe/every-match-alone": ["agent-safe/every-match.yaml"],
};

function read(file: string): unknown {
  return readYaml(readFileSync(new URL(file, FIXTURES), "utf8"), file).value;
}

function lines(file: string): readonly string[] {
  return readFileSync(new URL(`recorded/${file}`, FIXTURES), "utf8").trim().split("\n");
}

describe("a foreign policy becomes the expected one of ours, with the expected notes", () => {
  for (const [expected, files] of Object.entries(GOLDEN)) {
    it(expected, () => {
      const imported = importPolicy(files.length === 1 ? read(files[0] as string) : files.map(read));
      const notes = imported.notes.map(({ kind, path, what }) => `${kind}: ${path}: ${what}`);
      assert.deepEqual({ ...imported, notes }, read(`${expected}.expected.yaml`));
      assert.equal(policyFile.safeParse(imported.policy).success, true);
      definePolicy(imported.policy);
    });
  }
});

it("the tests that Agent-Safe publishes pass on what its policy, inventory and actions become", () => {
  const { policy, suite } = importPolicy(GOLDEN["agent-safe/published"]?.map(read));
  const results = runSuite(definePolicy(policy), suite?.cases ?? []);
  assert.equal(results.length, 13);
  assert.deepEqual(results.filter(({ passed }) => !passed), []);
});

describe("what the original itself decided is never loosened", () => {
  it("EnforceCore 1.11.1, recorded", () => {
    for (const line of lines("enforcecore-1.11.1.jsonl")) {
      const { policy, calls } = JSON.parse(line) as { policy: unknown; calls: readonly { tool: string; arguments: unknown; allowed: boolean }[] };
      const imported = importPolicy(policy, "enforcecore");
      const ours = definePolicy(imported.policy);
      for (const call of calls) {
        const { ruling } = ours.decide(callOf(call));
        assert.ok(call.allowed || ruling.effect === "deny", `${JSON.stringify(policy)} denies ${JSON.stringify(call)}, and ours does not`);
        if (call.allowed && ruling.effect === "deny") assert.ok(isApproximated(imported), `${JSON.stringify(call)} is denied by ${ruling.rule} without a note`);
      }
    }
  });

  it("Agent-Safe 0.14.0, recorded", () => {
    const strength: Readonly<Record<string, number>> = { allow: STRENGTH.allow, require_approval: STRENGTH.approve, deny: STRENGTH.deny };
    let [calls, same] = [0, 0];
    for (const line of lines("agent-safe-0.14.0.jsonl")) {
      const record = JSON.parse(line) as { files: readonly unknown[]; calls: readonly TheirCall[] };
      const imported = importPolicy(record.files);
      const ours = definePolicy(imported.policy);
      for (const call of record.calls) {
        const [found, expected] = [STRENGTH[ours.decide(invocationOf(call)).ruling.effect], strength[call.result] as number];
        assert.ok(found >= expected, `${JSON.stringify(record.files)} answers ${call.result} to ${JSON.stringify(call)}`);
        if (found > expected) assert.ok(isApproximated(imported), `${JSON.stringify(call)} is answered more strictly without a note`);
        calls++;
        same += Number(found === expected);
      }
    }
    // Strictness alone would also be had by denying everything.
    assert.ok(same / calls > 0.9, `only ${same} of ${calls} decisions are the same`);
  });
});

interface TheirCall {
  readonly action: string;
  readonly target: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly caller: { readonly id: string; readonly roles: readonly string[]; readonly groups: readonly string[]; readonly chain: readonly string[] } | null;
  readonly ticket: string | null;
  readonly time: string;
  readonly result: string;
}

/** A call of theirs with everything where the notes of the import say that it is expected. */
function invocationOf({ action, target, params, caller, ticket, time }: TheirCall): Invocation {
  return {
    tool: action, arguments: { ...params, ...(target !== null && { target }) }, framework: "test", time: Date.parse(time),
    ...(ticket !== null && { context: { ticket_id: ticket } }),
    ...(caller && { caller: caller.id, roles: [...caller.roles, ...caller.groups.map((group) => `group:${group}`)], onBehalfOf: caller.chain[0] }),
  };
}

function callOf({ tool, arguments: args }: { readonly tool: string; readonly arguments: unknown }): Invocation {
  return { tool, arguments: args, framework: "test", time: 0 };
}

function isApproximated({ notes }: ReturnType<typeof importPolicy>): boolean {
  return notes.some(({ kind }) => kind === "approximated");
}

/** Patterns of Python, and the same for JavaScript with what `\s`, `\d` and `i` are in Python written out. */
const PATTERNS = [
  ["do\\s+not\\s+share", /do[\s\x1c-\x1f\x85]+not[\s\x1c-\x1f\x85]+share/iu], ["key-\\d{4}", /key-\p{Nd}{4}/iu], ["^select ", /^select /iu],
  ["ignore", /[iıİ]gnore/iu], ["secret$", /secret\n?$/iu], ["(?:rm|dd) -", /(?:rm|dd) -/iu],
] as const;

interface TheirRules {
  readonly allowed_tools?: readonly string[] | null;
  readonly denied_tools?: readonly string[];
  readonly content_rules?: { readonly enabled: boolean; readonly block_patterns: readonly { readonly name: string; readonly pattern: string }[] };
  readonly rate_limits?: { readonly enabled: boolean; readonly per_tool: Readonly<Record<string, { readonly max_calls: number }>> };
}

/** What EnforceCore 1.11.1 does before the first call of a tool (core/enforcer.py, core/policy.py, core/hardening.py). */
function runsThere(rules: TheirRules, violation: string, tool: string, args: unknown): boolean {
  const name = tool.trim();
  if (!/^[\p{L}\p{N}_.\-:<>]{1,256}$/u.test(name)) return false;
  const isIn = (names: readonly string[]): boolean => names.some((other) => other.toLowerCase() === name.toLowerCase());
  if (violation !== "log" && isIn(rules.denied_tools ?? [])) return false;
  if (violation !== "log" && rules.allowed_tools && !isIn(rules.allowed_tools)) return false;
  const { enabled, block_patterns: patterns = [] } = rules.content_rules ?? {};
  const searched = patterns.map(({ pattern }) => PATTERNS.find(([python]) => python === pattern)?.[1] as RegExp);
  if (enabled && textsIn(args).some((text) => searched.some((pattern) => pattern.test(text)))) return false;
  const limits = Object.entries(rules.rate_limits?.enabled ? rules.rate_limits.per_tool : {}).filter(([limited]) => isIn([limited]));
  return Math.trunc(limits.at(-1)?.[1].max_calls ?? 1) >= 1;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const toolName = fc.oneof(
  fc.constantFrom("search", "Search", "SEARCH", "rm", "send.mail", "db:drop", "read_*", "my tool", " search ", "übertrag", "\u212aill", "kill", ""),
  fc.string({ unit: fc.constantFrom(..."aAbkK\u212aßẞiIıİ_-*? ."), maxLength: 6 }),
);
const text = fc.oneof(fc.constantFrom("do\u00a0not share", "KEY-1234", "key-\u0661234", "\u0131gnore", "a SECRET\n", "Select x", "RM -r", "fine"), fc.string({ maxLength: 12 }));
const theirRules: fc.Arbitrary<TheirRules> = fc.record({
  allowed_tools: fc.option(fc.array(toolName, { maxLength: 5 }), { nil: null }),
  denied_tools: fc.array(toolName, { maxLength: 5 }),
  // Without patterns the built-in ones count, which the recorded decisions cover.
  content_rules: fc.record({ enabled: fc.boolean(), block_patterns: fc.array(fc.constantFrom(...PATTERNS.map(([pattern]) => ({ name: pattern, pattern: pattern as string }))), { minLength: 1, maxLength: 3 }) }),
  rate_limits: fc.record({ enabled: fc.boolean(), per_tool: fc.dictionary(toolName, fc.record({ max_calls: fc.constantFrom(-1, 0, 0.9, 1, 5) }), { maxKeys: 3 }) }),
}, { requiredKeys: [] });

describe("properties", () => {
  it("an EnforceCore policy allows nothing here that it denies there", () => {
    const call = fc.record({ tool: toolName.filter((name) => name !== ""), arguments: fc.dictionary(fc.constantFrom("q", "path"), fc.oneof(text, fc.array(text, { maxLength: 2 }), fc.record({ inner: text }), fc.integer())) });
    fc.assert(fc.property(theirRules, fc.constantFrom("block", "log", "redact"), fc.boolean(), fc.array(call, { minLength: 1, maxLength: 8 }), (rules, violation, flat, calls) => {
      const ours = definePolicy(importPolicy({ name: "random", on_violation: violation, ...(flat ? rules : { rules }) }, "enforcecore").policy);
      for (const { tool, arguments: args } of calls) {
        const { ruling } = ours.decide(callOf({ tool, arguments: args }));
        assert.ok(ruling.effect === "deny" || runsThere(rules, violation, tool, args), `${tool} ${JSON.stringify(args)} is allowed by ${ruling.rule}`);
      }
    }), { numRuns: 400 });
  });

  it("anything at all is an Error or a policy that can be put in force", () => {
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(undefined, "enforcecore", "agent-safe"), (value, from) => void importsOrRefuses(value, from)), { numRuns: 500 });
  });

  it("so is a real policy of which some part is anything at all", () => {
    const files = ["enforcecore/full.yaml", "enforcecore/flat.yaml", "agent-safe/every-match.yaml", "agent-safe/published-tests.yaml", "agent-safe/set-label.yaml", "agent-safe/world.yaml"];
    fc.assert(fc.property(fc.constantFrom(...files), fc.nat(), fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string(), fc.double()), (file, place, junk) => {
      const value = read(file);
      const places = placesIn(value);
      const [holder, key] = places[place % places.length] as (typeof places)[number];
      holder[key] = junk;
      importsOrRefuses(value, undefined);
    }), { numRuns: 1_000 });
  });
});

function importsOrRefuses(value: unknown, from: "enforcecore" | "agent-safe" | undefined): void {
  let imported: ReturnType<typeof importPolicy>;
  try {
    imported = importPolicy(value, from);
  } catch (thrown) {
    assert.ok(thrown instanceof Error && thrown.constructor === Error, String(thrown));
    assert.match(thrown.message, /expected|cannot be written|neither/);
    return;
  }
  definePolicy(imported.policy);
  if (imported.suite) assert.equal(suiteFile.safeParse(imported.suite).success, true);
}

/** Every key of every map and list. */
function placesIn(value: unknown): (readonly [holder: Record<string, unknown>, key: string])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[value as Record<string, unknown>, key] as const, ...placesIn(inner)]);
}

describe("what the original would not load is refused, and the message says where", () => {
  const CASES: readonly (readonly [value: unknown, message: RegExp])[] = [
    [read("enforcecore/published-invalid_policy.yaml"), /neither of the formats/],
    [{ rules: "all" }, /neither of the formats/],
    [{ spangate: 1, name: "ours", rules: [] }, /neither of the formats/],
    [{ registry: "./actions", policies: "./policies", inventory: "./inventory.yaml" }, /neither of the formats/],
    [{ name: "", rules: {} }, /^name: expected a name/],
    [{ name: "a", rules: { denied_tools: "rm" } }, /^rules\.denied_tools: expected a list/],
    [{ name: "a", denied_tools: [1] }, /^denied_tools\.0: expected a text/],
    [{ name: "a", on_violation: "warn" }, /^on_violation: expected one of block, log, redact/],
    [{ name: "a", rules: { pii_redaction: { enabled: "maybe" } } }, /^rules\.pii_redaction\.enabled: expected true or false/],
    [{ name: "a", rules: { content_rules: { enabled: true, block_patterns: [{ name: "mine" }] } } }, /block_patterns\.0: expected a pattern/],
    [{ name: "a", rules: { rate_limits: { enabled: true, per_tool: { a: { max_calls: "many" } } } } }, /per_tool\.a\.max_calls: expected a number/],
    [{ extends: "base.yaml", name: "a", rules: {} }, /^extends: expected base\.yaml before this file/],
    [[{ name: "a", rules: {} }, { name: "b", rules: {} }], /^extends: expected in file 2/],
    [{ rules: [{ name: "r", match: {}, decision: "maybe", reason: "" }] }, /^rules\.0\.decision: expected one of allow, deny, require_approval/],
    [{ rules: [{ name: "r", decision: "allow", reason: "" }] }, /^rules\.0\.match: expected/],
    [{ rules: [{ name: "r", match: { targets: { environments: ["production"] } }, decision: "allow", reason: "" }] }, /environments\.0: expected one of dev, staging, prod/],
    [{ tests: [{ name: "t", action: "a", expect: "approve" }] }, /^tests\.0\.expect: expected one of allow, deny, require_approval/],
    [[{ name: "a", rules: {} }, { tests: [] }], /neither of the formats/],
    [{ targets: [1, 2].map(() => ({ id: "t", type: "x", environment: "dev", sensitivity: "public" })) }, /^targets: expected each once/],
    [[], /expected a map/],
    ["rules", /expected a map/],
  ];
  for (const [value, message] of CASES) it(JSON.stringify(value), () => assert.throws(() => importPolicy(value), { message }));
});

it("patterns of Python find in RE2 what they find in Python: searched for no less, of whole texts no more", () => {
  let exact = 0;
  for (const line of lines("python-re.jsonl")) {
    const { how, pattern, matches, misses } = JSON.parse(line) as { how: string; pattern: string; matches: readonly string[]; misses: readonly string[] };
    const whole = how === "fullmatch";
    const translated = readPython(pattern, { fold: !whole, whole });
    if (!translated) continue;
    const find = regexEngine().compileSet([translated.pattern]);
    const isFound = (text: string): boolean => find(text).length > 0;
    const [found, missed] = [matches.filter(isFound), misses.filter((text) => !isFound(text))];
    const said = `${how} ${pattern} as ${translated.pattern}`;
    if (!whole || !translated.isLoose) assert.deepEqual(found, matches, said);
    if (whole || !translated.isLoose) assert.deepEqual(missed, misses, said);
    exact += Number(!translated.isLoose);
  }
  assert.ok(exact > 100, `only ${exact} patterns were compared in full`);
});

describe("a suite", () => {
  const CASES: readonly (readonly [name: string, value: unknown, valid: boolean])[] = [
    ["with one case", { suite: 1, cases: [{ call: { tool: "a" }, expect: "deny" }] }, true],
    ["with everything", { suite: 1, policy: "./p.yaml", cases: [{ name: "n", call: { tool: "a", arguments: { x: 1 }, caller: "c", roles: ["r"], time: "2026-01-01T00:00:00Z" }, expect: "modify", rule: "r1" }] }, true],
    ["of another version", { suite: 2, cases: [{ call: { tool: "a" }, expect: "deny" }] }, false],
    ["without cases", { suite: 1, cases: [] }, false],
    ["with a misspelt key", { suite: 1, case: [] , cases: [{ call: { tool: "a" }, expect: "deny" }] }, false],
    ["that expects what is no effect", { suite: 1, cases: [{ call: { tool: "a" }, expect: "block" }] }, false],
  ];
  for (const [name, value, valid] of CASES) it(`${name} is ${valid ? "taken" : "refused"}`, () => assert.equal(suiteFile.safeParse(value).success, valid));
});
