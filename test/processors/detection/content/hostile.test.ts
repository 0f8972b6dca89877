import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CATALOGUE } from "../../../../processors/detection/content/catalogue.ts";
import type { Role } from "../../../../processors/detection/content/finding.ts";
import { inspectContent, inspectInto } from "../../../../processors/detection/content/inspect.ts";
import { ROOT } from "../../../support/run.ts";

const ROLES: readonly Role[] = ["value", "shell", "sql", "path", "url", "code"];
/** Steps per character, and beside them, that a text may cost. */
const PER_CHAR = 1.5;
const BASE = 30_000;
/** Code units of a text that are looked at, and the steps that they may cost. */
const LONGEST = 1 << 20;
const MOST = 1_500_000;
/** Pieces of which attackers make texts that take long: openers without an end, separators, escapes, nested things. */
const UNITS = [
  "(", "[", "{", "$(", "`", "'", "\"", "' or ", "' or '1'='1", "'--", "or (", "(select ", "/*", "--", "#", "$$", "{{", "{%", "${", "${${lower:", "<%", "[[", "<!ENTITY a ", "://", "http://[", "../", "%25", "..%c0%af", "; id ", "|id", "&&", "\n", "\\", "<<A\n",
  "<(", "$((", "${a:-", "a''", "${IFS}", "sh -c '", "eval \"", "| sh ", "eval(", "require('a')", "'a'+", "__class__.", "<a on", "<#assign", "#set(", "))(", "$ne", "=cmd|", "a@", "?u=http://", "echo a|base64 -d|sh;", "a() ", "\0", "\ud800", "x, ",
];

describe("no text takes longer than its length allows", () => {
  for (const role of ROLES) {
    test(`as ${role}, whatever it repeats`, () => {
      for (const unit of UNITS) {
        const text = unit.repeat(Math.ceil(30_000 / unit.length));
        const work = inspectInto(text, { role })?.work ?? 0;
        assert.ok(work <= PER_CHAR * text.length + BASE, `${JSON.stringify(unit)}: ${work} steps for ${text.length} characters`);
      }
    });
  }
  test("ten million characters end at a bound and say so, whatever they are", () => {
    for (const role of ROLES) {
      for (const text of ["a;".repeat(5_000_000), "(".repeat(10_000_000), "'".repeat(10_000_000), "word ".repeat(2_000_000)]) {
        const report = inspectInto(text, { role });
        const finding = report?.findings.find(({ rule }) => rule === "content.too_complex");
        assert.deepEqual(finding && [finding.level, finding.start, finding.end], ["block", 0, 10_000_000]);
        assert.ok((report?.work ?? 0) <= MOST);
      }
    }
  });
  test("a text that is no longer than is looked at is looked at to its end, and one that is longer up to there", () => {
    const attack = "'; DROP TABLE users; --";
    const padded = (length: number): string => "a".repeat(length - attack.length) + attack;
    assert.ok(!inspectContent(padded(LONGEST)).some(({ rule }) => rule === "content.too_complex"));
    assert.ok(inspectContent(padded(LONGEST)).some(({ rule }) => rule === "sql.stacked"));
    assert.deepEqual(inspectContent(`${padded(LONGEST)}b`).map(({ rule }) => rule).filter((rule) => rule === "content.too_complex" || rule === "sql.stacked").sort(), ["content.too_complex", "sql.stacked"]);
  });
  test("what was found before a text became too complex is told of with that", () => {
    const found = inspectContent(`rm -rf / ; ${"a;".repeat(30_000)}`, { role: "shell" }).map(({ rule }) => rule);
    assert.ok(found.includes("content.too_complex"), found.join());
    const value = inspectContent(`x; cat /etc/passwd${" $(id)".repeat(20_000)}`).map(({ rule }) => rule);
    assert.ok(value.includes("content.too_complex") && value.includes("shell.injection"), value.join());
  });
  test("64 KB of a program or a document, and a long script, are not too complex where the argument is for such a thing", () => {
    const fill = (text: string): string => text.repeat(Math.ceil(65_536 / text.length)).slice(0, 65_536);
    const program = fill("export function total(lines) {\n  return lines.filter((line) => line.count > 0).reduce((sum, { price, count }) => sum + price * count, 0);\n}\n\n");
    // Of a script, whose every word may be a path or run something, a third of that.
    const script = fill("if [ -f \"$file\" ]; then\n  cp -- \"$file\" \"$target/$(basename \"$file\")\" && echo \"copied $file\"\nfi\n# Every file is copied once, with its name.\n").slice(0, 24_000);
    const prose = fill("The parcel left the warehouse on Tuesday; the driver will call before he comes (between 9 and 12), and nobody has to sign for it.\n\n");
    for (const [text, role] of [[program, "code"], [script, "shell"], [prose, "value"]] as const) assert.ok(!inspectContent(text, { role }).some(({ rule }) => rule === "content.too_complex"), role);
  });
  test("what is too deep to be followed is told of, as a document too", () => {
    const deep = `${"This is how people do it. ".repeat(40)}\n\n\n\n; x=${"$(".repeat(40)}`;
    assert.equal(inspectContent(`id ${"$(".repeat(40)}`).find(({ rule }) => rule === "content.too_complex")?.level, "block");
    assert.equal(inspectContent(deep, { role: "shell" }).find(({ rule }) => rule === "content.too_complex")?.level, "block");
  });
});

