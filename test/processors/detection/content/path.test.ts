import assert from "node:assert/strict";
import { resolve } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { inspectContent } from "../../../../processors/detection/content/inspect.ts";
import { canonicalPath, placeUnder } from "../../../../processors/detection/content/path/canonical.ts";
import { decodePercent } from "../../../../processors/detection/content/path/decode.ts";
import { sensitivityOf } from "../../../../processors/detection/content/path/sensitive.ts";

const ROOTS = ["/srv/area", "/data"];

describe("a path is made canonical", () => {
  const paths: readonly (readonly [text: string, path: string, climbs: number])[] = [
    ["a/./b//c/../d", "a/b/d", 0], ["../a", "a", 1], ["a/../../b", "b", 1], ["/a/../../b", "/b", 2], ["..\\..\\x", "x", 2], ["C:\\Users\\..\\x", "c:/x", 1], ["%2e%2e%2fx", "x", 1], ["%252e%252e/x", "x", 1],
    ["%%32%65%%32%65/x", "x", 1], ["..%c0%afx", "x", 1], ["%c0%ae%c0%ae/x", "x", 1], ["..%u2215x", "x", 1], ["..\uff0fx", "x", 1], ["\u2025/x", "x", 1], ["..;/x", "x", 1], ["..2f..2fx", "x", 2],
    ["a\0b", "ab", 0], ["file:///etc/x", "/etc/x", 0], ["~/x", "~/x", 0], ["\\\\h\\s\\x", "/h/s/x", 0], ["\\\\?\\C:\\x", "c:/x", 0], ["", "", 0], [".", "", 0], ["/", "/", 0],
  ];
  for (const [text, path, climbs] of paths) {
    test(JSON.stringify(text), () => {
      const canonical = canonicalPath(text);
      assert.deepEqual([canonical.path, canonical.climbs], [path, climbs]);
    });
  }
});

describe("with roots, what matters is where a path leads", () => {
  const cases: readonly (readonly [text: string, full: string, inside: boolean])[] = [
    ["a.txt", "/srv/area/a.txt", true], ["../x", "/srv/x", false], ["../area/x", "/srv/area/x", true], ["../../data/x", "/data/x", true], ["/data/y", "/data/y", true],
    ["/data-evil/y", "/data-evil/y", false], ["/srv/area/../x", "/srv/x", false], ["../../../../../etc/passwd", "/etc/passwd", false], ["/", "/", false], [".", "/srv/area/", true],
  ];
  for (const [text, full, inside] of cases) test(text, () => assert.deepEqual(placeUnder(canonicalPath(text), { roots: ROOTS }), { full, inside }));
  test("a home folder is below no root", () => assert.equal(placeUnder(canonicalPath("~/x"), { roots: ["/"] }).inside, false));
  test("drives are compared as Windows does", () => assert.equal(placeUnder(canonicalPath("C:\\Work\\X\\a"), { roots: ["c:/work"] }).inside, true));
});

test("a link that leads out of the roots is found, and one that stays in is not", () => {
  const links: Readonly<Record<string, string>> = { "/srv/area/out": "/etc/ssl", "/srv/area/in": "/data/x" };
  const rules = (path: string): string[] => inspectContent(path, { role: "path", roots: ROOTS, realpath: (at) => links[at] }).map(({ rule }) => rule);
  assert.deepEqual(rules("out"), ["path.symlink"]);
  assert.deepEqual(rules("in"), []);
  assert.deepEqual(rules("not-there"), []);
  assert.deepEqual(inspectContent("../x", { role: "path", roots: ROOTS }).map(({ rule, level }) => [rule, level]), [["path.outside_root", "block"]]);
});

test("whatever leads out of its root is found, however it is written", () => {
  const separator = fc.constantFrom("/", "//", "\\", "%2f", "%2F", "%5c", "%252f", "%c0%af", "\uff0f", "\u2215", "/./", "%u2215");
  const dots = fc.constantFrom("..", "%2e%2e", ".%2e", "%252e%252e", "%c0%ae%c0%ae", "\u2025", "\uff0e\uff0e", "..;x");
  const name = fc.constantFrom("a", "b.txt", "docs", "area", "work", "etc", "%20", "x y");
  const part = fc.oneof({ arbitrary: name, weight: 2 }, { arbitrary: dots, weight: 3 });
  fc.assert(fc.property(fc.array(fc.tuple(part, separator), { minLength: 1, maxLength: 12 }), fc.boolean(), (parts, absolute) => {
    const text = (absolute ? "/srv/area/" : "") + parts.flat().join("");
    // What a lenient file system makes of it, by Node's own resolver.
    const plain = parts.map(([segment]) => (/^(?:\.|%2e|%252e|%c0%ae|\u2025|\uff0e)+(?:;x)?$/.test(segment) ? ".." : segment)).join("/");
    const real = resolve("/srv/area", plain);
    const outside = !ROOTS.some((root) => real === root || real.startsWith(`${root}/`));
    const blocked = inspectContent(text, { role: "path", roots: ROOTS }).some(({ level }) => level === "block");
    assert.ok(!outside || blocked, `${text} leads to ${real}`);
  }), { numRuns: 2000 });
});

test("a plain path below its root is never found, unless it names something sensitive", () => {
  const name = fc.stringMatching(/^[a-z0-9_-]{1,12}(?:\.[a-z]{1,4})?$/).filter((word) => sensitivityOf(word) === undefined && !/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/.test(word));
  fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), (names) => {
    const findings = inspectContent(names.join("/"), { role: "path", roots: ROOTS, kinds: ["path"] });
    assert.deepEqual(sensitivityOf(names.join("/")) ? [] : findings, []);
  }));
});

test("decoding goes on until nothing changes, and tells what no honest client writes", () => {
  const nested = "%2e".replace("%", "%25").replace("%", "%25");
  assert.deepEqual(decodePercent(nested), { text: ".", rounds: 3, unusual: false });
  assert.equal(decodePercent("%c0%af").unusual, true);
  assert.equal(decodePercent("%e2%82%ac 5%").text, "\u20ac 5%");
  fc.assert(fc.property(fc.string(), (text) => decodePercent(encodeURIComponent(text.toWellFormed())).text === decodePercent(text.toWellFormed()).text || text.includes("%")));
});
