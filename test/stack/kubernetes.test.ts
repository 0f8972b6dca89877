import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ROOT } from "../support/run.ts";

const SOURCE = join(ROOT, "test/stack/kubernetes");
/** The first build takes about three minutes of processor time, modules apart; this is in milliseconds. */
const PATIENCE = 900_000;
/** What go says when the machine, and not the program, is the reason. */
const NOT_HERE = /requires go >=|invalid go version|dial tcp|lookup |403 Forbidden|404 Not Found|connection refused|i\/o timeout/;

/** The program of test/stack/kubernetes, built when it is not there yet; or why it cannot be had. */
function program(): { readonly file: string; readonly skip: string | false } {
  const go = spawnSync("go", ["version"], { encoding: "utf8" });
  if (go.error) return { file: "", skip: loudly("SKIPPED: no Go (https://go.dev/dl; the version stands in test/stack/kubernetes/go.mod)") };
  const sources = ["go.mod", "go.sum", "main.go"].map((name) => readFileSync(join(SOURCE, name)));
  const folder = join(ROOT, ".stack/kubernetes");
  const file = join(folder, createHash("sha256").update(go.stdout).update(Buffer.concat(sources)).digest("hex").slice(0, 16));
  if (existsSync(file)) return { file, skip: false };
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync("go", ["build", "-o", `${file}.${process.pid}`, "."], { cwd: SOURCE, encoding: "utf8", timeout: PATIENCE, env: { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly -buildvcs=false -trimpath" } });
  if (status === 0) {
    renameSync(`${file}.${process.pid}`, file);
    return { file, skip: false };
  }
  if (NOT_HERE.test(stderr)) return { file: "", skip: loudly(`SKIPPED: the Go program cannot be built here: ${stderr.trim().split("\n").at(-1)}`) };
  throw new Error(`go build: ${stderr}`);
}

function loudly(line: string): string {
  process.stdout.write(`\n${"!".repeat(line.length)}\n${line}\n${"!".repeat(line.length)}\n`);
  return line;
}

const { file, skip } = program();
const run = (args: readonly string[], input: string): ReturnType<typeof spawnSync> & { stdout: string; stderr: string } => spawnSync(file, args, { input, encoding: "utf8" });
const hasKubectl = !spawnSync("kubectl", ["--help"]).error;
const PRELOAD = join(ROOT, "deploy/kubernetes/preload/preload.yaml");

describe("by the code of the Kubernetes API server", { skip }, () => {
  for (const [name, kinds] of [["agent", 7], ["preload", 2]] as const) {
    test(`deploy/kubernetes/${name} has no field that the API does not know`, { skip: hasKubectl ? false : loudly("SKIPPED: kubectl not found") }, () => {
      const { stdout } = spawnSync("kubectl", ["kustomize", join(ROOT, "deploy/kubernetes", name)], { encoding: "utf8" });
      const decoded = run(["decode"], stdout);
      assert.equal(decoded.status, 0, decoded.stderr);
      assert.equal(decoded.stdout.trim().split("\n").length, kinds);
      assert.match(run(["decode"], stdout.replace("metadata:", "metadat:")).stderr, /unknown field "metadat"/);
    });
  }

  const admit = (containers: string, annotations = "{}"): { name: string; env?: { name: string; value?: string }[]; image: string }[] => {
    const admitted = run(["admit", PRELOAD], `apiVersion: v1\nkind: Pod\nmetadata: { name: agent, annotations: ${annotations} }\nspec: { containers: [${containers}] }\n`);
    assert.equal(admitted.status, 0, admitted.stderr);
    return (JSON.parse(admitted.stdout) as { spec: { containers: ReturnType<typeof admit> } }).spec.containers;
  };
  const PRELOADED = { name: "NODE_OPTIONS", value: "--require=spangate/register" };

  test("a container without NODE_OPTIONS gets them, and keeps the rest", () => {
    assert.partialDeepStrictEqual(admit("{ name: a, image: i }, { name: b, image: j, env: [{ name: X, value: why }] }"), [{ name: "a", image: "i", env: [PRELOADED] }, { name: "b", image: "j", env: [{ name: "X", value: "why" }, PRELOADED] }]);
  });
  test("one with options of its own gets the preload in front of them", () => {
    assert.deepEqual(admit('{ name: a, image: i, env: [{ name: NODE_OPTIONS, value: "--max-old-space-size=64" }] }')[0]?.env, [{ name: "NODE_OPTIONS", value: "--require=spangate/register --max-old-space-size=64" }]);
  });
  test("one that has the preload stays as it is", () => {
    const env = [{ name: "NODE_OPTIONS", value: "--import spangate/register" }];
    assert.deepEqual(admit(`{ name: a, image: i, env: ${JSON.stringify(env)} }`)[0]?.env, env);
  });
  test("one that the annotation names runs no Node and is left alone", () => {
    const [a, b] = admit("{ name: a, image: i }, { name: proxy, image: i }", '{ "spangate.dev/not-node": "x,proxy" }');
    assert.deepEqual([a?.env, b?.env], [[PRELOADED], undefined]);
  });
});
