import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parsePolicy } from "../../policies/index.ts";
import { docOf } from "../../policies/schema/doc.ts";
import { jsonSchema } from "../../policies/schema/json-schema.ts";
import { policyFile, policyShape } from "../../policies/schema/policy.ts";
import { type Schema, shapeOf, step, unwrap } from "../../policies/schema/walk.ts";
import { validate } from "../../policies/validate.ts";
import { readYaml } from "../../policies/yaml.ts";
import { ROOT } from "../support/run.ts";

const HEAD: Readonly<Record<string, string>> = { spangate: "spangate: 1", name: "name: p" };

/** A policy file with some keys, beside those that every policy needs. */
function policyWith(key: string, yaml: string): string {
  return [...Object.entries(HEAD).filter(([name]) => name !== key).map(([, line]) => line), yaml].join("\n");
}

/** Validates by our schema and by the JSON Schema that editors use. */
const byJsonSchema = new Ajv2020({ strict: false, validateFormats: false }).compile(jsonSchema("policy"));
function accepts(text: string): void {
  const { value, place } = readYaml(text, "example.yaml");
  validate(policyFile, value, place);
  assert.ok(byJsonSchema(value), JSON.stringify(byJsonSchema.errors));
}

describe("every key has its documentation, and an example that is valid", () => {
  for (const [key, schema] of Object.entries(policyShape) as [string, Schema][]) {
    const known = docOf(schema) ?? assert.fail(`${key} is not documented`);
    test(key, () => accepts(policyWith(key, known.example ?? assert.fail(`${key} has no example`))));
    for (const [inner, innerSchema] of Object.entries(shapeOf(schema) ?? {})) {
      const about = docOf(innerSchema);
      test(`${key}.${inner}`, () => accepts(policyWith(key, `${key}: { ${about?.example ?? assert.fail("no example")}${key === "approvals" && inner !== "approvers" ? ", approvers: lead" : ""} }`)));
    }
    const list = unwrap(schema);
    // A list must say how it meets that of a parent.
    if (list.type === "array") test(`${key} declares how it is merged`, () => assert.ok(known.merge));
  }
  const rule = unwrap(policyShape["rules"] as unknown as Schema).element as Schema;
  for (const key of Object.keys(shapeOf(rule) ?? {})) {
    const known = docOf(step(rule, key) as Schema);
    test(`rules.${key}`, () => {
      const example = known?.example ?? assert.fail("no example");
      const parts = { id: "id: r", tool: "tool: t", effect: key === "modify" ? "effect: modify" : "effect: allow", [key]: example };
      accepts(policyWith("rules", `rules:\n  - { ${Object.values(parts).join(", ")} }`));
    });
  }
});

test("the first example of docs/policy.md is a policy that can be put in force", () => {
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(`${ROOT}docs/policy.md`, "utf8")) ?? assert.fail("no example");
  assert.equal(parsePolicy(yaml as string, "docs/policy.md").source.rules.length, 4);
});
