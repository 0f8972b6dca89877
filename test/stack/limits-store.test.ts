import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { store as doctorStore } from "../../cli/doctor/store.ts";
import { definePolicy, type Invocation } from "../../policies/index.ts";
import { LimitProcessor } from "../../processors/limits/processor.ts";
import { ballotOf, type Opinion } from "../../processors/verdict.ts";
import { examine, told } from "../cli/doctor/context.ts";
import { freePort } from "../support/port.ts";
import { readRecords, ROOT } from "../support/run.ts";
import { Agent, missingRedis, Redis, storeAt } from "./redis.ts";

/* Real Redis servers, and agents in processes of their own: nothing of ours stands between. */

const skip = missingRedis();
const HOUR = "1h";
/** How long the store may take where this is not what is tested: these machines are busy. */
const UNHURRIED = { SPANGATE_LIMITS_TIMEOUT: "20000" };

const rate = (max: number, more: object = {}): object => ({ limits: { rate: [{ id: "calm", tool: "search", per: "global", max, window: HOUR, ...more }] } });
const call = (tool: string, more: Partial<Invocation> = {}): Invocation => ({ tool, arguments: {}, framework: "test", time: 0, ...more });
/** Until it is so; the test's own deadline ends it. */
async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await setTimeout(50);
}

describe("processes that share a store", { skip, timeout: 120_000 }, () => {
  test("share a rate: exactly max calls run in all of them together", async () => {
    await using redis = await Redis.start();
    await using agents = group(Array.from({ length: 3 }, () => new Agent(rate(10), { SPANGATE_LIMITS_STORE: redis.url, ...UNHURRIED })));
    const answers = await Promise.all(agents.all.map((agent) => agent.calls(8)));
    assert.equal(answers.reduce((sum, { ran }) => sum + ran, 0), 10);
    assert.match(answers.find(({ said }) => said)?.said ?? "", /rate limit calm: at most 10 calls in 3600 s per global/);
    // Nothing but the store is left open: they end by themselves.
    assert.deepEqual(await Promise.all(agents.all.map((agent) => agent.end())), [0, 0, 0]);
  });

  test("never overspend a budget, four processes with 100 calls each at once", async () => {
    await using redis = await Redis.start();
    const policy = { limits: { budget: [{ id: "money", max: "1.00 USD", cost: "0.01 USD", window: HOUR }] } };
    await using agents = group(Array.from({ length: 4 }, () => new Agent(policy, { SPANGATE_LIMITS_STORE: redis.url, ...UNHURRIED })));
    const answers = await Promise.all(agents.all.map((agent) => agent.calls(100)));
    assert.equal(answers.reduce((sum, { ran }) => sum + ran, 0), 100);
  });

  test("are denied in time while the server is frozen, and work again when it goes on", async () => {
    await using redis = await Redis.start();
    await using agent = new Agent(rate(1_000), { SPANGATE_LIMITS_STORE: redis.url, ...UNHURRIED, SPANGATE_LIMITS_TIMEOUT: "2000" });
    assert.equal((await agent.calls(1)).ran, 1);
    redis.signal("SIGSTOP");
    const { ran, said, ms } = await agent.calls(3);
    assert.equal(ran, 0);
    assert.match(said ?? "", /the store of limits did not answer within 2000 ms/);
    assert.ok(ms >= 1_900, `${ms}`);
    redis.signal("SIGCONT");
    await until(async () => (await agent.calls(1)).ran === 1);
    const denied = readRecords(agent.auditDir).find((record) => record.t === "decision" && record.effect === "deny");
    assert.ok(denied?.t === "decision" && denied.rule === "fail-closed" && denied.source === "rate_limit");
    await agent.says(/SG_LIMITS_STORE: the store of limits redis:\/\/127\.0\.0\.1:\d+ cannot be used: the store of limits did not answer within 2000 ms/);
  });

  test("are denied at once while the server is dead, and work again without a restart when it is back", async () => {
    await using redis = await Redis.start();
    await using agent = new Agent(rate(1_000), { SPANGATE_LIMITS_STORE: redis.url, ...UNHURRIED });
    assert.equal((await agent.calls(1)).ran, 1);
    await redis.kill();
    await until(async () => (await agent.calls(1)).ran === 0);
    assert.match((await agent.calls(1)).said ?? "", /the store of limits cannot be asked/);
    // It comes back empty, and has forgotten the script as well.
    await redis.start();
    await until(async () => (await agent.calls(1)).ran === 1);
    assert.equal(await agent.end(), 0);
  });

  test("count for themselves while it is gone, where the policy says local, and say so", async () => {
    await using redis = await Redis.start();
    const policy = { limits: { ...(rate(3) as { limits: object }).limits, on_unavailable: "local" } };
    await using agent = new Agent(policy, { SPANGATE_LIMITS_STORE: redis.url, ...UNHURRIED });
    assert.equal((await agent.calls(2)).ran, 2);
    await redis.kill();
    // What this process has let through while there was a store still counts: one is left.
    const { ran, said } = await agent.calls(4);
    assert.equal(ran, 1);
    assert.match(said ?? "", /rate limit calm/);
    const flags = readRecords(agent.auditDir).flatMap((record) => (record.t === "decision" ? [record.flags?.join() ?? ""] : []));
    assert.deepEqual(flags, ["", "", ...Array<string>(4).fill("limits:local")]);
  });

  test("that cannot reach it at their start deny what has a limit, run what has none, and end", async () => {
    const redis = await Redis.start();
    await redis.kill();
    await using limited = new Agent(rate(3), { SPANGATE_LIMITS_STORE: redis.url });
    assert.equal((await limited.calls(1)).ran, 0);
    await using free = new Agent(rate(3, { tool: "other" }), { SPANGATE_LIMITS_STORE: redis.url });
    assert.equal((await free.calls(1)).ran, 1);
    assert.deepEqual([await limited.end(), await free.end()], [0, 0]);
  });

  test("ask it although the network rules of the policy allow a tool no connection", async () => {
    await using redis = await Redis.start();
    await using agent = new Agent({ ...rate(2), network: { allow: ["nowhere.example"] } }, { SPANGATE_LIMITS_STORE: redis.url, ...UNHURRIED });
    assert.equal((await agent.calls(3)).ran, 2);
  });

  test("give the password and show it nowhere", async () => {
    await using redis = await Redis.start("--requirepass", "s3cret-word");
    await using agent = new Agent(rate(2), { SPANGATE_LIMITS_STORE: `redis://:s3cret-word@127.0.0.1:${redis.port}/3`, ...UNHURRIED });
    assert.equal((await agent.calls(3)).ran, 2);
    await using wrong = new Agent(rate(2), { SPANGATE_LIMITS_STORE: `redis://:other-word@127.0.0.1:${redis.port}`, ...UNHURRIED });
    assert.equal((await wrong.calls(1)).ran, 0);
    await wrong.says(/WRONGPASS/);
    assert.doesNotMatch(agent.stderr + wrong.stderr, /s3cret-word|other-word/);
  });
});

