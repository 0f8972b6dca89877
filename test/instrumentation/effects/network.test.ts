import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { AuditRecord } from "../../../exporters/audit/record.ts";
import { OtlpBackend } from "../../support/otlp.ts";
import { ROOT, runApp, type RunResult, temporaryFolder } from "../../support/run.ts";

const APPS = "test/apps/effects";
/** A name that the calls may not reach, an address to which others resolve, and what they may. */
const NETWORK = { private: "allow", deny: ["localhost", "*.denied.test", "127.0.0.2"] };
const policy = (network: object | undefined, more: object = {}): string => JSON.stringify({ spangate: 1, name: "p", default: "allow", ...more, ...(network && { network }) });
const env = { NODE_EXTRA_CA_CERTS: join(ROOT, "test/fixtures/tls/certificate.pem") };

/** A policy that the application puts in force later. */
const OTHER = join(temporaryFolder(), "other.yaml");
writeFileSync(OTHER, policy({ private: "allow", deny: ["localhost", "127.0.0.1", "x.denied.test"] }));

type Effect = AuditRecord<"effect">;
const effectsOf = (run: RunResult): Effect[] => run.records().filter((record): record is Effect => record.t === "effect");
const told = (run: RunResult): string[] => effectsOf(run).map(({ rule, target, refused }) => `${refused ? "refused" : "noted"} ${target} by ${rule}`);

interface Attempt {
  readonly said: string | { readonly code?: string; readonly message: string; readonly stack: string };
  /** How often a server was reached meanwhile. */
  readonly reached: number;
}
type Attempts = Readonly<Record<string, Readonly<Record<"outside" | "allowed" | "denied", Attempt>>>>;

describe("a host that calls may not reach is reached from outside of a call, and from inside by no", async () => {
  const run = await runApp(`${APPS}/clients-app.mjs`, { policy: policy(NETWORK), env });
  const { clients, queries, lookups } = run.json<Readonly<Record<"clients" | "queries" | "lookups", Attempts>>>();
  /** The error of a WebSocket says nothing, by its specification. */
  const silent = new Set(["WebSocket"]);

  test("client is left out", () => {
    assert.deepEqual([clients, queries, lookups].map((each) => Object.keys(each).length), [27, 4, 3]);
  });
  for (const [group, servers, target] of [[clients, 1, "localhost"], [queries, 1, "secret.denied.test"], [lookups, 0, "secret.denied.test"]] as const) {
    for (const [client, { outside, allowed, denied }] of Object.entries(group)) {
      test(client, () => {
        assert.deepEqual([outside, allowed], [{ said: "reached", reached: servers }, { said: "reached", reached: servers }]);
        assert.equal(denied.reached, 0);
        assert.ok(typeof denied.said === "object");
        if (!silent.has(client)) {
          assert.equal(denied.said.code, "SG_DENIED");
          assert.match(denied.said.message, /is a host that calls may not reach$/);
          assert.equal(denied.said.stack, `Error: ${denied.said.message}`, "no stack of ours");
        }
        const decisions = run.records().filter((record): record is AuditRecord<"decision"> => record.t === "decision" && (record as AuditRecord<"decision">).args === JSON.stringify({ client }));
        assert.equal(decisions.length, 2);
        const effects = effectsOf(run).filter(({ decision }) => decisions.some(({ i }) => i === decision));
        assert.partialDeepStrictEqual(effects, [{ kind: "network", rule: "network.deny", target, refused: true, tool: "reach", trace: decisions[1]?.trace }]);
        assert.equal(effects.length, 1);
      });
    }
  }
});

