import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SpangateError } from "../../errors.ts";
import { type CompiledPolicy, loadPolicy } from "../../policies/index.ts";
import { call } from "../support/call.ts";
import { temporaryFolder } from "../support/run.ts";

/** Writes policies into a fresh folder (JSON is YAML) and loads the last one. */
function load(files: Readonly<Record<string, object>>, mode?: "observe" | "enforce"): CompiledPolicy {
  const folder = temporaryFolder();
  for (const [name, policy] of Object.entries(files)) writeFileSync(join(folder, `${name}.yaml`), JSON.stringify({ spangate: 1, name, ...policy }));
  return loadPolicy(join(folder, `${Object.keys(files).at(-1)}.yaml`), mode);
}

function refusal(files: Readonly<Record<string, object>>): SpangateError {
  try {
    load(files);
  } catch (thrown) {
    assert.ok(thrown instanceof SpangateError, String(thrown));
    return thrown;
  }
  throw new Error("nothing was thrown");
}

const decided = (policy: CompiledPolicy, tool: string, more = {}): string => {
  const { effect, rule } = policy.decide(call(tool, more)).ruling;
  return `${effect} ${rule}`;
};

const ORG = {
  tools: { send: { risk: "high", arguments: { required: ["to"] }, target: { type: "mail" } } },
  default: "deny", overridable: ["default", "limits.deadline"],
  rules: [
    { id: "no-shell", tool: "*shell*", effect: "deny", overridable: true },
    { id: "no-wire", tool: "wire_*", effect: "deny" },
    { id: "ask-refund", tool: "refund", effect: "approve" },
  ],
  limits: { deadline: "10s", input: "1MB", rate: [{ id: "calm", per: "global", max: 60, window: "1m" }], budget: [{ id: "money", max: "5 USD", window: "1d", cost: "1 USD" }] },
};
const TEAM = { extends: "./org.yaml", rules: [{ id: "team-tools", tool: ["crm_*", "refund", "admin_shell"], effect: "allow", priority: 10 }] };

describe("org, team, agent", () => {
  const agent = { extends: "./team.yaml", default: "deny", rules: [{ id: "just-crm", tool: ["crm_read", "refund", "admin_shell"], effect: "allow" }] };
  const policy = load({ org: ORG, team: TEAM, agent });
  const cases: readonly [tool: string, expected: string, why: string][] = [
    ["crm_read", "allow team-tools", "every layer that has a say allows it"],
    ["crm_write", "deny default", "the agent narrows what the team allows"],
    ["wire_money", "deny no-wire", "what the organisation denies stays denied"],
    ["refund", "approve ask-refund", "no priority of a child overrules what its parent says"],
    ["admin_shell", "allow team-tools", "the organisation lets this rule be overruled"],
    ["root_shell", "deny no-shell", "who names nothing more exact does not overrule it"],
    ["other", "deny default", "nobody names it"],
  ];
  for (const [tool, expected, why] of cases) test(`${tool}: ${expected}, since ${why}`, () => assert.equal(decided(policy, tool), expected));

  test("the layers are told, and the composed policy has the agent's name", () => {
    assert.deepEqual(policy.source.layers.map(({ name }) => name), ["org", "team", "agent"]);
    assert.equal(policy.source.name, "agent");
    assert.equal(policy.files.length, 3);
  });

  test("limits of the parents stand", () => {
    assert.equal(policy.source.limits.input, 1_000_000);
    assert.deepEqual(policy.limits.map(({ id }) => id), ["calm", "money"]);
  });

  test("the digest is over all of it", () => {
    const looser = { ...ORG, rules: ORG.rules.slice(1) };
    assert.notEqual(load({ org: looser, team: TEAM, agent }).digest, policy.digest);
    assert.equal(load({ org: ORG, team: TEAM, agent }).digest, policy.digest);
  });
});

