import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { stringify } from "yaml";
import { SpangateError } from "../../errors.ts";
import { assemble, type Gathered } from "../../policies/assemble.ts";
import { compileCondition, variablesOf } from "../../policies/condition.ts";
import { explain } from "../../policies/explain.ts";
import { type CompiledPolicy, type Decision, definePolicy, type Invocation, loadPolicy, parsePolicy } from "../../policies/index.ts";
import { applyFixes } from "../../policies/lint/fix.ts";
import { lint } from "../../policies/lint/lint.ts";
import { parsePath, REMOVE, select, update } from "../../policies/path.ts";
import { STRENGTH } from "../../policies/ruling.ts";
import { jsonSchema } from "../../policies/schema/json-schema.ts";
import { readYaml } from "../../policies/yaml.ts";
import { hostile, invocation, policy, rule, rules, world } from "../support/arbitraries.ts";
import { call } from "../support/call.ts";

/** Runs something that may refuse: undefined when it does, and then as it should. */
function orRefusal<T>(run: () => T, file: string): T | undefined {
  try {
    return run();
  } catch (thrown) {
    assert.ok(thrown instanceof SpangateError, `${String(thrown)}\n${(thrown as Error).stack}`);
    assert.match(thrown.code, /^SG_(POLICY|PACK|REGISTRY)_/);
    assert.match(thrown.message, /^[\w.]+(?::[1-9]\d*:[1-9]\d*:)?/);
    assert.ok(thrown.message.startsWith(file), thrown.message);
    assert.ok(thrown.remedy.length > 10);
    return undefined;
  }
}

const effectOf = ({ ruling }: Decision): string => ruling.effect;
/** All of a decision but its words. */
const told = ({ ruling, shadow, ...changed }: Decision): unknown[] => [ruling.effect, ruling.rule, shadow?.effect, shadow?.rule, changed];

