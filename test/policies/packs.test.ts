import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, test } from "node:test";
import type * as Re2Js from "re2js";
import { compileCondition } from "../../policies/condition.ts";
import { loadPolicy, loadRegistry, packNames, parsePolicy, registryNames } from "../../policies/load.ts";
import { covers, matches } from "../../policies/pattern.ts";
import { portable, type RegexEngine, regexEngine } from "../../policies/regex.ts";
import { ActionRegistry } from "../../policies/registry/registry.ts";
import { type ActionDefinition, registryFile } from "../../policies/registry/schema.ts";
import { RISKS } from "../../policies/schema/match.ts";
import { policyFile } from "../../policies/schema/policy.ts";
import { readYaml } from "../../policies/yaml.ts";
import { ROOT } from "../support/run.ts";

interface Call {
  readonly tool: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly server?: string;
}
interface Examples {
  readonly calls: readonly Call[];
  readonly near: readonly Call[];
}

const PACKS = join(ROOT, "policies/packs");
const REGISTRIES = ["aws", "filesystem", "git", "http", "kubernetes", "mcp-reference", "shell", "sql"];
/** An action id, also as the first word of a sentence. */
const ID = /^[a-z][a-z-]*(?:\.[a-z][a-z-]*){1,4}(?=$|[\s,;])/;
const read = (file: string): unknown => readYaml(readFileSync(file, "utf8"), file).value;
const examples = read(join(ROOT, "test/fixtures/packs/calls.yaml")) as Readonly<Record<string, Examples>>;
const actionsOf = new Map(REGISTRIES.map((name) => [name, loadRegistry(name).actions]));
const all: readonly ActionDefinition[] = [...actionsOf.values()].flat();
const byId = new Map(all.map((action) => [action.id, action]));
const recognise = (registry: ActionRegistry, { tool, arguments: args = {}, server }: Call): ActionDefinition | undefined =>
  registry.find({ tool, arguments: args, framework: "test", time: 0, ...(server !== undefined && { server }) });
const rank = (action: ActionDefinition | undefined): number => (action ? RISKS.indexOf(action.risk) : Infinity);

describe("action registries", () => {
  test("these are shipped, and every file names its schema and its registry", () => {
    assert.deepEqual(registryNames(), REGISTRIES);
    for (const name of REGISTRIES) {
      for (const file of readdirSync(join(PACKS, "actions", name)).filter((path) => path.endsWith(".yaml"))) {
        const path = join(PACKS, "actions", name, file);
        assert.equal(registryFile.parse(read(path)).name, name, path);
        assert.equal(readFileSync(path, "utf8").split("\n")[0], "# yaml-language-server: $schema=../../../schema/registry.schema.json", path);
      }
    }
  });

  test("ids are unique, and start with the name of their registry", () => {
    assert.equal(byId.size, all.length);
    for (const [name, actions] of actionsOf) for (const { id } of actions) assert.ok(id.startsWith(`${name}.`), id);
  });

  test("there are enough for Kubernetes, and for EC2, ECS, Lambda, S3 and IAM", () => {
    const count = (prefix: string): number => all.filter(({ id }) => id.startsWith(prefix)).length;
    assert.ok(count("kubernetes.") >= 30, String(count("kubernetes.")));
    assert.ok(count("aws.") >= 25, String(count("aws.")));
    for (const service of ["ec2", "ecs", "lambda", "s3", "iam"]) assert.ok(count(`aws.${service}.`) >= 5, service);
  });

  test("an action that is named as the way back exists, and what can be undone says how", () => {
    for (const { id, rollback, reversible, effect_class: classes } of all) {
      const named = ID.exec(rollback ?? "")?.[0];
      if (named) assert.ok(byId.has(named), `${id}: ${named}`);
      if (reversible && classes.some((effectClass) => effectClass !== "read" && effectClass !== "network") && !classes.includes("read")) assert.ok(rollback, id);
    }
  });

  test("every pattern compiles, in RE2 and in its replacement", () => {
    const engines: readonly RegexEngine[] = [regexEngine(), portable(createRequire(import.meta.url)("re2js") as typeof Re2Js)];
    const patterns = new Set(all.flatMap(({ match }) => match.flatMap((way) => Object.values(way.arguments ?? {}).flatMap(({ pattern, not_pattern: not }) => [pattern, not]))).filter((pattern) => pattern !== undefined));
    assert.ok(patterns.size > 200);
    for (const engine of engines) for (const pattern of patterns) assert.doesNotThrow(() => engine.compileSet([pattern]), `${engine.name}: ${pattern}`);
  });

  test("conditions of prechecks compile", () => {
    const conditions = all.flatMap(({ prechecks }) => prechecks.flatMap(({ when }) => when ?? []));
    assert.ok(conditions.length > 3);
    for (const condition of conditions) assert.doesNotThrow(() => compileCondition(condition), condition);
  });

  test("privileges have the form that the system gives them", () => {
    for (const { id, privileges } of actionsOf.get("kubernetes") ?? []) {
      for (const rule of privileges) assert.match(rule, /^(?:core|[a-z]+|[a-z0-9.-]+\.k8s\.io|<group>) [a-z<>/, ]+: (?:(?:get|list|watch|create|update|patch|delete|deletecollection|bind|escalate|impersonate|approve)(?:, |$))+|^What the objects of the chart need/, id);
    }
    for (const { id, privileges } of actionsOf.get("aws") ?? []) for (const action of privileges) assert.match(action, /^[a-z0-9-]+:[A-Z][A-Za-z0-9]*\*?$/, id);
  });
});

