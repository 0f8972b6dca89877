import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { INTERNAL, VARIABLE_NAMES } from "../instrumentation/environment.ts";
import { ROOT } from "./support/run.ts";

const FILES = ["README.md", "CHANGELOG.md", "docs/**/*.md", "dashboards/*.md", "examples/*/README.md", "bench/*.md", "deploy/**/*.md"].flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** Without code, in which nothing is a link or a heading. */
const prose = (file: string): string => read(file).replace(/^( *)(`{3,})[^]*?^\1\2$/gm, "");

/** The anchors that a forge gives to headings: repeated ones get a number. */
function anchorsOf(file: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(Array.from(prose(file).matchAll(/^#{1,6} +(.+?) *$/gm), ([, heading]) => {
    const slug = (heading as string).replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  }));
}

describe("links that lead nowhere", () => {
  for (const file of FILES) {
    test(`there is none in ${file}`, () => {
      const links = Array.from(prose(file).replace(/`[^`\n]*`/g, "").matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)/gm), ([, one, two]) => (one ?? two) as string);
      const broken = links.filter((link) => !/^[a-z]+:/.test(link)).filter((link) => {
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? file : join(dirname(file), path);
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && (statSync(join(ROOT, target)).isDirectory() || (target.endsWith(".md") && !anchorsOf(target).has(anchor)));
      });
      assert.deepEqual(broken, []);
    });
  }
});

describe("variables of the environment", () => {
  const told = FILES.filter((file) => file === "README.md" || /^(docs|dashboards)\//.test(file)).map((file) => [file, read(file)] as const);
  const known = VARIABLE_NAMES;

  test("each of ours is documented", () => assert.deepEqual(known.filter((name) => name.startsWith("SPANGATE_") && !told.some(([, text]) => new RegExp(`\\b${name}\\b`).test(text))), []));

  test("each of OpenTelemetry's is documented, by its name or as one of a family (`…_TIMEOUT`)", () => {
    const family = (name: string): string => /^OTEL_EXPORTER_OTLP(?:_TRACES|_LOGS|_METRICS)?(_[A-Z]+)$/.exec(name)?.[1] ?? name;
    assert.deepEqual(known.filter((name) => !told.some(([, text]) => new RegExp(`(?:\\b${name}|…(?:_(?:TRACES|LOGS|METRICS))?${family(name)})\\b`).test(text))), []);
  });

  test("none is documented that does not exist", () => {
    const strange = told.flatMap(([file, text]) => Array.from(text.matchAll(/\bSPANGATE_[A-Z_]*[A-Z]\b/g), ([name]) => name).filter((name) => !known.includes(name) && !INTERNAL.has(name)).map((name) => `${file}: ${name}`));
    assert.deepEqual(strange, []);
  });
});