describe("merging", () => {
  test("what may be loosened is", () => assert.equal(load({ org: ORG, a: { extends: "./org.yaml", limits: { deadline: "1h" } } }).source.limits.deadline, 3_600_000));
  test("stricter is always right", () => assert.equal(load({ org: ORG, a: { extends: "./org.yaml", limits: { input: "10kB" } } }).source.limits.input, 10_000));
  test("lists of what is denied grow", () => {
    const { network, redact } = load({ a: { network: { deny: ["a.example"] }, redact: { detectors: ["email"] } }, b: { extends: "./a.yaml", network: { deny: "b.example" }, redact: { detectors: ["iban"] } } }).source;
    assert.deepEqual([network?.deny, redact?.detectors], [["a.example", "b.example"], ["email", "iban"]]);
  });
  test("all detectors and one more are all", () => assert.equal(load({ a: { redact: {} , name: "a" }, b: { extends: "./a.yaml", redact: { detectors: "all" } } }).source.redact?.detectors, "all"));
  test("lists of what is allowed shrink", () => {
    assert.deepEqual(load({ a: { network: { allow: [".example"] } }, b: { extends: "./a.yaml", network: { allow: ["example", "*.EXAMPLE", "x.example"] } } }).source.network?.allow, ["example", "*.EXAMPLE", "x.example"]);
    assert.deepEqual(load({ a: { network: { allow: ["*.example"] } }, b: { extends: "./a.yaml", network: { allow: ["x.example"] } } }).source.network?.allow, ["x.example"]);
  });
  test("of two parents the stricter counts, and what both allow is left", () => {
    const { limits, network } = load({
      a: { limits: { input: "1MB" }, network: { allow: ["*.example", "a.test"] } }, b: { limits: { input: "2MB" }, network: { allow: ["x.example"] } }, c: { extends: ["./a.yaml", "./b.yaml"] },
    }).source;
    assert.deepEqual([limits.input, network?.allow], [1_000_000, ["x.example"]]);
  });
  test("a parent that two parents share is there once", () => {
    const policy = load({ root: { default: "allow" }, a: { extends: "./root.yaml" }, b: { extends: "./root.yaml" }, c: { extends: ["./a.yaml", "./b.yaml"] } });
    assert.deepEqual(policy.source.layers.map(({ name }) => name), ["root", "a", "b", "c"]);
  });
  test("an overridable rule is replaced by one of the same id", () => {
    const policy = load({ org: ORG, a: { extends: "./org.yaml", rules: [{ id: "no-shell", tool: "bash", effect: "deny" }] } });
    assert.deepEqual(policy.source.rules.filter(({ id }) => id === "no-shell").map(({ tool }) => tool), [["bash"]]);
  });
  test("what is said of a tool adds up: every class, the highest risk", () => {
    const policy = load({ a: { default: "allow", tools: { "t*": { effect_class: "write", risk: "high" } }, rules: [{ id: "w", effect_class: "write", effect: "deny" }] }, b: { extends: "./a.yaml", tools: { tool: { effect_class: "read", risk: "low" } } } });
    assert.equal(decided(policy, "tool"), "deny w");
    assert.equal(policy.world.view(call("tool")).facts.action.risk, "high");
  });
  test("what may be replaced is replaced by those who extend it, not by a sibling, in either order", () => {
    const files = {
      a: { default: "deny", overridable: ["default"], rules: [{ id: "no-shell", tool: "shell", effect: "deny", overridable: true }] },
      b: { default: "allow", rules: [{ id: "shell-ok", tool: "shell", effect: "allow" }] },
    };
    for (const parents of [["./a.yaml", "./b.yaml"], ["./b.yaml", "./a.yaml"]]) {
      const silent = load({ ...files, c: { extends: parents } });
      assert.deepEqual([decided(silent, "shell"), decided(silent, "x")], ["deny no-shell", "deny default"]);
      const child = load({ ...files, c: { extends: parents, default: "allow", rules: [{ id: "mine", tool: "shell", effect: "allow" }] } });
      assert.deepEqual([decided(child, "shell").split(" ")[0], decided(child, "x")], ["allow", "allow default"]);
    }
  });
  test("what one branch loosens of a parent that two share, the other still holds, in either order", () => {
    const files = { root: { default: "deny", overridable: ["default"] }, a: { extends: "./root.yaml" }, b: { extends: "./root.yaml", default: "allow" } };
    for (const parents of [["./a.yaml", "./b.yaml"], ["./b.yaml", "./a.yaml"]]) assert.equal(decided(load({ ...files, c: { extends: parents } }), "x"), "deny default");
  });
  test("a mode from outside overrides that of every file", () => assert.equal(load({ a: {}, b: { extends: "./a.yaml" } }, "observe").source.mode, "observe"));
});