describe("whatever text is loaded, a policy comes back, or an error with code, place and remedy", () => {
  const load = (text: string): CompiledPolicy | undefined => orRefusal(() => parsePolicy(text, "fuzz.yaml"), "fuzz.yaml");
  const parts = ["spangate: 1\n", "name: p\n", "rules:\n", "  - ", "id: a", "tool: x", "effect: deny", ": ", "? ", "- ", "[", "]", "{", "}", ", ", "&a ", "*a", "!!str ", "!x ", "|\n", ">-\n", "  ", "\t", "\r\n", "\n", "'", '"', "\\", "#", "%YAML 1.2\n", "---\n", "...\n", "<<: ", "~", "null", "1e999", ".nan", "-.inf", "-0", "0x10", "0o7", "1_000", "12345678901234567890", "yes", "2026-01-01", "\u0000", "\ufeff", "\u2028", "\u0085", "\ud800", "__proto__", "constructor", "k".repeat(5_000)];

  test("random text", () => fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => void load(text)), { numRuns: 1_000 }));
  test("pieces of YAML in any order", () => fc.assert(fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 30 }), (list) => void load(list.join(""))), { numRuns: 3_000 }));

  test("a valid policy in which something was cut, doubled, moved or put in", () => {
    const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.integer({ min: 0, max: 40 }), put: fc.oneof(fc.constantFrom("", ...parts), fc.string({ unit: "binary", maxLength: 3 })), twice: fc.boolean() });
    let loaded = 0;
    fc.assert(fc.property(policy, fc.boolean(), fc.array(edit, { minLength: 1, maxLength: 3 }), (source, asJson, edits) => {
      const text = edits.reduce((before, { at, length, put, twice }) => {
        const start = Math.floor(at * before.length);
        return before.slice(0, start) + put + (twice ? before.slice(start, start + length) : "") + before.slice(twice ? start : start + length);
      }, asJson ? JSON.stringify(source, null, 1) : stringify(source));
      if (load(text)) loaded++;
    }), { numRuns: 2_000 });
    assert.ok(loaded > 0);
  });

  test("any value in the place of any other", () => {
    const odd = fc.oneof(fc.constantFrom<unknown>(null, true, "", "x", 0, -1, 1.5, 1e21, [], {}, [null], [[]], { id: null }, "x".repeat(5_000), "*".repeat(300)), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(fc.property(policy, fc.array(fc.tuple(fc.nat(), odd), { minLength: 1, maxLength: 2 }), (source, changes) => {
      const changed = structuredClone(source);
      for (const [which, value] of changes) {
        const holders: [Record<string, unknown>, string][] = [];
        JSON.stringify(changed, function (this: Record<string, unknown>, key, inner: unknown) {
          if (key !== "") holders.push([this, key]);
          return inner;
        });
        const [holder, key] = holders[which % holders.length] as [Record<string, unknown>, string];
        holder[key] = structuredClone(value);
      }
      const made = orRefusal(() => definePolicy(changed), "policy");
      const read = load(JSON.stringify(changed));
      assert.equal(made?.digest, read?.digest);
    }), { numRuns: 2_000 });
  });

  test("anything at all that is made in code", () => {
    fc.assert(fc.property(fc.oneof(hostile, fc.tuple(policy, hostile).map(([source, value]) => ({ ...source, tools: { x: { arguments: value } } })), fc.tuple(policy, hostile).map(([source, value]) => ({ ...source, self_test: [{ call: { tool: "a", arguments: value }, expect: "deny" }] }))), (source) => {
      assert.match(orRefusal(() => definePolicy(source as Record<string, unknown>), "policy")?.digest ?? "0".repeat(64), /^[0-9a-f]{64}$/);
    }), { numRuns: 2_000 });
  });

  const HEAD = "spangate: 1\nname: p\n";
  /** As large as a file may be: what is quadratic in any of it does not end. */
  const LARGE = 16 * 1024 * 1024 - 1_000;
  const large: readonly [name: string, unit: string, before?: string, after?: string][] = [
    ["brackets", "["], ["dashes", "- "], ["question marks", "? "], ["colons", "a:"], ["spaces", " "], ["line feeds", "\n"], ["comments", "#\n"], ["anchors", "&a "], ["tags", "!!str "], ["directives", "%A b\n"], ["quotes", "''", "a: '", "'"],
    ["one key", "k", HEAD, ": 1"], ["a text of lines", " x\n", "a: |\n"], ["mistakes", "  - { tol: x }\n", `${HEAD}rules:\n`], ["a tool of 16 MiB", "x", `${HEAD}rules: [{ id: a, effect: deny, tool: `, " }]"],
  ];
  for (const [name, unit, before = "", after = ""] of large) test(`16 MiB of ${name}`, { timeout: 100_000 }, () => assert.equal(load(before + unit.repeat(Math.floor(LARGE / unit.length)) + after), undefined));

  test("a file of more than 16 MiB is refused unread, and so is one that is not UTF-8", () => {
    const folder = mkdtempSync(join(tmpdir(), "spangate-fuzz-"));
    const [huge, latin] = [join(folder, "huge.yaml"), join(folder, "latin.yaml")];
    writeFileSync(huge, HEAD);
    truncateSync(huge, 16 * 1024 * 1024 + 1);
    writeFileSync(latin, Buffer.from("spangate: 1\nname: caf\u00e9\n", "latin1"));
    assert.throws(() => loadPolicy(huge), { code: "SG_POLICY_TOO_LARGE" });
    assert.throws(() => loadPolicy(latin), { code: "SG_POLICY_UNREADABLE", message: /UTF-8/ });
    rmSync(folder, { recursive: true });
  });
});

describe("any valid policy", () => {
  const editors = new Ajv2020({ strict: false, validateFormats: false }).compile(jsonSchema("policy"));
  test("is the same policy in code, in JSON and in YAML, and is valid for editors", () => {
    fc.assert(fc.property(policy, (source) => {
      const { digest } = definePolicy(source);
      assert.equal(parsePolicy(JSON.stringify(source)).digest, digest);
      assert.equal(parsePolicy(stringify(source)).digest, digest);
      assert.equal(parsePolicy(stringify(source, { defaultStringType: "QUOTE_SINGLE", collectionStyle: "flow" }).replaceAll("\n", "\r\n")).digest, digest);
      assert.ok(editors(structuredClone(source)), JSON.stringify(editors.errors));
    }), { numRuns: 300 });
  });

  test("is not changed by changing what it was made of", () => {
    const source = { spangate: 1, name: "p", tools: { x: { arguments: { required: ["n"] } } } };
    const made = definePolicy(source);
    source.tools.x.arguments.required.push("m");
    assert.equal(made.digest, definePolicy({ spangate: 1, name: "p", tools: { x: { arguments: { required: ["n"] } } } }).digest);
  });
});

