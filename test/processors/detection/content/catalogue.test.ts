import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CATALOGUE } from "../../../../processors/detection/content/catalogue.ts";
import type { ContentRule, Example } from "../../../../processors/detection/content/finding.ts";
import { inspectContent } from "../../../../processors/detection/content/inspect.ts";
import { ROOT } from "../../../support/run.ts";

const KINDS = ["shell", "sql", "path", "url", "template", "code", "ldap", "xml", "nosql", "header", "formula", "content"];
/** Rules that speak only where roots are given; path.test.ts has their examples. */
const NEED_ROOTS = ["path.outside_root", "path.symlink"];

function found(rule: ContentRule, example: Example): string | undefined {
  const { text, role } = typeof example === "string" ? { text: example, role: rule.role } : example;
  return inspectContent(text, { role }).find(({ rule: id }) => id === rule.id)?.level;
}

describe("each rule finds its examples, at its level, and leaves what only looks alike", () => {
  for (const rule of CATALOGUE) {
    test(rule.id, () => {
      assert.ok(rule.misses.length > 0 && (rule.matches.length > 0 || NEED_ROOTS.includes(rule.id)));
      for (const example of rule.matches) {
        const role = typeof example === "string" ? rule.role : example.role;
        assert.equal(found(rule, example), rule.levels?.[role] ?? rule.level, JSON.stringify(example).slice(0, 200));
      }
      for (const example of rule.misses) assert.equal(found(rule, example), undefined, JSON.stringify(example).slice(0, 200));
    });
  }
});

test("the catalogue names every rule once, with a title, a source and the family it belongs to", () => {
  const ids = CATALOGUE.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { id, title, source } of CATALOGUE) {
    assert.match(id, /^[a-z]+\.[a-z_]+$/);
    assert.ok(KINDS.includes(id.split(".")[0] as string), id);
    assert.ok(title.length > 8 && /CWE-\d|CVE-|ATT&CK|OWASP|POSIX/.test(source), id);
  }
});

test("every rule is told somewhere in the code, and the code tells of no other", () => {
  const folder = join(ROOT, "processors/detection/content");
  const code = globSync("**/*.ts", { cwd: folder }).filter((file) => !file.startsWith("rules/") && file !== "catalogue.ts")
    .map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
  const told = new Set([...code.matchAll(new RegExp(`"((?:${KINDS.join("|")})\\.[a-z_]+)"`, "g"))].map(([, id]) => id as string));
  assert.deepEqual([...told].sort(), CATALOGUE.map(({ id }) => id).sort());
});