describe("widening is an error that names both files", () => {
  const cases: readonly [name: string, child: object, says: RegExp][] = [
    ["a rule that allows what a rule of the parent denies", { rules: [{ id: "w", tool: "wire_eur", effect: "allow" }] }, /rule w would allow wire_eur, which rule no-wire denies/],
    ["a larger limit", { limits: { input: "2MB" } }, /limits\.input: 2MB is looser than 1MB/],
    ["an id that is taken", { rules: [{ id: "no-wire", tool: "x", effect: "deny" }] }, /the id "no-wire" is taken/],
    ["counting alone where the store is gone", { limits: { on_unavailable: "local" } }, /limits\.on_unavailable: local is looser than deny/],
    ["a budget that is taken", { limits: { budget: [{ id: "money", max: "6 USD", window: "1d", cost: "1 USD" }] } }, /the id "money" is taken/],
    ["a rate that is taken", { limits: { rate: [{ id: "calm", per: "global", max: 600, window: "1m" }] } }, /the id "calm" is taken/],
    ["a lower risk of a tool", { tools: { send: { risk: "low" } } }, /tools\.send\.risk: low is looser than high/],
    ["another schema of a tool's arguments", { tools: { send: { arguments: { required: [] } } } }, /tools\.send\.arguments is said already/],
    ["another target of a tool", { tools: { send: { target: { type: "toy" } } } }, /tools\.send\.target is said already/],
    ["observing only", { mode: "observe" }, /mode: observe is looser than enforce/],
  ];
  for (const [name, child, says] of cases) {
    test(name, () => {
      const error = refusal({ org: ORG, a: { extends: "./org.yaml", ...child } });
      assert.equal(error.code, "SG_POLICY_WIDENS");
      assert.match(error.message, says);
      assert.match(error.message, /a\.yaml.*org\.yaml/);
    });
  }
  test("a tool that a closed parent does not allow", () => {
    const closed = { default: "deny", rules: [{ id: "reads", tool: "read_*", effect: "allow" }] };
    assert.match(refusal({ org: closed, a: { extends: "./org.yaml", rules: [{ id: "w", tool: "*", effect: "allow" }] } }).message, /rule w would allow \*, which no rule there allows/);
    assert.equal(decided(load({ org: closed, a: { extends: "./org.yaml", default: "deny", rules: [{ id: "w", tool: "read_mail", effect: "allow" }] } }), "read_mail"), "allow reads");
  });
  test("an open default under a closed parent", () => assert.match(refusal({ org: { default: "deny" }, a: { extends: "./org.yaml", default: "allow" } }).message, /default: allow is looser/));
  test("an apex, or a name, that the parent's domains do not stand for", () => {
    for (const [parent, child] of [["*.example", ".example"], ["10.*", "10.evil.test"], ["*evil*", "10.0.0.1"], ["a*", "*"], ["?.example", "*.example"]]) {
      assert.match(refusal({ a: { network: { allow: [parent] } }, b: { extends: "./a.yaml", network: { allow: [child] } } }).message, /is not in what the parent allows/, child);
    }
  });
  test("what a parent forbids by default, in a section that it has", () => {
    const parent = { network: { deny: ["a.example"] } };
    assert.match(refusal({ a: parent, b: { extends: "./a.yaml", network: { private: "allow" } } }).message, /network\.private: allow is looser than deny/);
    assert.match(refusal({ a: parent, b: { extends: "./a.yaml", network: { schemes: ["https", "ftp"] } } }).message, /network\.schemes: ftp is not in what the parent allows/);
    assert.equal(load({ a: { ...parent, overridable: ["network.private"] }, b: { extends: "./a.yaml", network: { private: "allow" } } }).source.network?.private, "allow");
    assert.equal(load({ a: { limits: {} }, b: { extends: "./a.yaml", network: { private: "allow" } } }).source.network?.private, "allow");
    assert.deepEqual(load({ a: parent, b: { network: { private: "allow" } }, c: { extends: ["./b.yaml", "./a.yaml"] } }).source.network?.private, "deny");
  });
  test("a domain that the parent does not allow", () => {
    assert.match(refusal({ a: { network: { allow: ["*.example"] } }, b: { extends: "./a.yaml", network: { allow: ["evil.test"] } } }).message, /evil\.test is not in what the parent allows/);
  });
});

test("a file that extends closes what its parent left open, unless it says so itself", () => {
  const org = { default: "deny", overridable: ["default"] };
  const team = { extends: "./org.yaml", rules: [{ id: "clerks", tool: "refund", caller: { role: "clerk" }, effect: "allow" }] };
  const agent = { extends: "./team.yaml", rules: [{ id: "all", tool: "refund", effect: "allow" }] };
  assert.equal(decided(load({ org, team, agent }), "refund"), "deny default");
  assert.equal(decided(load({ org, team, agent }), "refund", { roles: ["clerk"] }), "allow clerks");
  assert.equal(decided(load({ org, team: { ...team, overridable: ["default"] }, agent }), "refund"), "allow all");
  assert.equal(refusal({ org, team, agent: { ...agent, rules: [{ id: "more", tool: "wipe", effect: "allow" }] } }).code, "SG_POLICY_WIDENS");
});

test("the version of a composed policy is its own", () => {
  assert.equal(load({ a: { version: "7" }, b: { extends: "./a.yaml" } }).source.version, "0");
  assert.equal(load({ a: { version: "7" }, b: { extends: "./a.yaml", version: "2" } }).source.version, "2");
});