describe("whatever is called, by any valid policy", () => {
  const calls = fc.array(invocation, { minLength: 1, maxLength: 6 });

  test("a decision comes back, always the same one, and the arguments stay as they were", () => {
    fc.assert(fc.property(policy, calls, (source, invocations) => {
      const compiled = definePolicy(source);
      for (const one of invocations) {
        const decision = compiled.decide(one);
        const { effect, rule: decisive, reason } = decision.ruling;
        assert.ok(Object.hasOwn(STRENGTH, effect));
        assert.ok(decisive === "default" || compiled.rules.some(({ id }) => id === decisive), decisive);
        assert.ok(reason.length > 0);
        assert.ok(!("arguments" in decision) || effect === "modify" || effect === "approve", "what does not run has no arguments to run with");
        assert.ok(effect !== "modify" || "arguments" in decision);
        assert.deepEqual(told(compiled.decide(one)), told(decision));
      }
    }), { numRuns: 1_500 });
  });

  test("the explanation is of the same decision, by the rules that it says matched", () => {
    fc.assert(fc.property(policy, calls, (source, invocations) => {
      const compiled = definePolicy(source);
      for (const one of invocations) {
        const decision = compiled.decide(one);
        const explained = explain(compiled, one);
        assert.deepEqual([explained.effect, explained.rule, explained.reason, explained.shadow, explained.arguments], [decision.ruling.effect, decision.ruling.rule, decision.ruling.reason, decision.shadow, decision.arguments]);
        assert.equal(explained.rules.filter(({ decided }) => decided).length, explained.rule === "default" ? 0 : 1);
        // What docs/policy.md says of how a call is decided, said once more.
        const speaking = explained.rules.filter(({ matched, shadow, effect }) => !shadow && (matched === "yes" || (matched === "unsure" && effect !== "allow")));
        const highest = Math.max(...speaking.map(({ priority }) => priority));
        // What perhaps was to be changed is denied, by a rule that has the say.
        const isUnsure = speaking.some(({ matched, effect, priority }) => matched === "unsure" && effect === "modify" && priority === highest);
        const strictest = speaking.filter(({ priority, effect }) => effect === "deny" || priority === highest).map(({ effect }) => effect as keyof typeof STRENGTH).sort((a, b) => STRENGTH[b] - STRENGTH[a])[0];
        const expected = isUnsure ? "deny" : (strictest ?? (source["default"] as string | undefined) ?? "deny");
        assert.ok(explained.effect === expected || /cannot be changed as rule/.test(explained.reason), `${explained.effect} is not ${expected}`);
      }
    }), { numRuns: 1_000 });
  });

  test("what an explanation says would be without a rule is so without it", () => {
    fc.assert(fc.property(policy, calls, (source, invocations) => {
      const compiled = definePolicy(source);
      for (const one of invocations) {
        for (const { effect, rule: then, without } of explain(compiled, one).otherwise) {
          if (without === undefined || without.startsWith("arguments:")) continue;
          const fewer = definePolicy({ ...source, rules: (source["rules"] as { id: string }[]).filter(({ id }) => id !== without) });
          assert.deepEqual([fewer.decide(one).ruling.effect, fewer.decide(one).ruling.rule], [effect, then]);
        }
      }
    }), { numRuns: 500 });
  });

  test("neither the order of the rules nor the mode changes an effect", () => {
    // Changes are made in the order in which they are written, and one that fails is a denial.
    fc.assert(fc.property(policy.filter(({ rules: list }) => !(list as { modify?: unknown }[]).some(({ modify }) => modify)), calls, (source, invocations) => {
      const [one, other] = [definePolicy(source), definePolicy({ ...source, rules: (source["rules"] as unknown[]).toReversed() }, "observe")];
      for (const made of invocations) assert.equal(effectOf(other.decide(made)), effectOf(one.decide(made)));
    }), { numRuns: 500 });
  });

  test("one more rule that denies never makes anything looser, and a shadow changes nothing", () => {
    fc.assert(fc.property(policy, rule, calls, (source, extra, invocations) => {
      const { modify: _modify, ...match } = extra;
      const more = (mode: string): CompiledPolicy => definePolicy({ ...source, rules: [...(source["rules"] as unknown[]), { ...match, id: "extra", effect: "deny", mode }] });
      const [alone, denying, shadowed] = [definePolicy(source), more("enforce"), more("observe")];
      for (const one of invocations) {
        const before = alone.decide(one);
        assert.ok(STRENGTH[denying.decide(one).ruling.effect] >= STRENGTH[before.ruling.effect]);
        assert.deepEqual(told({ ...shadowed.decide(one), shadow: undefined }), told({ ...before, shadow: undefined }));
      }
    }), { numRuns: 500 });
  });
});