test("an unchanged agent reaches what it may, whoever names the rest: the model, a redirect, or the tool itself", async () => {
  const app = "test/apps/ai7/reach.cjs";
  assert.deepEqual((await runApp(app, { nodeArgs: [] })).json()["reached"], ["127.0.0.1/moved", "127.0.0.1/plain", "localhost/model", "localhost/named", "localhost/news", "localhost/secret"]);
  const run = await runApp(app, { policy: policy(NETWORK) });
  assert.deepEqual(run.json(), {
    seen: ["page /plain", "Tool call denied by policy: localhost is a host that calls may not reach.", "TypeError: fetch failed", "TypeError: fetch failed"],
    reached: ["127.0.0.1/moved", "127.0.0.1/plain", "localhost/model"], text: "done",
  });
  const decisions = run.records().filter((record): record is AuditRecord<"decision"> => record.t === "decision");
  assert.deepEqual(decisions.map(({ tool, effect }) => `${effect} ${tool}`), ["allow read_page", "deny read_page", "allow read_page", "allow read_news"]);
  // Two calls at once: in whichever order they are refused.
  assert.deepEqual(new Set(effectsOf(run).map(({ decision, tool }) => `${tool} ${decisions.findIndex(({ i }) => i === decision)}`)), new Set(["read_news 3", "read_page 2"]));
});

interface Scenario {
  readonly name: string;
  readonly app: string;
  /** What the application says of it. */
  readonly says: object;
  /** What the log says of it. */
  readonly effects: readonly string[];
  readonly policy?: string;
}

const DENIED = "SG_DENIED";
const NAME = "refused localhost by network.deny";
const ADDRESS = "refused 127.0.0.2 by network.deny";
const MAPPED = "refused ::ffff:7f00:2 by network.deny";
const LOCAL = "refused <socket> by network.private";
const LOOPBACK = "refused 127.0.0.1 by network.deny";