describe("extends that cannot be followed", () => {
  test("a circle names both files", () => {
    const error = refusal({ a: { extends: "./b.yaml" }, b: { extends: "./a.yaml" } });
    assert.equal(error.code, "SG_POLICY_CYCLE");
    assert.match(error.message, /b\.yaml.*a\.yaml|a\.yaml.*b\.yaml/);
  });
  test("itself", () => assert.equal(refusal({ a: { extends: "./a.yaml" } }).code, "SG_POLICY_CYCLE"));
  test("a mistake in a parent is told with the parent's place", () => assert.match(refusal({ a: { rulse: [] }, b: { extends: "./a.yaml" } }).message, /a\.yaml:1:\d+: unknown key "rulse"/));
});

describe("whatever is composed", () => {
  const tool = fc.constantFrom("a", "b", "c*", "*", "cd");
  const rule = fc.record({ tool, effect: fc.constantFrom("allow", "deny", "approve", "defer"), priority: fc.integer({ min: -3, max: 3 }) });
  const rules = (prefix: string): fc.Arbitrary<object[]> => fc.array(rule, { maxLength: 4 }).map((list) => list.map((one, index) => ({ ...one, id: `${prefix}${index}` })));
  const STRENGTH = ["allow", "modify", "approve", "defer", "deny"];

  test("a child is never looser than its parent, and adding a denial never loosens anything", () => {
    fc.assert(fc.property(rules("p"), fc.constantFrom("allow", "deny"), rules("c"), fc.constantFrom(undefined, "allow", "deny"), (parent, fallback, child, childDefault) => {
      const org = { default: fallback, rules: parent };
      const agent = { extends: "./org.yaml", rules: child, ...(childDefault && { default: childDefault }) };
      const alone = load({ org });
      let both: CompiledPolicy;
      try {
        both = load({ org, agent });
      } catch (thrown) {
        assert.ok(thrown instanceof SpangateError && thrown.code === "SG_POLICY_WIDENS", String(thrown));
        return;
      }
      const more = load({ org, agent: { ...agent, rules: [...child, { id: "extra", tool: "a", effect: "deny" }] } });
      for (const name of ["a", "b", "cd", "ce", "z"]) {
        const [before, after, denied] = [alone, both, more].map((policy) => STRENGTH.indexOf(policy.decide(call(name)).ruling.effect)) as [number, number, number];
        assert.ok(after >= before, `${name}: ${STRENGTH[before]} became ${STRENGTH[after]}`);
        assert.ok(denied >= after, name);
      }
    }), { numRuns: 300 });
  });

  test("of three files, the third is never looser than the first two together", () => {
    const open = fc.constantFrom([], ["default"]);
    const fallback = fc.constantFrom(undefined, "allow", "deny");
    fc.assert(fc.property(rules("o"), rules("t"), rules("a"), fallback, fallback, fallback, open, (org, team, agent, orgDefault, teamDefault, agentDefault, overridable) => {
      const files = {
        org: { rules: org, overridable, ...(orgDefault && { default: orgDefault }) },
        team: { extends: "./org.yaml", rules: team, ...(teamDefault && { default: teamDefault }) },
      };
      let before: CompiledPolicy;
      let after: CompiledPolicy;
      try {
        before = load(files);
        after = load({ ...files, agent: { extends: "./team.yaml", rules: agent, ...(agentDefault && { default: agentDefault }) } });
      } catch (thrown) {
        assert.ok(thrown instanceof SpangateError && thrown.code === "SG_POLICY_WIDENS", String(thrown));
        return;
      }
      for (const name of ["a", "b", "cd", "ce", "z"]) {
        const [strict, now] = [before, after].map((policy) => STRENGTH.indexOf(policy.decide(call(name)).ruling.effect)) as [number, number];
        assert.ok(now >= strict, `${name}: ${STRENGTH[strict]} became ${STRENGTH[now]}`);
      }
    }), { numRuns: 500 });
  });

  test("the order of two parents changes no effect", () => {
    fc.assert(fc.property(rules("x"), rules("y"), (x, y) => {
      const files = { x: { default: "allow", rules: x }, y: { default: "allow", rules: y } };
      const [one, other] = [["./x.yaml", "./y.yaml"], ["./y.yaml", "./x.yaml"]].map((parents) => load({ ...files, z: { extends: parents } })) as [CompiledPolicy, CompiledPolicy];
      for (const name of ["a", "b", "cd", "z"]) assert.equal(one.decide(call(name)).ruling.effect, other.decide(call(name)).ruling.effect);
    }), { numRuns: 200 });
  });
});
