import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/run.ts";

const SOURCE = join(ROOT, "test/stack/go");
/** Where the programs are kept once they are built; git ignores it. */
const BUILT = join(ROOT, ".stack/go");
/** The first build takes 100 seconds on two cores, modules and all; this is in milliseconds. */
const PATIENCE = 360_000;
/** What go says when the machine, and not the program, is the reason. */
const NOT_HERE = /requires go >=|invalid go version|unknown directive|dial tcp|lookup |403 Forbidden|404 Not Found|connection refused|i\/o timeout/;

export type GoTool = "verify" | "fsck" | "litewitness" | "agent";

/**
 * The way to each of the programs of test/stack/go, which are built when they are not there yet; or why they
 * cannot be had, which is also said loudly: without them nobody but ourselves has looked at the log.
 */
export function goTools(): ((tool: GoTool) => string) | string {
  const go = spawnSync("go", ["version"], { encoding: "utf8" });
  if (go.error) return loudly("skipped: no Go (https://go.dev/dl; the version stands in test/stack/go/go.mod)");
  const sources = globSync("{go.mod,go.sum,*/*.go}", { cwd: SOURCE }).sort().map((file) => readFileSync(join(SOURCE, file)));
  const folder = join(BUILT, createHash("sha256").update(go.stdout).update(Buffer.concat(sources)).digest("hex").slice(0, 16));
  const problem = existsSync(folder) ? undefined : build(folder);
  return problem === undefined ? (tool) => join(folder, tool) : loudly(problem);
}

/** Into a folder of its own that is renamed when it is complete: another test file may be building the same. */
function build(folder: string): string | undefined {
  mkdirSync(BUILT, { recursive: true });
  const unfinished = mkdtempSync(join(BUILT, "unfinished-"));
  try {
    // As go.sum has it and not otherwise, and with the toolchain that is here.
    const env = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly -buildvcs=false -trimpath" };
    const { status, stderr } = spawnSync("go", ["build", "-o", `${unfinished}/`, "./...", "tool"], { cwd: SOURCE, encoding: "utf8", timeout: PATIENCE, env });
    if (status === 0) {
      if (!existsSync(folder)) renameSync(unfinished, folder);
      return undefined;
    }
    if (NOT_HERE.test(stderr)) return `skipped: the Go programs cannot be built here: ${stderr.trim().split("\n").at(-1)}`;
    throw new Error(`go build: ${stderr}`);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function loudly(line: string): string {
  process.stdout.write(`\n${"!".repeat(line.length)}\n${line}\n${"!".repeat(line.length)}\n`);
  return line;
}