const SCENARIOS: readonly Scenario[] = [
  { name: "a redirect is followed outside, and refused inside where it leaves the allowed hosts", app: "redirect", says: { said: DENIED, outside: "reached", reached: { http: 3 } }, effects: [NAME] },
  { name: "a redirect that the tool follows by itself is refused", app: "redirectByHand", says: { said: DENIED, reached: { http: 1 } }, effects: [NAME] },
  { name: "a name that resolves to another address the second time is refused then", app: "rebinding", says: { said: ["reached", DENIED], reached: { http: 1 } }, effects: [ADDRESS] },
  { name: "of several addresses only those that may be reached are tried", app: "severalAddresses", says: { said: ["reached", DENIED, DENIED], reached: { http: 1 } }, effects: [ADDRESS, MAPPED] },
  {
    name: "no spelling of a host gets by", app: "spellings",
    says: { said: Object.fromEntries(["http://0x7f.2", "http://2130706434", "http://127.2", "http://[::ffff:127.0.0.2]", "http://127.0.0.2.", "0x7f.2", "::ffff:7f00:2", "LOCALHOST", "localhost."].map((host) => [host, DENIED])), reached: {} },
    effects: [ADDRESS, ADDRESS, ADDRESS, MAPPED, ADDRESS, ADDRESS, MAPPED, NAME, NAME],
  },
  { name: "a connection that an agent keeps is of no use inside, and of use outside", app: "keptByAgent", says: { outside: "reached", said: DENIED, after: "reached", reached: { http: 2 } }, effects: [NAME] },
  { name: "a connection that an agent keeps is judged by its address too", app: "keptByAgentToAnAddress", says: { outside: "reached", said: DENIED, after: "reached", reached: { http: 2 } }, effects: [LOOPBACK] },
  { name: "a connection that a pool keeps is of no use inside, and of use outside", app: "keptByPool", says: { outside: "reached", said: DENIED, meanwhile: "reached", after: "reached", reached: { http: 3 } }, effects: [NAME] },
  { name: "a connection that a pool keeps is judged by its address too", app: "keptByPoolToAnAddress", says: { outside: "reached", said: DENIED, after: "reached", reached: { http: 2 } }, effects: [LOOPBACK] },
  { name: "a request from outside that waits for one from inside stays outside, in a pool", app: "waitingForAPool", says: { said: ["reached", "reached"], reached: { http: 2 } }, effects: [] },
  { name: "a request from outside that waits for one from inside stays outside, in an agent", app: "waitingForAnAgent", says: { said: ["reached", "reached"], reached: { http: 2 } }, effects: [] },
  { name: "a connection that fetch keeps is of no use inside, and of use outside", app: "keptByFetch", says: { outside: "reached", said: DENIED, after: "reached", reached: { http: 2 } }, effects: [NAME] },
  { name: "an HTTP/2 session that is open is of no use inside, and of use outside", app: "keptSession", says: { outside: "reached", said: DENIED, after: "reached", reached: { h2c: 2 } }, effects: [NAME] },
  { name: "an HTTP/2 session that is open is judged by its scheme too", app: "schemeOfSession", policy: policy({ private: "allow", schemes: ["https"] }), says: { said: [DENIED, DENIED, "reached"], reached: { h2: 1 } }, effects: ["refused http by network.scheme", "refused http by network.scheme"] },
  { name: "an HTTP/2 session that is being opened is of no use inside", app: "openingSession", says: { said: DENIED, outside: "reached", reached: { h2c: 1 } }, effects: [NAME] },
  { name: "a call from inside a call is inside", app: "nested", says: { said: DENIED, allowed: "reached", reached: { http: 1 } }, effects: [NAME] },
  { name: "what a processor asks of others while it judges a call inside a call is outside", app: "askingProcessor", says: { said: ["asked", DENIED], reached: { http: 2 } }, effects: [NAME] },
  { name: "work that a tool leaves running when it ends is inside", app: "leftRunning", says: { said: DENIED, reached: {} }, effects: [NAME] },
  {
    name: "a proxy that may be reached is asked for nothing that may not", app: "proxies",
    says: { connect: ["reached", DENIED], undiciConnect: ["reached", DENIED], undici: ["reached", DENIED], whole: ["reached", DENIED], proxyItself: DENIED, http2: ["reached", DENIED], reached: { tunnel: 3, http: 2, h2c: 1 } },
    effects: [NAME, NAME, NAME, NAME, NAME, NAME],
  },
  { name: "TLS over a tunnel is judged by the name that it asks for", app: "tunnels", says: { said: ["reached", DENIED], outside: "reached", reached: { tls: 2 } }, effects: [NAME] },
  { name: "TLS over a tunnel is judged by the name that it asks for, however tls was loaded", app: "tunnelsOfCommonJs", says: { said: ["reached", DENIED] }, effects: [NAME] },
  { name: "TLS over a socket that was handed over is judged by its address", app: "handedOver", says: { said: DENIED, reached: {} }, effects: [LOOPBACK] },
  { name: "another DNS server is judged like a host", app: "anotherResolver", says: { said: ["set", DENIED, DENIED, DENIED, DENIED], servers: ["127.0.0.1"] }, effects: [ADDRESS, MAPPED, ADDRESS, ADDRESS] },
  { name: "options that change while they are read are read once", app: "changingOptions", says: { said: "reached", reads: 1, reached: { tcp: 1 } }, effects: [] },
  { name: "a UDP socket that was connected outside is judged, and one that nobody listens to only loses what it sends", app: "datagrams", says: { said: DENIED, named: DENIED, reached: {} }, effects: [ADDRESS, LOOPBACK, LOOPBACK, NAME] },
  { name: "a datagram goes to the address that was judged, and not to what its name resolves to later", app: "namedDatagrams", says: { said: ["sent", DENIED, DENIED, DENIED], reached: { udp: 1 } }, effects: [ADDRESS, ADDRESS, ADDRESS] },
  { name: "a UDP socket with a lookup of its own goes to no other address", app: "lyingLookup", says: { said: ["sent", DENIED, "sent"], reached: { udp: 2 } }, effects: [ADDRESS] },
  { name: "a local socket is this machine: allowed where that is", app: "localSockets", policy: policy({ private: "allow" }), says: { said: ["reached", "reached", "reached"], outside: ["reached", "reached"], reached: { local: 4 } }, effects: [] },
  {
    name: "a local socket is this machine: refused where only public addresses are allowed", app: "localSockets", policy: policy({}), says: { said: [DENIED, DENIED, DENIED], outside: ["reached", "reached"], reached: { local: 2 } },
    effects: [LOCAL, LOCAL, LOCAL],
  },
  { name: "a policy that comes later is in force at once", app: "reloaded", policy: policy(undefined), says: { before: ["reached", false], said: DENIED, byName: DENIED, outside: "reached", reached: { http: 2 } }, effects: [NAME, "refused x.denied.test by network.deny"] },
  {
    name: "a policy that observes refuses nothing, and notes all of it", app: "everything", policy: policy(NETWORK, { mode: "observe" }), says: { said: ["reached", "reached", "reached", "reached", "answered"], reached: { http: 3, tcp: 1 } },
    effects: ["noted localhost by network.deny", ADDRESS.replace("refused", "noted")],
  },
  { name: "what is not among the allowed hosts is refused", app: "everything", policy: policy({ private: "allow", allow: ["127.0.0.1"] }), says: { said: [DENIED, DENIED, DENIED, DENIED, "answered"], reached: {} }, effects: ["refused localhost by network.allow", "refused both.test by network.allow"] },
  { name: "what is not among the schemes is refused", app: "everything", policy: policy({ private: "allow", schemes: ["https"] }), says: { said: [DENIED, DENIED, "reached", DENIED, "answered"], reached: { tcp: 1 } }, effects: ["refused http by network.scheme"] },
];