describe("the script", { skip, timeout: 120_000 }, () => {
  test("gives the same verdicts as the memory of a process, whatever the limits and the calls", async () => {
    await using redis = await Redis.start();
    using store = storeAt(redis.url);
    const kinds = fc.array(fc.record({
      kind: fc.constantFrom("rate", "budget"), tool: fc.constantFrom("*", "a", ["a", "b"]), per: fc.constantFrom("global", "tool", "session", "caller"),
      max: fc.integer({ min: 1, max: 6 }), cost: fc.constantFrom("0.1", "0.3", "1.000001"), mode: fc.constantFrom(undefined, undefined, "observe"),
    }), { minLength: 1, maxLength: 4 });
    const calls = fc.array(fc.record({ tool: fc.constantFrom("a", "b", "c"), session: fc.constantFrom(undefined, "s", "t"), caller: fc.constantFrom(undefined, "ann", "bob") }), { maxLength: 30 });
    await fc.assert(fc.asyncProperty(kinds, calls, fc.constantFrom("enforce", "observe"), async (limits, made, mode) => {
      const section = Object.groupBy(limits.map(({ kind, max, cost, mode: shadow, ...more }, index) => ({
        kind, ...more, id: `l${index}`, window: HOUR, ...(shadow && { mode: shadow }), ...(kind === "rate" ? { max } : { max: `${max} USD`, cost: `${cost} USD` }),
      })), ({ kind }) => kind) as Record<string, { kind?: string }[]>;
      for (const limit of Object.values(section).flat()) delete limit.kind;
      // A name of its own: what other runs have counted is not of this policy.
      const policy = definePolicy({ spangate: 1, name: randomUUID(), mode, limits: section });
      const [memory, shared] = [new LimitProcessor(policy), new LimitProcessor(policy, { store })];
      for (const each of made) {
        const here = memory.judge(call(each.tool, each)) as Opinion | undefined;
        assert.deepEqual(await shared.judge(call(each.tool, each)), here);
      }
      assert.deepEqual(shared.usage().map(({ usage }) => usage), memory.usage().map(({ usage }) => usage));
    }), { numRuns: 300 });
  });

  test("lets no more than max through in any stretch of the window, by the server's clock, and no less", async () => {
    await using redis = await Redis.start();
    using store = storeAt(redis.url);
    const [max, window] = [3, 150];
    const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate: [{ id: "r", per: "global", max, window: `${window}ms` }] } }), { store });
    const clock = async (): Promise<number> => {
      const [seconds, micros] = (await store.send(["TIME"])) as [string, string];
      return Number(seconds) * 1e3 + Number(micros) / 1e3;
    };
    /** Calls that passed: the script looked at its clock between the two times. */
    const passed: { from: number; to: number }[] = [];
    let refused = 0;
    for (let n = 0; n < 120; n++) {
      const from = await clock();
      const opinion = await processor.judge(call("x"));
      const to = await clock();
      if (opinion) {
        refused++;
        assert.ok(passed.filter((one) => one.to > from - window).length >= max, "refused, and there was room");
      } else {
        assert.ok(passed.filter((one) => one.from > to - window).length < max, "passed, and the window was full");
        passed.push({ from, to });
      }
      await setTimeout((n * 7) % 23);
    }
    assert.ok(refused > 0 && passed.length > max);
  });

  test("keeps no more than it needs, and nothing once the window is over; keys tell nothing of who calls", async () => {
    await using redis = await Redis.start();
    using store = storeAt(redis.url);
    const limits = { rate: [{ id: "r", per: "caller", max: 5, window: "2s" }], budget: [{ id: "b", max: "0.02 USD", cost: "0.000001 USD", window: "2s" }] };
    const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", mode: "observe", limits }), { store });
    for (let n = 0; n < 300; n++) await processor.judge(call("x", { caller: "jane@example.com" }));
    const keys = (await store.send(["KEYS", "*"])) as string[];
    assert.equal(keys.length, 2);
    for (const key of keys) assert.match(key, /^spangate:\{[0-9a-f]{16}\}:[0-9a-f]{64}$/);
    assert.equal(new Set(keys.map((key) => key.slice(0, 27))).size, 1, "one hash tag, so that a cluster keeps them together");
    const sizes = await Promise.all(keys.map((key) => store.send(["ZCARD", key])));
    assert.ok(sizes.includes(6), `five entries and their sum: ${sizes.join()}`);
    await until(async () => (await store.send(["DBSIZE"])) === 0);
  });

  test("counts many cheap calls in steps, and still exactly", async () => {
    await using redis = await Redis.start();
    using store = storeAt(redis.url);
    const [fits, batch] = [11_000, 500];
    const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { budget: [{ id: "b", max: "0.011 USD", cost: "0.000001 USD", window: HOUR }] } }), { store });
    let passed = 0;
    for (let made = 0; made < fits + batch; made += batch) {
      const opinions = await Promise.all(Array.from({ length: batch }, async () => processor.judge(call("x"))));
      passed += opinions.filter((opinion) => opinion === undefined).length;
    }
    assert.equal(passed, fits);
    const [key = ""] = (await store.send(["KEYS", "*"])) as string[];
    assert.ok(Number(await store.send(["ZCARD", key])) < 1_000, "one entry for each third of a second");
  });

  test("needs no more of the server than docs/limits.md asks for", async () => {
    await using redis = await Redis.start();
    const rule = /^ACL SETUSER (.*)$/m.exec(readFileSync(join(ROOT, "docs/limits.md"), "utf8"))?.[1] ?? "";
    {
      using admin = storeAt(redis.url);
      await admin.send(["ACL", "SETUSER", ...rule.split(" ")]);
    }
    const [user, password] = [rule.split(" ")[0], />(\S+)/.exec(rule)?.[1]];
    const url = `redis://${user}:${password}@127.0.0.1:${redis.port}`;
    using store = storeAt(url);
    for (const mode of ["enforce", "observe"]) {
      const limits = { rate: [{ id: "r", max: 1, window: "100ms" }], budget: [{ id: "b", max: "0.02 USD", cost: "0.000001 USD", window: "100ms" }] };
      const processor = new LimitProcessor(definePolicy({ spangate: 1, name: mode, mode, limits }), { store });
      for (let n = 0; n < 6; n++) {
        await processor.judge(call("x"));
        await setTimeout(20);
      }
      await setTimeout(100);
      await processor.judge(call("x"));
    }
    assert.deepEqual([...new Set(store.outcomes)], ["ok"], store.problems.join());
    await assert.rejects(store.send(["FLUSHALL"]), /NOPERM/);
    await assert.rejects(store.send(["GET", "other"]), /NOPERM/);
    assert.doesNotMatch(told(await examine(doctorStore, { SPANGATE_LIMITS_STORE: url })), /failed/);
  });

  test("asks with a hash and sends its text only where the server has not got it", async () => {
    await using redis = await Redis.start();
    using store = storeAt(redis.url);
    const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate: [{ id: "r", max: 2, window: HOUR }] } }), { store });
    assert.equal(await processor.judge(call("x")), undefined);
    await store.send(["SCRIPT", "FLUSH"]);
    assert.deepEqual([await processor.judge(call("x")), (await processor.judge(call("x")))?.rule], [undefined, "r"]);
    assert.match(String(await store.send(["INFO", "commandstats"])), /cmdstat_eval:calls=1,/);
  });

  test("does not count what is denied otherwise by then", async () => {
    await using redis = await Redis.start();
    using store = storeAt(redis.url);
    const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate: [{ id: "r", max: 1, window: HOUR }] } }), { store });
    const denied = call("x");
    const opinion = processor.judge(denied);
    ballotOf(denied).opinions.push({ effect: "deny", rule: "later" });
    assert.deepEqual([await opinion, await processor.judge(call("x")), (await processor.judge(call("x")))?.rule], [undefined, undefined, "r"]);
  });

  test("is late where the server is frozen, and not where this process was busy itself", async () => {
    await using redis = await Redis.start();
    using store = storeAt(redis.url, { timeout: 500 });
    const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate: [{ id: "r", max: 1_000, window: HOUR }] } }), { store });
    await processor.judge(call("x"));
    for (const turns of [0, 1, 2]) {
      const opinion = processor.judge(call("x"));
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      for (const end = performance.now() + 1_500; performance.now() < end;);
      assert.equal(await opinion, undefined);
    }
    redis.signal("SIGSTOP");
    assert.equal((await processor.judge(call("x")))?.reason, "the store of limits did not answer within 500 ms");
    assert.deepEqual([store.outcomes.at(-1), store.degraded], ["late", true]);
    redis.signal("SIGCONT");
    await until(async () => (await processor.judge(call("x"))) === undefined);
    assert.equal(store.degraded, false);
  });

  test("counts nothing, once the server goes on, of calls that nobody waits for any more", async () => {
    await using redis = await Redis.start();
    using store = storeAt(redis.url, { timeout: 200 });
    const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate: [{ id: "r", max: 1_000, window: HOUR }] } }), { store });
    await until(async () => (await processor.judge(call("x"))) === undefined);
    using asking = storeAt(redis.url);
    const [key = ""] = (await asking.send(["KEYS", "*"])) as string[];
    const before = await asking.send(["ZCARD", key]);
    redis.signal("SIGSTOP");
    const denied = await Promise.all(Array.from({ length: 50 }, async () => processor.judge(call("x"))));
    assert.ok(denied.every((opinion) => opinion?.rule === "fail-closed"));
    await setTimeout(1_500);
    redis.signal("SIGCONT");
    const asked = async (): Promise<number> => Number(/cmdstat_evalsha:calls=(\d+)/.exec(String(await asking.send(["INFO", "commandstats"])))?.[1]);
    await until(async () => (await asked()) > 50);
    assert.equal(await asking.send(["ZCARD", key]), before);
  });

  test("refuses nothing for a limit that is only observed, answered or not", async () => {
    const redis = await Redis.start();
    using store = storeAt(redis.url);
    const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate: [{ id: "r", max: 1, window: HOUR, mode: "observe" }] } }), { store });
    assert.equal(await processor.judge(call("x")), undefined);
    assert.deepEqual(await processor.judge(call("x")), { effect: "deny", rule: "r", mode: "observe", reason: "rate limit r: at most 1 calls in 3600 s per tool" });
    await redis.kill();
    assert.deepEqual(await processor.judge(call("x")), { effect: "deny", rule: "fail-closed", mode: "observe", reason: "the store of limits cannot be asked" });
  });

  test("and its answer are unreadable on the way, over TLS", async (context) => {
    const [certificate, key] = ["certificate.pem", "key.pem"].map((name) => join(ROOT, "test/fixtures/tls", name)) as [string, string];
    const redis = await Redis.start("--tls-port", "0", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no").catch((thrown: Error) => thrown);
    if (redis instanceof Error) return context.skip(`this redis-server was built without TLS: ${redis.message}`);
    await using server = redis;
    using admin = storeAt(server.url);
    const port = await freePort();
    await admin.send(["CONFIG", "SET", "tls-port", String(port)]);
    const env = { SPANGATE_LIMITS_STORE: `rediss://localhost:${port}`, ...UNHURRIED };
    await using trusting = new Agent(rate(2), { ...env, NODE_EXTRA_CA_CERTS: certificate });
    assert.equal((await trusting.calls(3)).ran, 2, trusting.stderr);
    await using wary = new Agent(rate(2, { id: "other" }), env);
    assert.equal((await wary.calls(1)).ran, 0);
    await wary.says(/SG_LIMITS_STORE.*certificate/);
  });

  test("that is answered by something else denies", async () => {
    await using redis = await Redis.start("--rename-command", "EVALSHA", "", "--rename-command", "EVAL", "");
    using store = storeAt(redis.url);
    const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate: [{ id: "r", max: 1, window: HOUR }] } }), { store });
    const opinion = await processor.judge(call("x"));
    assert.deepEqual([opinion?.effect, opinion?.rule, store.outcomes, store.degraded], ["deny", "fail-closed", ["failed"], true]);
    assert.match(store.problems[0] ?? "", /unknown command/i);
  });
});