const soup = fc.array(fc.oneof(fc.constantFrom(...UNITS), fc.constantFrom("cat /etc/passwd", "SELECT 1", "http://a.example/", "union select 1,2", "rm -rf /", "x", " ", "=", "1"), fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 40 })
  .map((pieces) => pieces.join(""));

test("nothing throws; findings are known, lie in the text, and are the same twice", () => {
  const known = new Set(CATALOGUE.map(({ id }) => id));
  fc.assert(fc.property(soup, fc.constantFrom(...ROLES), (text, role) => {
    const findings = inspectContent(text, { role });
    for (const { rule, start, end, detail } of findings) {
      assert.ok(known.has(rule));
      assert.ok(start >= 0 && start <= end && end <= text.length, `${rule} at ${start}-${end} of ${text.length}`);
      assert.ok(detail.length < 200 && !/[\p{Cc}]/u.test(detail), detail);
    }
    assert.deepEqual(inspectContent(text, { role }), findings);
    assert.ok((inspectInto(text, { role })?.work ?? 0) <= PER_CHAR * text.length + BASE);
  }), { numRuns: 3000 });
});

test("the examples are found wherever spaces surround them, and never cost more than they may", () => {
  for (const { matches, role } of CATALOGUE) {
    for (const example of matches) {
      const { text, role: own } = typeof example === "string" ? { text: example, role } : example;
      assert.ok((inspectInto(text, { role: own })?.work ?? 0) <= PER_CHAR * text.length + BASE);
    }
  }
});

test("only the families that are asked for are looked for", () => {
  const text = "x'; DROP TABLE users; -- {{7*7}}";
  assert.deepEqual([...new Set(inspectContent(text, { kinds: ["template"] }).map(({ rule }) => rule))], ["template.probe"]);
  assert.ok(inspectContent(text, { kinds: ["sql"] }).every(({ rule }) => rule.startsWith("sql.")));
});

test("a finding says where it is, also in what had to be decoded", () => {
  const text = "report.pdf; cat /etc/hosts";
  const [finding] = inspectContent(text);
  assert.equal(finding && text.slice(finding.start, finding.end), "; cat /etc/hosts");
  const encoded = "x%27%20OR%201%3D1--";
  assert.deepEqual(inspectContent(encoded).map(({ rule, start, end }) => [rule, start, end]), [["sql.tautology", 0, encoded.length]]);
  const nested = "sh -c 'cat /etc/shadow'";
  const inner = inspectContent(nested, { role: "shell" })[0];
  assert.equal(inner && nested.slice(inner.start, inner.end), "'cat /etc/shadow'");
});

test("no regular expression of V8 can go back far: unbounded repetition only where the start is fixed", () => {
  const folder = join(ROOT, "processors/detection/content");
  const literal = /(?<=[(,=:?&|!\s])\/(?![/*\s])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([a-z]*)/g;
  let seen = 0;
  for (const file of globSync("**/*.ts", { cwd: folder }).filter((name) => !name.startsWith("rules/"))) {
    const code = readFileSync(join(folder, file), "utf8").split("\n").filter((line) => !/^\s*(?:\*|\/\*|\/\/)/.test(line)).join("\n");
    for (const [, source, flags] of code.matchAll(literal)) {
      seen++;
      const plain = (source as string).replaceAll(/\\./g, "x").replaceAll(/\[[^\]]*\]/g, "x");
      const fixed = plain.startsWith("^") || (flags as string).includes("y");
      const single = /^x[*+]$/.test(plain);
      assert.ok(fixed || single || !/[x).][*+]|\{\d+,\}/.test(plain), `${file}: /${source}/`);
    }
  }
  assert.ok(seen > 150, String(seen));
});