describe("whatever is composed", () => {
  /** Composes policies that are not files. */
  function composed(files: Readonly<Record<string, object>>): CompiledPolicy {
    const read = (name: string): { file: string; value: unknown; place: (path: readonly PropertyKey[]) => string } => ({ file: name, value: { spangate: 1, name, ...files[name] }, place: (path) => [name, ...path].join(".") });
    const gathered: Gathered = { policy: (name) => read(name), registry: () => assert.fail("no registry"), engine: () => assert.fail("no engine") };
    return assemble(read(Object.keys(files).at(-1) as string), undefined, gathered);
  }
  const layer = fc.record({ rules: rules("p"), default: fc.constantFrom("allow", "deny") }).chain((own) => world.map((known) => ({ ...own, ...known })));
  const calls = fc.array(invocation, { minLength: 1, maxLength: 6 });

  test("a layer that says nothing changes nothing, nor does a parent that is named twice or reached by two ways", () => {
    fc.assert(fc.property(layer, calls, (org, invocations) => {
      const alone = composed({ org });
      const others = [
        composed({ org, a: { extends: "org" } }), composed({ org, a: { extends: ["org", "org"] } }), composed({ org, a: { extends: "org" }, b: { extends: "org" }, c: { extends: ["a", "b", "org"] } }),
      ];
      for (const one of invocations) for (const other of others) assert.deepEqual(told(other.decide(one)), told(alone.decide(one)));
    }), { numRuns: 400 });
  });

  /** A change that cannot be made denies what would run; what is deferred is not tried. */
  const strength = ({ ruling: { effect, reason } }: Decision): number => (/cannot be changed as rule/.test(reason) ? STRENGTH.defer : STRENGTH[effect]);

  test("rules of a child never loosen what its parent decides, and what the parent changes stays changed", () => {
    fc.assert(fc.property(layer, rules("c"), fc.constantFrom(undefined, "deny"), calls, (org, own, fallback, invocations) => {
      const alone = composed({ org });
      const both = orRefusal(() => composed({ org, child: { extends: "org", rules: own, ...(fallback && { default: fallback }) } }), "child");
      for (const one of both ? invocations : []) {
        const [before, after] = [alone.decide(one), (both as CompiledPolicy).decide(one)];
        assert.ok(strength(after) >= strength(before), `${before.ruling.effect} became ${after.ruling.effect}`);
        if (effectOf(after) === "modify" && !own.some(({ modify }) => modify)) assert.deepEqual(after.arguments, before.arguments);
      }
    }), { numRuns: 800 });
  });

  test("where a parent lets all be overruled, the child decides as if it were alone", () => {
    fc.assert(fc.property(rules("p"), rules("c"), fc.constantFrom("allow", "deny"), calls, (parents, own, fallback, invocations) => {
      const org = { default: "deny", overridable: ["default"], rules: parents.map((one) => ({ ...one, overridable: true })) };
      const child = { default: fallback, rules: own };
      const [alone, both] = [composed({ child }), composed({ org, child: { ...child, extends: "org" } })];
      for (const one of invocations) {
        const expected = alone.decide(one);
        if (expected.ruling.rule !== "default") assert.deepEqual(told({ ...both.decide(one), shadow: undefined }), told({ ...expected, shadow: undefined }));
      }
    }), { numRuns: 500 });
  });
});

