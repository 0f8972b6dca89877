import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readEnvironment } from "../../instrumentation/environment.ts";
import { STORE_DEGRADED, STORE_DURATION } from "../../exporters/instruments.ts";
import { bareEnvironment, ROOT, runApp, temporaryFolder } from "../support/run.ts";

const POLICY = (more = ""): string => `spangate: 1\nname: p\ndefault: allow\nlimits:\n  rate: [{ id: calm, tool: search, max: 2, window: 1h }]\n${more}`;
type Told = { readonly answers: readonly string[]; readonly before: Readonly<Record<string, readonly { readonly attributes: object; readonly value: number }[]>> };

describe("the setting", () => {
  const store = (SPANGATE_LIMITS_STORE: string, more: NodeJS.ProcessEnv = {}): unknown => readEnvironment({ SPANGATE_LIMITS_STORE, ...more }).limitStore;
  test("is a URL, and 100 ms are waited where nobody says otherwise", () => {
    assert.deepEqual(store("redis://user:pass@store.example:6380/2"), { url: "redis://user:pass@store.example:6380/2", timeout: 100 });
    assert.deepEqual(store("rediss://[::1]", { SPANGATE_LIMITS_TIMEOUT: "40" }), { url: "rediss://[::1]", timeout: 40 });
    assert.equal(store(""), undefined);
  });
  for (const wrong of ["http://:secret-word@x", "redis://", "secret-word", "redis://:secret-word@x/db", "redis://:secret-word@x?db=1", "unix:///secret-word"]) {
    test(`${wrong} is none, and no part of it is shown`, () => assert.throws(() => store(wrong), (thrown: Error) => /SPANGATE_LIMITS_STORE=… is not valid/.test(thrown.message) && !/secret-word/.test(thrown.message)));
  }
  test("no time at all is none", () => assert.throws(() => store("redis://x", { SPANGATE_LIMITS_TIMEOUT: "0" }), /SPANGATE_LIMITS_TIMEOUT="0" is not valid/));
});

test("a client that is not installed ends the process with a line that says how to install it", () => {
  const folder = temporaryFolder();
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  // The package as it is installed, beside everything that it needs but this.
  for (const name of readdirSync(join(ROOT, "node_modules"))) if (!["@redis", "spangate"].includes(name)) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  cpSync(join(ROOT, "dist"), join(modules, "spangate/dist"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(modules, "spangate/package.json"));
  writeFileSync(join(folder, "app.cjs"), "console.log('ran')");
  const run = (env: object): { status: number | null; stdout: string; stderr: string } => spawnSync(process.execPath, ["--require", "spangate/register", "app.cjs"], { cwd: folder, encoding: "utf8", env: { ...bareEnvironment(), ...env } });
  const { status, stdout, stderr } = run({ SPANGATE_LIMITS_STORE: "redis://:secret-word@127.0.0.1:1/4" });
  assert.deepEqual([status, stdout], [1, ""]);
  assert.equal(stderr, "spangate: SG_LIMITS_STORE: the store of limits redis://127.0.0.1:1/4 cannot be used: the package @redis/client is not installed. npm install @redis/client.\n");
  assert.equal(run({}).stdout, "ran\n", "nobody else needs it");
});

describe("something that is no Redis", () => {
  const servers: readonly [name: string, server: () => Server][] = [
    ["nothing", () => createServer()],
    ["what closes every connection", () => createServer((socket) => socket.destroy())],
    ["a web server", () => createServer((socket) => socket.on("error", () => {}).on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")))],
    ["what answers nonsense", () => createServer((socket) => socket.on("error", () => {}).on("data", () => socket.write("%%%\r\n:abc\r\n$-5\r\n")))],
    ["what greets, and then says nothing of the kind", () => createServer((socket) => socket.on("error", () => {}).on("data", (part) => socket.write(/HELLO/.test(String(part)) ? "%1\r\n$5\r\nproto\r\n:3\r\n" : "*3\r\n:0\r\n:1\r\n$1\r\nx\r\n")))],
  ];
  for (const [name, make] of servers) {
    test(`${name} denies the calls, and the agent goes on and ends`, async () => {
      const server = make().listen(0, "127.0.0.1");
      await new Promise((done) => server.once("listening", done));
      const { port } = server.address() as { port: number };
      if (name === "nothing") await new Promise((done) => server.close(done));
      try {
        const run = await runApp("test/apps/limits.mjs", { policy: POLICY(), env: { SPANGATE_LIMITS_STORE: `redis://127.0.0.1:${port}`, SPANGATE_LIMITS_TIMEOUT: "20000" } });
        assert.equal(run.code, 0, run.stderr);
        const { answers, before } = run.json<Told>();
        assert.equal(answers.length, 3);
        for (const answer of answers) assert.match(answer, /the store of limits cannot be asked/);
        assert.match(run.stderr, /SG_LIMITS_STORE: the store of limits redis:\/\/127\.0\.0\.1:\d+ cannot be used: .+ `spangate doctor` tells more\.\n/);
        assert.deepEqual(before[STORE_DEGRADED.name], [{ attributes: {}, value: 1 }]);
        assert.deepEqual(before[STORE_DURATION.name]?.map(({ attributes, value }) => ({ attributes, value })), [{ attributes: { "spangate.store.outcome": "failed" }, value: 3 }]);
      } finally {
        server.close();
      }
    });
  }
  test("counts in the process where the policy says local", async () => {
    const run = await runApp("test/apps/limits.mjs", { policy: POLICY("  on_unavailable: local\n"), env: { SPANGATE_LIMITS_STORE: "redis://127.0.0.1:1" } });
    const { answers } = run.json<Told>();
    assert.deepEqual(answers.slice(0, 2), ["found", "found"]);
    assert.match(answers[2] ?? "", /rate limit calm: at most 2 calls in 3600 s per tool/);
  });
});

test("a synchronous tool cannot ask: it is denied, whatever the policy says of a store that is gone, and not counted", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "app.mjs"), `
    import { guardTool, guardToolSync } from "spangate";
    const attempt = (name) => { try { return guardToolSync(name, () => "ran")({}); } catch (thrown) { return thrown.message; } };
    const [limited, free] = [attempt("search"), attempt("other")];
    const search = guardTool("search", () => "ran");
    const later = [];
    for (let n = 0; n < 3; n++) later.push(await search({}).catch(() => "denied"));
    console.log(JSON.stringify({ limited, free, later }));`);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const run = await runApp(join(folder, "app.mjs"), { cwd: folder, policy: POLICY("  on_unavailable: local\n"), env: { SPANGATE_LIMITS_STORE: "redis://127.0.0.1:1" } });
  const { limited, free, later } = run.json<{ limited: string; free: string; later: string[] }>();
  assert.match(limited, /is synchronous, and an opinion would have to be waited for/);
  assert.equal(free, "ran");
  assert.deepEqual(later, ["ran", "ran", "denied"]);
});
