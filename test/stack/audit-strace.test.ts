import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { realDisk } from "../../exporters/audit/disk.ts";
import { readRecords } from "../../exporters/audit/reader.ts";
import { listLogs } from "../../exporters/audit/segment.ts";
import { holdKey } from "../../exporters/audit/signer.ts";
import { readChain } from "../exporters/audit/crash/chain.ts";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";

/* Errors of system calls, put under the built package by strace: nothing of ours stands between. */

const HAS_STRACE = spawnSync("strace", ["-qq", "-e", "inject=sync:error=EIO", "true"]).status === 0;
if (!HAS_STRACE) process.stdout.write("test/stack/audit-strace: SKIPPED, strace is missing or may not trace here (apt-get install strace)\n");
const skip = !HAS_STRACE && "strace is missing or may not trace here";

interface Outcome {
  readonly said: string;
  /** For each call `ran`, or the code of its denial. */
  readonly calls: readonly string[];
  /** Calls whose tool ran. */
  readonly ran: readonly string[];
  readonly directory: string;
  /** What strace wrote. */
  readonly trace: string;
}

/** Runs the agent with the package as it is installed; strace counts calls per thread, so that there is one in the pool. */
function agent(inject: readonly string[], durability: string, { directory = join(temporaryFolder(), "audit"), calls = 6, pause = 0, paths = [] as readonly string[], trace = "" } = {}): Outcome {
  const folder = temporaryFolder();
  const policy = join(folder, "policy.yaml");
  const ran = join(folder, "ran");
  writeFileSync(policy, `spangate: 1\nname: strace\ndefault: allow\naudit: { mode: strict, durability: ${durability}, compress: none }\n`);
  writeFileSync(ran, "");
  const traced = trace ? ["strace", "-f", "-y", "-qq", "-o", join(folder, "trace"), "-e", `trace=${trace}`] : inject.length > 0 ? ["strace", "-f", "-qq", "-o", join(folder, "trace"), ...paths.flatMap((path) => ["-P", path]), ...inject.flatMap((one) => ["-e", `inject=${one}`])] : [];
  const [command = "", ...args] = [...traced, process.execPath, join(ROOT, "test/apps/audit-agent.mjs")];
  const { stdout, stderr, status } = spawnSync(command, args, {
    cwd: ROOT, encoding: "utf8", timeout: 60_000, env: { ...bareEnvironment(), UV_THREADPOOL_SIZE: "1", SPANGATE_AUDIT_DIR: directory, SPANGATE_POLICY: policy, RAN: ran, CALLS: String(calls), PAUSE: String(pause) },
  });
  assert.equal(status, 0, stderr);
  return { said: stderr, calls: JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as string[], ran: readFileSync(ran, "utf8").split("\n").filter(Boolean), directory, trace: trace ? readFileSync(join(folder, "trace"), "utf8") : "" };
}

/** Every call that ran has its decision in a log that holds. */
function holds({ calls, ran, directory }: Outcome): void {
  assert.equal(ran.length, calls.filter((call) => call === "ran").length);
  const decisions = [...readRecords(directory)].flatMap(({ record, value }) => (record.t === "decision" && typeof value === "object" ? [value.text] : []));
  for (const n of ran) assert.ok(decisions.includes(`{"n":${n}}`), `call ${n} ran, and no decision says so: ${decisions.join(" ")}`);
  for (const id of listLogs(realDisk, directory)) {
    const origin = readFileSync(join(directory, id, "origin"), "utf8").trim();
    assert.deepEqual(readChain(realDisk, join(directory, id), origin, holdKey(directory, {}).verifiers(origin)).problems, []);
  }
}