describe("spangate doctor", { skip, timeout: 60_000 }, () => {
  const doctor = async (url: string, env: NodeJS.ProcessEnv = {}): Promise<string> => told(await examine(doctorStore, { SPANGATE_LIMITS_STORE: url, SPANGATE_LIMITS_TIMEOUT: "20000", ...env }));
  test("asks the store, counts in it, and tells its version and how far it is", async () => {
    await using redis = await Redis.start();
    assert.match(await doctor(redis.url), /^ok: (Redis|Valkey) \d+\.\d+\.\d+ at redis:\/\/127\.0\.0\.1:\d+\nok: the script that counts works\nok: it answers within [\d.]+ ms; a call waits 20,000 milliseconds at most\nok: it evicts nothing/);
    assert.match(await doctor(redis.url, { SPANGATE_LIMITS_TIMEOUT: "1" }), /answers within/);
  });
  test("warns of a server that throws away what was counted", async () => {
    await using redis = await Redis.start("--maxmemory-policy", "allkeys-lru");
    assert.match(await doctor(redis.url), /warning: its maxmemory-policy is allkeys-lru.*→ maxmemory-policy noeviction/);
  });
  test("names a wrong password, and does not show it", async () => {
    await using redis = await Redis.start("--requirepass", "right-word");
    const wrong = await doctor(`redis://:wrong-word@127.0.0.1:${redis.port}`);
    assert.match(wrong, /^failed: redis:\/\/127\.0\.0\.1:\d+ refuses user and password: WRONGPASS.*→ Mend them in SPANGATE_LIMITS_STORE/);
    assert.doesNotMatch(wrong, /wrong-word/);
    assert.match(await doctor(redis.url), /^failed: .* refuses user and password: NOAUTH/);
  });
  test("names a frozen server, and a user that may not run the script", async () => {
    await using redis = await Redis.start();
    {
      using admin = storeAt(redis.url);
      await admin.send(["ACL", "SETUSER", "poor", "on", ">word", "~*", "+hello", "+info"]);
    }
    assert.match(await doctor(`redis://poor:word@127.0.0.1:${redis.port}`), /^failed: .* does not let this user do what is needed: NOPERM.*→ docs\/limits\.md/);
    redis.signal("SIGSTOP");
    assert.match(await doctor(redis.url), /^failed: what answers at .* is no Redis that can be used: no greeting within/);
    redis.signal("SIGCONT");
  });
});

function group(all: readonly Agent[]): { readonly all: readonly Agent[] } & AsyncDisposable {
  return { all, async [Symbol.asyncDispose]() { await Promise.all(all.map((agent) => agent[Symbol.asyncDispose]())); } };
}