describe("what the registries recognise", () => {
  const registries = new Map([...actionsOf].map(([name, actions]) => [name, new ActionRegistry(actions)]));

  test("every action has examples, and every example an action", () => {
    assert.deepEqual(Object.keys(examples).toSorted(), [...byId.keys()].toSorted());
    for (const [id, { calls, near }] of Object.entries(examples)) assert.ok(calls.length > 0 && near.length > 0, id);
  });

  for (const [name, registry] of registries) {
    test(`${name}: each action its calls, and not those that only look alike`, () => {
      for (const { id } of actionsOf.get(name) ?? []) {
        for (const call of examples[id]?.calls ?? []) assert.equal(recognise(registry, call)?.id, id, JSON.stringify(call));
        for (const call of examples[id]?.near ?? []) assert.notEqual(recognise(registry, call)?.id, id, JSON.stringify(call));
      }
    });
  }

  const together = new ActionRegistry(all);
  test("all together take no call for something more harmless than one of them alone", () => {
    for (const [id, { calls }] of Object.entries(examples)) {
      for (const call of calls) assert.ok(rank(recognise(together, call)) >= rank(byId.get(id)), `${id}: ${JSON.stringify(call)}`);
    }
  });

  /** Where one text says all: what is milder than the tool by itself must be the whole of it. */
  const TEXTS: Readonly<Record<string, string>> = { Bash: "command", kubectl: "command", execute_helm: "command", query: "sql" };
  const milder = Object.entries(examples).flatMap(([id, { calls }]) => (rank(byId.get(id)) < RISKS.indexOf("high") ? calls : []))
    .flatMap(({ tool, arguments: args = {} }) => (TEXTS[tool] !== undefined && typeof args[TEXTS[tool]] === "string" ? [{ tool, key: TEXTS[tool], text: args[TEXTS[tool]] as string }] : []));
  const BESIDE: readonly ((line: string) => string)[] = [
    ...["; reboot", "\nreboot", " && reboot", " || reboot", " & reboot", " | sh", " > /etc/passwd", " < /etc/shadow", " $(reboot)", " `reboot`", " ${IFS}reboot", ' "$(reboot)"', " <(reboot)", "\rreboot", " \\\nreboot"].map((more) => (line: string) => line + more),
    ...["reboot; ", "reboot\n", "reboot && ", "reboot | ", "$(reboot) ", "sudo ", "LD_PRELOAD=/tmp/x.so ", "/tmp/", "sh -c x "].map((before) => (line: string) => before + line),
  ];

  test("a mild line is not mild with anything beside it", () => {
    const lines = milder.filter(({ key }) => key === "command");
    assert.ok(lines.length > 60);
    for (const { tool, key, text } of lines) {
      for (const beside of BESIDE) {
        const found = recognise(together, { tool, arguments: { [key]: beside(text) } });
        assert.ok(rank(found) >= RISKS.indexOf("high"), `${JSON.stringify(beside(text))} is ${found?.id}`);
      }
    }
  });

  test("a mild statement is not mild with another one beside it", () => {
    const statements = milder.filter(({ key }) => key === "sql");
    assert.ok(statements.length > 5);
    for (const { tool, key, text } of statements) {
      for (const sql of [`${text}; ANALYZE a`, `ANALYZE a; ${text}`, `${text};/**/DROP TABLE a`]) {
        const found = recognise(together, { tool, arguments: { [key]: sql } });
        assert.ok(rank(found) >= RISKS.indexOf("high"), `${sql} is ${found?.id}`);
      }
    }
  });

  test("arguments that are not what a tool takes are never taken for something harmless", () => {
    for (const odd of [["kubectl", "get", "pods"], { command: "ls" }, 7, null]) {
      assert.ok(rank(recognise(together, { tool: "Bash", arguments: { command: odd } })) >= RISKS.indexOf("high"), JSON.stringify(odd));
      assert.ok(rank(recognise(together, { tool: "call_aws", arguments: { cli_command: odd } })) >= RISKS.indexOf("high"), JSON.stringify(odd));
      assert.ok(rank(recognise(together, { tool: "query", arguments: { sql: odd } })) >= RISKS.indexOf("high"), JSON.stringify(odd));
    }
  });
});