describe("inside of a call", () => {
  for (const { name, app, says, effects, policy: text = policy(NETWORK) } of SCENARIOS) {
    test(name, async () => {
      const run = await runApp(`${APPS}/scenarios.mjs`, { policy: text, args: [app, OTHER], env });
      assert.partialDeepStrictEqual(run.json(), says);
      if ("reached" in says) assert.deepEqual(run.json()["reached"], says.reached);
      assert.deepEqual(told(run).map((each) => each.replace(/ \S+\.sock /, " <socket> ")), effects);
      assert.equal(run.code, 0, run.stderr);
    });
  }

  test("an error is one of the API that was asked, comes once, and shows no stack", async () => {
    const { said } = (await runApp(`${APPS}/scenarios.mjs`, { policy: policy(NETWORK), args: ["errors"], env })).json<{ said: object[] }>();
    const message = "connect SG_DENIED: localhost is a host that calls may not reach";
    const error = { name: "Error", code: DENIED, syscall: "connect", hostname: "localhost", message, stack: `Error: ${message}` };
    assert.deepEqual(said, [error, error]);
  });

  test("what work left running does is written down as late", async () => {
    const run = await runApp(`${APPS}/scenarios.mjs`, { policy: policy(NETWORK), args: ["leftRunning"], env });
    const [outcome, effect] = run.records().filter(({ t }) => t === "outcome" || t === "effect");
    assert.partialDeepStrictEqual([outcome, effect], [{ t: "outcome", status: "ok" }, { t: "effect", late: true }]);
  });

  test("a call that goes on trying writes down so much and no more", async () => {
    const run = await runApp(`${APPS}/scenarios.mjs`, { policy: policy(NETWORK), args: ["manyHosts"], env });
    assert.equal(run.code, 0, run.stderr);
    const effects = effectsOf(run);
    assert.equal(effects.length, 100);
    assert.partialDeepStrictEqual(effects.at(-1), { target: "99.denied.test", last: true });
  });
});

describe("telemetry that is sent from inside of a call", () => {
  const backend = new OtlpBackend();
  let url: string;
  before(async () => {
    url = (await backend.start()).replace("127.0.0.1", "localhost");
  });
  after(() => backend.stop());

  test("arrives, of ours and of the application's, at a host that the call may not reach", async () => {
    const run = await runApp(`${APPS}/telemetry.mjs`, { policy: policy(NETWORK), env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_METRICS_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" } });
    assert.deepEqual(run.json(), { shipped: true, flushed: true, exported: [0, 0], own: 200, ownLog: 200, reached: DENIED }, run.stderr);
    assert.deepEqual(told(run), [NAME]);
    const names = backend.spans.map(({ name }) => name);
    for (const name of ["work", "more work", "execute_tool inner", "audit.decision", "audit.effect"]) assert.ok(names.includes(name), names.join());
  });
});

test("a domain that stands for no host keeps the process from starting", async () => {
  const said = async (deny: string): Promise<string> => {
    const { code, stderr } = await runApp(`${APPS}/clients-app.mjs`, { policy: policy({ deny: [deny] }), env });
    assert.equal(code, 1);
    return stderr;
  };
  assert.match(await said("https://evil.example/"), /^spangate: SG_POLICY_INVALID: \S+:1:\d+: network\.deny\.0: a domain or an address, without scheme, port and path/);
  assert.match(await said(".10.0.0.1"), /^spangate: SG_POLICY_INVALID: network\.deny: "\.10\.0\.0\.1" stands for no host/);
});
