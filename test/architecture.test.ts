import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, test } from "node:test";
import { ROOT } from "./support/run.ts";

/** Folder → what it may import of ours, as docs/decisions/0001-common-vocabulary.md has it. `@` stands for the root files. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "@": [],
  policies: ["@"],
  processors: ["@", "policies"],
  exporters: ["@", "policies"],
  instrumentation: ["@", "policies", "processors", "exporters"],
  dashboards: ["@", "exporters/instruments.ts"],
  cli: ["@", "policies", "processors", "exporters", "instrumentation"],
};
/** The root files that everyone may import; `index.ts` and `bundle.ts` only put things together. */
const COMMON = ["errors.ts", "names.ts", "read-file.ts", "say.ts", "sha256.ts"];
const LONGEST_FILE = 400;
const LONGEST_MEDIAN = 150;

const sources = globSync(["*.ts", "{policies,processors,exporters,instrumentation,dashboards,cli}/**/*.ts"], { cwd: ROOT });

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const imports: readonly Import[] = sources.flatMap((from) =>
  [...readFileSync(join(ROOT, from), "utf8").matchAll(/^(?:import|export)\s(type\s)?[^;]*?from "(\.[^"]+)";/gm)]
    .map(([, type, path]) => ({ from, to: relative(ROOT, join(ROOT, dirname(from), path as string)), typeOnly: type !== undefined })));

const folderOf = (file: string): string => (file.includes("/") ? (file.split("/")[0] as string) : "@");

test("imports point one way", () => {
  assert.ok(imports.length > 100);
  const wrong = imports.filter(({ from, to }) => {
    if (["index.ts", "bundle.ts"].includes(from) || folderOf(from) === folderOf(to)) return false;
    if (COMMON.includes(to)) return false;
    return !(ARROWS[folderOf(from)] ?? []).some((allowed) => to === allowed || to.startsWith(`${allowed}/`));
  });
  assert.deepEqual(wrong, []);
});

test("there are no circles", () => {
  const edges = Map.groupBy(imports.filter(({ typeOnly }) => !typeOnly), ({ from }) => from);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), [...path, file].join(" -> "));
    if (done.has(file)) return;
    for (const { to } of edges.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
});

test("only load.ts of policies/ touches the disk, and nothing of it knows OpenTelemetry", () => {
  for (const file of sources.filter((path) => path.startsWith("policies/"))) {
    const text = readFileSync(join(ROOT, file), "utf8");
    assert.doesNotMatch(text, /@opentelemetry/, file);
    if (file !== "policies/load.ts") assert.doesNotMatch(text, /"node:(?:fs|http|net|child_process)/, file);
  }
});

describe("size", () => {
  const lengths = sources.map((file) => [file, readFileSync(join(ROOT, file), "utf8").split("\n").length] as const);
  test(`no file is longer than ${LONGEST_FILE} lines`, () => assert.deepEqual(lengths.filter(([, length]) => length > LONGEST_FILE), []));
  test(`the median is below ${LONGEST_MEDIAN}`, () => {
    const sorted = lengths.map(([, length]) => length).toSorted((a, b) => a - b);
    assert.ok((sorted[sorted.length >> 1] as number) < LONGEST_MEDIAN);
  });
});

test("every error code is used, and documented", () => {
  const text = sources.filter((file) => file !== "errors.ts").map((file) => readFileSync(join(ROOT, file), "utf8")).join("\n");
  const docs = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
  const codes = [...readFileSync(join(ROOT, "errors.ts"), "utf8").matchAll(/^ {2}(SG_\w+):/gm)].map(([, code]) => code as string);
  assert.ok(codes.length > 10);
  for (const code of codes) {
    assert.ok(text.includes(`"${code}"`), `${code} is thrown nowhere`);
    assert.ok(docs.includes(`## ${code}`), `${code} is not in docs/errors.md`);
  }
});