describe("policy packs", () => {
  const EXTENDABLE = ["owasp-agentic-2026", "owasp-llm-2025", "read-only", "starter", "strict"];
  const sources = new Map(packNames().map((name) => [name, read(join(PACKS, `${name}.yaml`)) as { readonly rules: readonly { readonly id: string; readonly action?: string | readonly string[]; readonly reason?: string; readonly effect: string }[] }]));

  test("these are shipped, and each names its schema and itself", () => {
    assert.deepEqual(packNames(), ["defence-in-depth", ...EXTENDABLE]);
    for (const [name, source] of sources) {
      assert.equal(policyFile.parse(source)["name"], name);
      assert.equal(readFileSync(join(PACKS, `${name}.yaml`), "utf8").split("\n")[0], "# yaml-language-server: $schema=../schema/policy.schema.json");
    }
  });

  for (const name of packNames()) {
    test(`${name} passes its own cases, which hold what it refuses and what it lets run`, () => {
      const { source } = loadPolicy(name);
      const effects = source.self_test.map(({ expect }) => expect);
      assert.ok(effects.includes("deny") && effects.includes("allow"), name);
    });
  }

  test("every action that a pack names is in a registry that it uses", () => {
    for (const [name, { rules }] of sources) {
      const known = [...new Set(loadPolicy(name).source.actions.flatMap((registry) => actionsOf.get(registry) ?? []))];
      for (const { id, action } of rules) for (const pattern of [action ?? []].flat()) assert.ok(known.some((one) => matches(pattern, one.id)), `${name}: ${id}: ${pattern}`);
    }
  });

  test("every refusal says why", () => {
    for (const [name, { rules }] of sources) for (const { id, effect, reason } of rules) if (effect !== "allow") assert.ok(reason, `${name}: ${id}`);
  });

  for (const name of EXTENDABLE) {
    test(`a policy that extends ${name} allows its own tools, and no more than those`, () => {
      const policy = parsePolicy(`spangate: 1\nname: own\nextends: ${name}\ntools: { lookup_order: { effect_class: read, risk: low } }\nrules: [{ id: own-tools, tool: lookup_order, effect: allow }]`, join(ROOT, "own.yaml"));
      const decide = (tool: string): string => policy.decide({ tool, arguments: {}, framework: "test", time: 0, caller: "ann" }).ruling.effect;
      assert.deepEqual([decide("lookup_order"), decide("lookup_orders"), decide("terminate_instance")], ["allow", "deny", "deny"]);
    });
  }

  for (const name of ["owasp-agentic-2026", "owasp-llm-2025", "starter"]) {
    test(`a policy that extends ${name} and allows a tool by name does not allow what is critical about it`, () => {
      const policy = parsePolicy(`spangate: 1\nname: own\nextends: ${name}\nrules: [{ id: own-tools, tool: [query, read_file], effect: allow }]`, join(ROOT, "own.yaml"));
      for (const [tool, key, values] of [["query", "sql", ["DROP TABLE a", "DELETE FROM a"]], ["read_file", "path", ["/home/ann/.ssh/id_rsa"]]] as const) {
        for (const value of values) assert.equal(policy.decide({ tool, arguments: { [key]: value }, framework: "test", time: 0, caller: "ann" }).ruling.effect, "deny", value);
      }
    });
  }

  test("what attacks look like stays refused under defence-in-depth, whatever else is allowed", () => {
    const policy = parsePolicy("spangate: 1\nname: own\nextends: defence-in-depth\nrules: [{ id: metadata, action: http.metadata.read, effect: allow }]", join(ROOT, "own.yaml"));
    const { ruling } = policy.decide({ tool: "fetch", arguments: { url: "http://169.254.169.254/" }, framework: "test", time: 0 });
    assert.deepEqual([ruling.effect, ruling.rule], ["deny", "attack-shapes"]);
  });

  for (const [name, prefix, entries] of [["owasp-llm-2025", "LLM", 10], ["owasp-agentic-2026", "ASI", 10]] as const) {
    test(`${name} says of each entry what it is mapped to, and promises nothing`, () => {
      const text = readFileSync(join(PACKS, `${name}.yaml`), "utf8");
      for (let entry = 1; entry <= entries; entry++) assert.match(text, new RegExp(`^#   ${prefix}${String(entry).padStart(2, "0")} .*(?:mapped|NOT addressed)`, "m"));
      assert.doesNotMatch(text, /complian|\bcovers\b|\bprotects\b|\bprevents\b/i);
      for (const { id, reason } of sources.get(name)?.rules ?? []) {
        assert.ok(covers(`${prefix.toLowerCase()}??-*`, id), id);
        if (reason) assert.ok(reason.startsWith(`mapped to ${id.slice(0, 5).toUpperCase()}: `), id);
      }
    });
  }
});

test("a tool under the name that a host of several MCP servers gives it is the same action", () => {
  const registry = new ActionRegistry(loadRegistry("mcp-reference").actions);
  const args = { owner: "o", repo: "r", title: "t" };
  const named = registry.find({ tool: "create_issue", server: "github", arguments: args, framework: "t", time: 0 });
  assert.match(named?.id ?? "", /issue/);
  assert.equal(registry.find({ tool: "mcp__github__create_issue", arguments: args, framework: "t", time: 0 }), named);
});