describe("conditions, whatever they are asked", () => {
  const parts = ["arguments", "arguments.amount", "arguments.to", "caller.roles", "time", "risk", ".", "(", ")", "[", "]", "{", "}", ",", ":", "?", "==", "!=", "<", ">=", "&&", "||", "!", "-", "+", "*", "/", "%", " in ", "1", "1.5", "9223372036854775807", "0x1", '"x"', "'\\ud800'", "r'\\'", "true", "null", ".exists(x, ", ".all(k, ", ".map(x, ", ".matches(", "size(", "has(", "string(", "timestamp(", "duration(", "x", "`a-b`", "//", "\u0000", "\ud800"];
  const sources = ['arguments.amount > 100 || arguments.n == 1', "arguments.all(k, arguments[k] == arguments)", 'arguments.to.exists(t, t.contains("x"))', "size(arguments) > 1 && arguments == arguments", "arguments.items.map(i, i.price)[0] < 5.0", 'arguments.note.matches("^(a+)+$")', '"x" in arguments.to', "time.getFullYear() > 2000 && string(arguments.amount) != risk", "arguments.to + arguments.to == arguments.n", "arguments.a.b.exists(x, x in arguments.to)"];
  const compiled = sources.map(compileCondition);

  test("any facts: yes, no, or an error", () => {
    fc.assert(fc.property(hostile, invocation, (args, one) => {
      const { facts } = definePolicy({ spangate: 1, name: "p" }).world.view({ ...one, arguments: args });
      for (const condition of compiled) {
        try {
          assert.equal(typeof condition(facts), "boolean");
        } catch (thrown) {
          assert.ok(thrown instanceof Error && !(thrown instanceof assert.AssertionError), String(thrown));
        }
      }
    }), { numRuns: 1_000 });
  });

  test("any text: a condition, or an error that names its place", () => {
    const facts = definePolicy({ spangate: 1, name: "p" }).world.view(call("x", { arguments: { amount: 5, to: ["x"] } })).facts;
    fc.assert(fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((list) => list.join(""))), (source) => {
      let condition: ReturnType<typeof compileCondition>;
      try {
        condition = compileCondition(source);
      } catch (thrown) {
        assert.match((thrown as Error).message, /^\d+:\d+: ./);
        return;
      }
      assert.ok(Array.isArray(variablesOf(source)));
      try {
        assert.equal(typeof condition(facts), "boolean");
      } catch (thrown) {
        assert.ok(thrown instanceof Error && !(thrown instanceof assert.AssertionError), String(thrown));
      }
    }), { numRuns: 5_000 });
  });
});

describe("paths", () => {
  const key = fc.constantFrom("a", "b", "0", "1", "a.b", "__proto__", "constructor", "~/", "");
  const data = fc.letrec((tie) => ({ tree: fc.oneof({ maxDepth: 4 }, fc.constantFrom<unknown>(1, "x", null, true), fc.array(tie("tree"), { maxLength: 3 }), fc.array(fc.tuple(key, tie("tree")), { maxLength: 3 }).map(Object.fromEntries)) })).tree;
  const path = fc.oneof(fc.array(fc.constantFrom("a", "b", "0", "1", "*", "constructor", "__proto__"), { minLength: 1, maxLength: 4 }).map((steps) => steps.join(".")), fc.array(fc.oneof(key, fc.constant("*")), { minLength: 1, maxLength: 4 }).map((keys) => keys.map((one) => `/${one.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")));
  const selected = (root: unknown, text: string): unknown[] => {
    const found: unknown[] = [];
    select(root, parsePath(text), (value) => {
      found.push(value);
      return false;
    });
    return found;
  };
  const frozen = (value: unknown): unknown => {
    if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
    return value;
  };

  test("a pointer leads to the keys that it was made of", () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), (keys) => {
      assert.deepEqual(parsePath(keys.map((one) => `/${one.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")).steps, keys);
    }));
  });

  test("what is selected is what is updated, all of it, in a copy", () => {
    fc.assert(fc.property(data.map(frozen), path, (root, text) => {
      const before = structuredClone(root);
      const found = selected(root, text);
      const { value, count } = update(root, parsePath(text), () => "changed", false);
      assert.equal(count, found.length);
      assert.deepEqual(selected(value, text), found.map(() => "changed"));
      assert.deepEqual(root, before);
      assert.deepEqual(update(root, parsePath(text), (same) => same, false).value, root);
    }), { numRuns: 3_000 });
  });

  test("what is removed is gone, and what is set is there", () => {
    fc.assert(fc.property(data.map(frozen), path, (root, text) => {
      const { count } = update(root, parsePath(text), () => REMOVE, false);
      const removed = update(root, parsePath(text), () => REMOVE, false).value;
      // In a list the next element takes the place of the one that was removed.
      if (!/(^|[./])[01]($|[./])/.test(text)) assert.deepEqual(selected(removed, text), []);
      const set = update(root, parsePath(text), () => "set", true);
      assert.ok(set.count >= count);
      assert.deepEqual(selected(set.value, text), Array.from({ length: set.count }, () => "set"));
      assert.equal(Object.hasOwn(Object.prototype, "a"), false);
    }), { numRuns: 3_000 });
  });
});