describe("the built package, when a system call fails", { skip }, () => {
  test("it works without", () => {
    const outcome = agent([], "disk");
    assert.deepEqual(outcome.calls, Array.from({ length: 6 }, () => "ran"));
    holds(outcome);
  });

  test("what a log cannot be read without is on the disk, with its name, before the first call runs", () => {
    const outcome = agent([], "disk", { trace: "fsync,fdatasync,write" });
    const lines = outcome.trace.split("\n");
    const ran = lines.findIndex((line) => /write\(\d+<[^>]*\/ran>/.test(line));
    const synced = lines.slice(0, ran).flatMap((line) => /(?:fsync|fdatasync)\(\d+<([^>]*)>/.exec(line)?.[1] ?? []).map((path) => path.slice(outcome.directory.length));
    for (const path of ["", "/keys", "/vault", `/${listLogs(realDisk, outcome.directory)[0]}`]) assert.ok(synced.includes(path), `the names in ${path || "the directory"} are not safe: ${synced.join(" ")}`);
    for (const path of [/^\/keys\/ed25519\.pem/, /^\/vault\/master\.key/, /\/segment\.new|\.log$/]) assert.ok(synced.some((one) => path.test(one)), `${path} is not safe: ${synced.join(" ")}`);
  });

  // A call or two, counted from the start of the process: the first ones make the log.
  for (const when of ["1", "2", "3", "4", "5", "6..8"]) {
    test(`fdatasync: EIO at ${when}`, () => {
      const outcome = agent([`fdatasync:error=EIO:when=${when}`], "disk", { pause: 120, calls: when.length > 1 ? 28 : 16 });
      assert.ok(outcome.calls.includes("SG_DENIED"), outcome.calls.join(" "));
      assert.match(outcome.said, /SG_AUDIT_UNWRITABLE.*EIO/);
      assert.equal(outcome.calls.at(-1), "ran", `it goes on afterwards\n${outcome.said}`);
      holds(outcome);
    });
  }

  for (const [error, durability] of [["ENOSPC", "os"], ["EIO", "os"], ["EDQUOT", "disk"]] as const) {
    test(`write to the segment: ${error}, durability ${durability}`, () => {
      const directory = join(temporaryFolder(), "audit");
      agent([], durability, { directory, calls: 2 });
      const [id] = listLogs(realDisk, directory);
      // A log that is there: its segment is written at once, and only it is made to fail.
      const outcome = agent([`write,pwrite64:error=${error}:when=3+`], durability, { directory, paths: [join(directory, id as string, "00000001-0.log")], calls: 8, pause: 120 });
      assert.ok(outcome.calls.includes("SG_DENIED"), outcome.calls.join(" "));
      assert.equal(outcome.calls.at(-1), "ran", `another segment takes it\n${outcome.said}`);
      holds(outcome);
      assert.ok(existsSync(join(directory, id as string, "00000001-0.log")));
    });
  }

  test("openat: EMFILE for everything of the log: every call is denied, and nothing runs", () => {
    const directory = join(temporaryFolder(), "audit");
    agent([], "os", { directory, calls: 1 });
    const [id] = listLogs(realDisk, directory);
    const folder = join(directory, id as string);
    const outcome = agent(["openat:error=EMFILE"], "os", { directory, paths: [folder, join(folder, "00000001-0.log"), join(folder, "head.json")] });
    assert.deepEqual(outcome.ran, []);
    assert.deepEqual(new Set(outcome.calls), new Set(["SG_DENIED"]));
    holds(agent([], "os", { directory }));
    assert.deepEqual(listLogs(realDisk, directory), [id], "the log was gone on with");
  });

  test("a disk that became read-only: every call is denied, and it goes on when it can be written again", () => {
    const directory = join(temporaryFolder(), "audit");
    agent([], "disk", { directory, calls: 1 });
    const [id] = listLogs(realDisk, directory);
    const outcome = agent(["write,pwrite64,fdatasync:error=EROFS", "rename:error=EROFS"], "disk", { directory, paths: [join(directory, id as string, "00000001-0.log"), join(directory, id as string, "segment.new")] });
    assert.deepEqual(outcome.ran, []);
    holds(agent([], "disk", { directory }));
  });

  test("a directory that cannot be made is said at once", () => {
    const outcome = agent(["mkdir:error=EROFS"], "os");
    assert.deepEqual(outcome.ran, []);
    assert.match(outcome.said, /SG_AUDIT_UNWRITABLE/);
  });
});
