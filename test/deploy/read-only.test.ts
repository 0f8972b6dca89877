import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { readRecords, ROOT, temporaryFolder } from "../support/run.ts";
import { imageSettings } from "./image.ts";

const CONTAINER = join(ROOT, "test/deploy/container");
const USER = 10_001;
const NAMESPACES = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];

/** Namespaces of its own, for root only: nobody else may become user 10001. */
function cannot(): string | false {
  const allowed = process.platform === "linux" && process.getuid?.() === 0 && spawnSync("unshare", [...NAMESPACES, "setpriv", "--reuid", `${USER}`, "true"]).status === 0;
  if (allowed) return false;
  const reason = "SKIPPED: no namespaces can be made here (root on Linux with unshare and setpriv can)";
  process.stdout.write(`\n${"!".repeat(reason.length)}\n${reason}\n${"!".repeat(reason.length)}\n`);
  return reason;
}

/** Node with these arguments where and as the Dockerfile has it: everything read-only but the volume and /tmp, no capability, user 10001. */
function start(t: TestContext, volume: string, args: readonly string[]) {
  const root = join(temporaryFolder(), "root");
  mkdirSync(root);
  const { env } = imageSettings();
  const child = spawn("unshare", [...NAMESPACES, "/bin/sh", join(CONTAINER, "run.sh"), root, CONTAINER, ROOT, volume, process.execPath, ...args], { cwd: "/", env: { PATH: process.env["PATH"] ?? "", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  // Also of a test that took too long: nothing is to run on. A change of user has undone what would end it with its parent.
  const kill = (): void => {
    for (const inner of innerOf(child)) process.kill(inner, "SIGKILL");
    child.kill("SIGKILL");
  };
  t.after(kill);
  let stderr = "";
  let stdout = "";
  const line = new Promise<string>((found) => child.stdout.on("data", (part: Buffer) => (stdout += part.toString()).includes("\n") && found(stdout)));
  child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => child.on("close", (code) => done({ code, stdout, stderr })));
  return {
    child, ended, line: () => Promise.race([line, ended.then(({ stderr: said }) => Promise.reject<string>(new Error(said)))]),
    async [Symbol.asyncDispose]() {
      kill();
      await ended;
    },
  };
}

/** What runs as process 1 in there, by its number out here; nothing where it has ended. */
function innerOf({ pid }: ChildProcess): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  return existsSync(list) ? readFileSync(list, "utf8").split(" ").filter(Boolean).map(Number) : [];
}

function emptyVolume(): string {
  const volume = join(temporaryFolder(), "volume");
  mkdirSync(volume);
  chmodSync(volume, 0o700);
  chownSync(volume, USER, USER);
  return volume;
}

describe("what the Dockerfile starts, with nothing but the volume and /tmp to write to, as user 10001 without a capability", { skip: cannot() }, () => {
  test("enforces and records, changes neither its code nor its policy, and ends in order when it is told to as process 1", async (t) => {
    const volume = emptyVolume();
    const { command } = imageSettings();
    await using container = start(t, volume, command);
    const { read, wipe, user, files, capabilities } = JSON.parse(await container.line()) as Record<string, any>;
    assert.deepEqual([read, wipe], ["text", "SG_DENIED"]);
    assert.deepEqual(user, [USER, USER, 1]);
    assert.deepEqual(Object.keys(files).filter((file) => files[file] === "written"), ["/tmp/new", "/var/lib/agent/new"]);
    for (const [name, value] of Object.entries(capabilities)) assert.match(value as string, name === "NoNewPrivs" ? /^1$/ : /^0+$/, name);

    // Unshare hands no signal on; its only child is process 1 in there, to which the kernel gives only signals that it handles.
    for (const inner of innerOf(container.child)) process.kill(inner, "SIGTERM");
    const { stderr } = await container.ended;
    const audit = join(volume, "audit");
    const records = readRecords(audit);
    assert.deepEqual(records.flatMap((record) => (record.t === "decision" ? [[record.tool, record.effect]] : [])), [["read", "allow"], ["wipe", "deny"]]);
    assert.equal(records.at(-1)?.t, "close", stderr);
    assert.deepEqual([statSync(audit).uid, statSync(audit).mode & 0o777], [USER, 0o700]);
  });

  test("has a doctor that finds nothing wrong", async (t) => {
    await using container = start(t, emptyVolume(), ["node_modules/spangate/dist/cli.js", "doctor"]);
    const { code, stdout, stderr } = await container.ended;
    assert.equal(code, 0, stdout + stderr);
  });

  test("does not start where the volume is one that it cannot write to", async (t) => {
    const volume = join(temporaryFolder(), "volume");
    mkdirSync(volume, { mode: 0o755 });
    await using container = start(t, volume, imageSettings().command);
    const { code, stderr } = await container.ended;
    assert.notEqual(code, 0);
    assert.match(stderr, /audit/);
  });
});