describe("mending what the linter found", () => {
  // Few words, so that rules hide each other.
  const few = fc.tuple(
    fc.record({ tool: fc.constantFrom("*", "a", "a*", "read_*", "read_mail", ["a", "send_?*"]), effect: fc.constantFrom("allow", "allow", "approve", "defer", "deny", "modify"), priority: fc.constantFrom(0, 1) }),
    fc.constantFrom({}, {}, { agent: "x" }, { arguments: { amount: { max: 10 } } }, { arguments: { "to.*": "x" } }, { when: "arguments.amount > 5" }, { effect_class: "read" }),
    fc.constantFrom({}, {}, { mode: "observe" }, { overridable: true }, { reason: "two\nlines\n\nand # more" }, { reason: "- x" }),
  ).map(([base, asked, more]): Record<string, unknown> => ({ ...base, ...asked, ...more, ...(base.effect === "modify" && { modify: [{ path: "n", set: 1 }] }) }));
  const style = fc.record({ indent: fc.constantFrom(2, 4), indentSeq: fc.boolean(), collectionStyle: fc.constantFrom("any" as const, "block" as const, "flow" as const), blockQuote: fc.constantFrom(true, "literal" as const, "folded" as const, false), lineWidth: fc.constantFrom(0, 30), flowCollectionPadding: fc.boolean() });

  /** Empty lines and comments where they change nothing. */
  function decorate(text: string, places: readonly (readonly [number, string])[]): string {
    const { value } = readYaml(text, "");
    return places.reduce((before, [at, line]) => {
      const lines = before.split("\n");
      lines.splice(at % lines.length, 0, line);
      const after = lines.join("\n");
      try {
        assert.deepEqual(readYaml(after, "").value, value);
        return after;
      } catch {
        return before;
      }
    }, text);
  }

  test("changes no decision and leaves a valid policy, in any style of YAML, alone or under a parent", () => {
    let mended = 0;
    const lines = fc.array(fc.tuple(fc.nat(), fc.constantFrom("", "   ", "# note", "      # note", "    # - id: x")), { maxLength: 8 });
    fc.assert(fc.property(rules("r", few).filter((list) => list.length > 0), rules("o", few, 3), fc.constantFrom(undefined, "allow", "deny"), fc.boolean(), style, lines, fc.boolean(), fc.array(invocation, { minLength: 3, maxLength: 8 }), (own, parents, fallback, isChild, options, places, crlf, calls) => {
      const text = decorate(stringify({ spangate: 1, name: "two words\nand lines", ...(isChild && { extends: "./org.yaml" }), ...(fallback && !isChild && { default: fallback }), rules: own }, options), places);
      const files: Gathered = { policy: () => ({ file: "org.yaml", value: { spangate: 1, name: "org", default: "allow", rules: parents }, place: () => "org.yaml" }), registry: () => assert.fail(), engine: () => assert.fail() };
      const load = (yaml: string): CompiledPolicy => assemble(readYaml(yaml, "own.yaml"), undefined, files);
      const written = crlf ? text.replaceAll("\n", "\r\n") : text;
      const before = orRefusal(() => load(written), "own.yaml");
      if (!before) return;
      const { text: after, fixed } = applyFixes(readYaml(written, "own.yaml"), lint(before, []));
      if (fixed === 0) return assert.equal(after, written);
      mended++;
      const policies = [before, load(after)] as const;
      const made = [...calls, ...["a", "ab", "read_mail"].flatMap((tool) => [{}, { amount: 7 }, { amount: "7" }, { to: ["x", "y"] }].map((args): Invocation => call(tool, { arguments: args, agent: "x" })))];
      for (const one of made) {
        const [was, is] = policies.map((compiled) => compiled.decide(one)) as [Decision, Decision];
        assert.deepEqual([is.ruling.effect, is.arguments, is.shadow?.effect], [was.ruling.effect, was.arguments, was.shadow?.effect], fc.stringify(one));
      }
    }), { numRuns: 1_500 });
    assert.ok(mended > 100, `${mended}`);
  });
});
