import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createProgram } from "../../cli/main.ts";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";
import { auditWith, folderWith, spangate } from "./cli.ts";

const SHOP = `spangate: 1
name: shop
version: "2"
default: deny
rules:
  - { id: reads, tool: get_*, effect: allow }
  # money
  - { id: refunds, tool: refund, caller: { role: clerk }, arguments: { amount: { max: 100 } }, effect: allow }
`;

describe("the command line", () => {
  test("without a command prints its help and ends with 2", () => {
    const { code, stdout } = spangate([]);
    assert.equal(code, 2);
    assert.match(stdout, /Usage: spangate/);
  });
  for (const group of ["policy", "audit"]) {
    test(`${group} without a command does the same with its own`, () => {
      const { code, stdout, stderr } = spangate([group]);
      assert.deepEqual([code, stderr, stdout], [2, "", spangate([group, "--help"]).stdout]);
    });
  }
  test("a wrong command line names the help of its command", () => assert.match(spangate(["audit", "prune"]).stderr, /Run `spangate audit prune --help`\.\n$/));
  test("fits a terminal of 80 columns, every help of it", () => {
    const names = createProgram().commands.flatMap((command) => [[command.name()], ...command.commands.map((inner) => [command.name(), inner.name()])]);
    assert.ok(names.length >= 15);
    for (const name of [[], ...names]) {
      const { code, stdout } = spangate([...name, "--help"]);
      assert.equal(code, 0, name.join(" "));
      assert.deepEqual(stdout.split("\n").filter((line) => line.length > 80), [], name.join(" "));
    }
  });
  const wrong: readonly [args: readonly string[], says: RegExp][] = [
    [["vaildate"], /unknown command 'vaildate'.*Did you mean validate/], [["lint"], /missing required argument 'policy'/], [["verify", "x", "--jsno"], /unknown option '--jsno'.*Did you mean --json/],
    [["explain", "strict"], /either --call or --record/], [["dry-run", "strict", "--calls", "/nowhere"], /cannot read \/nowhere/], [["inspect", "/nowhere"], /cannot read \/nowhere/],
    [["explain", "strict", "--call", "{"], /--call: not JSON/], [["explain", "strict", "--call", '{"tool":"x","args":1}'], /unknown key "args"/], [["completion", "tcsh"], /Allowed choices are bash, zsh, fish/],
  ];
  for (const [args, says] of wrong) {
    test(`${args.join(" ")} ends with 2 and one line that says what to do`, () => {
      const { code, stderr, stdout } = spangate(args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, says);
      assert.match(stderr, /^spangate: SG_[^\n]*\n$/);
    });
  }
});

describe("validate", () => {
  const folder = folderWith({ "good.yaml": SHOP, "bad.yaml": `${SHOP}rulse: []\n` });
  test("names every policy, and what is wrong with which", () => {
    const { code, stdout } = spangate(["validate", "good.yaml", "bad.yaml"], folder);
    assert.equal(code, 1);
    assert.match(stdout, /^valid {2}good\.yaml: shop@2, enforce, 2 rules/m);
    assert.match(stdout, /^not valid {2}bad\.yaml\n {2}SG_POLICY_UNKNOWN_KEY: bad\.yaml:9:1: unknown key "rulse", did you mean "rules"\?/m);
  });
  test("as JSON", () => {
    const { ok, policies } = spangate(["validate", "good.yaml", "bad.yaml", "--json"], folder).json<{ ok: boolean; policies: { ok: boolean; digest?: string; code?: string }[] }>();
    assert.deepEqual([ok, policies.map((policy) => policy.ok), policies[1]?.code], [false, [true, false], "SG_POLICY_UNKNOWN_KEY"]);
    assert.match(policies[0]?.digest ?? "", /^[0-9a-f]{64}$/);
  });
});

describe("lint", () => {
  const LINTED = `spangate: 1
name: p
# who may do what
rules:
  - { id: no-shell, tool: "*shell*", effect: deny }   # people only
  - id: shell
    tool: run_shell
    effect: allow
  - { id: a, tool: x, effect: allow }
  - { id: b, tool: x, effect: allow }
  - { id: ask, tool: x, effect: approve }
  - { id: all, tool: "*", effect: allow }
  - { id: try, tool: y, effect: deny, mode: observe }
tools: { drop: { risk: critical } }
webhooks: [{ id: h, url: "https://h.example" }]
`;
  const rulesOf = (args: readonly string[], folder: string): string[] => spangate(["lint", "p.yaml", "--json", ...args], folder)
    .json<{ files: { findings: { rule: string; place: string }[] }[] }>().files[0]?.findings.map(({ rule, place }) => `${rule} ${place}`) ?? [];

  test("finds what it is for, with the place", () => {
    assert.deepEqual(rulesOf([], folderWith({ "p.yaml": LINTED })), [
      "unreachable p.yaml:6:5", "tie p.yaml:11:5", "tie p.yaml:12:5", "missing-default p.yaml:1:1", "not-enforced p.yaml:15:11",
      "redundant p.yaml:9:5", "redundant p.yaml:10:5", "dangerous p.yaml:6:5", "too-wide p.yaml:12:5", "still-observing p.yaml:13:45",
    ]);
  });
  test("--fix mends without touching anything else, until nothing is left to mend, and changes no decision", () => {
    const folder = folderWith({ "p.yaml": LINTED, "old.yaml": LINTED, "calls.jsonl": ["run_shell", "x", "y", "z", "drop"].map((tool) => JSON.stringify({ tool })).join("\n") });
    spangate(["lint", "--fix", "p.yaml"], folder);
    const mended = readFileSync(join(folder, "p.yaml"), "utf8");
    assert.equal(mended, LINTED.replace("name: p\n", "name: p\ndefault: deny\n").replace(/ {2}- id: shell\n.*\n.*\n/, "").replace(/.*id: [ab],.*\n/g, ""));
    assert.equal(spangate(["diff", "old.yaml", "p.yaml", "--calls", "calls.jsonl", "--json"], folder).json<{ totals: { newly_blocked: number; newly_allowed: number } }>().totals.newly_blocked, 0);
  });
  test("a dangerous action that is allowed without a condition", () => {
    const found = rulesOf([], folderWith({ "p.yaml": "spangate: 1\nname: p\ndefault: deny\nrules:\n  - { id: drops, tool: drop_all, effect: allow }\ntools: { drop_all: { risk: critical } }\n" }));
    assert.deepEqual(found, ["dangerous p.yaml:5:5"]);
  });
  test("a test on an argument that the schema of the tool does not know", () => {
    const policy = { spangate: 1, name: "p", default: "deny", tools: { pay: { arguments: { type: "object", properties: { amount: { type: "number" }, to: { type: "string" } } } } }, rules: [
      { id: "a", tool: "pay", effect: "deny", arguments: { amuont: { min: 100 } } }, { id: "b", tool: "pay", effect: "deny", when: "arguments.too == 'x' || arguments.amount > 5.0" }, { id: "c", tool: ["pay", "other"], effect: "deny", arguments: { x: 1 } },
    ] };
    const found = spangate(["lint", "p.yaml", "--json"], folderWith({ "p.yaml": policy })).json<{ files: { findings: { rule: string; message: string }[] }[] }>().files[0]?.findings;
    assert.deepEqual(found?.map(({ rule, message }) => `${rule} ${/argument (\w+).*mean (\w+)/.exec(message)?.slice(1).join(" ")}`), ["unknown-argument amuont amount", "unknown-argument too to"]);
  });
  test("a budget that pays for no call, and limits that only speak", () => {
    const folder = folderWith({ "p.yaml": `spangate: 1
name: p
default: allow
limits:
  rate: [{ id: r, max: 1, window: 1h, mode: observe }]
  budget:
    - { id: poor, max: 1.00 USD, cost: 1.01 USD, window: 1h }
    - { id: just, max: 1.00 USD, cost: 1.00 USD, window: 1h }
` });
    assert.deepEqual(rulesOf([], folder), ["never-fits p.yaml:7:40", "still-observing p.yaml:5:45"]);
  });
  test("a parent that is extended already", () => {
    const folder = folderWith({
      "root.yaml": "spangate: 1\nname: root\ndefault: allow\n", "mid.yaml": "spangate: 1\nname: mid\nextends: ./root.yaml\nmode: enforce\n",
      "p.yaml": "spangate: 1\nname: p\nextends:\n  - ./root.yaml\n  - ./mid.yaml\nrules: [{ id: d, tool: x, effect: deny }]\n",
    });
    assert.deepEqual(rulesOf([], folder), ["dead-extends p.yaml:4:5"]);
  });
  test("warnings fail only when asked", () => {
    const folder = folderWith({ "p.yaml": "spangate: 1\nname: p\n" });
    assert.deepEqual([spangate(["lint", "p.yaml"], folder).code, spangate(["lint", "p.yaml", "--strict"], folder).code], [0, 1]);
  });
});

describe("explain", () => {
  const folder = folderWith({ "shop.yaml": SHOP });
  const call = JSON.stringify({ tool: "refund", arguments: { amount: 500 }, roles: ["clerk"] });
  test("tells the rules, which decided, and what would change it", () => {
    const { code, stdout } = spangate(["explain", "shop.yaml", "--call", call], folder);
    assert.equal(code, 0);
    assert.match(stdout, /^refund: deny by default\n/);
    assert.match(stdout, /✗ {2}refunds +allow +shop +not arguments\.amount/);
    assert.match(stdout, /allow by refunds, if its arguments\.amount held/);
  });
  test("of a record of the audit log", () => {
    const audit = auditWith({ tool: "get_x", effect: "deny", rule: "old" }, { tool: "refund", args: '{"amount":5}', roles: ["clerk"], effect: "deny", rule: "old" });
    const { effect, rule, note } = spangate(["explain", "shop.yaml", "--audit", audit, "--record", "2", "--json"], folder).json();
    assert.deepEqual([effect, rule, note], ["allow", "refunds", "recorded: deny by old"]);
    assert.match(spangate(["explain", "shop.yaml", "--audit", audit, "--record", "99"], folder).stderr, /no decision record 99/);
    assert.match(spangate(["explain", "shop.yaml", "--audit", audit, "--record", "0"], folder).stderr, /no decision record 0 in .*: it is of type open;/);
  });
});

describe("dry-run and diff", () => {
  const folder = folderWith({
    "shop.yaml": SHOP, "open.yaml": "spangate: 1\nname: open\ndefault: allow\n",
    "calls.jsonl": `{"tool":"get_x"}\n\n{"tool":"refund","arguments":{"amount":5},"roles":["clerk"]}\n{"tool":"wipe"}\n`,
  });
  const audit = auditWith(
    { tool: "get_a", effect: "allow", rule: "old" }, { tool: "get_b", effect: "deny", rule: "old" }, { tool: "wipe", effect: "allow", rule: "old" },
    { tool: "refund", effect: "allow", rule: "old", args: '{"amount":"[REDACTED:x]"}', roles: ["clerk"] }, { tool: "refund", effect: "deny", rule: "old", args: '{"amo', cut: 5_000 },
  );
  test("tells per call and in total what a policy changes, and which rules matched nothing", () => {
    const { code, stdout } = spangate(["dry-run", "shop.yaml", "--calls", audit], folder);
    assert.equal(code, 1);
    assert.match(stdout, /- {2}wipe +allow → deny +default/);
    assert.match(stdout, /\+ {2}get_b +deny → allow +reads/);
    assert.match(stdout, /5 calls: 2 newly blocked, 1 newly allowed, 2 the same/);
    assert.match(stdout, /2 calls had arguments that the log keeps cut or redacted/);
    assert.match(stdout, /rules that matched nothing: refunds/);
  });
  test("as JSON", () => {
    const { totals, calls } = spangate(["dry-run", "shop.yaml", "--calls", audit, "--json"], folder).json<{ totals: object; calls: { change: string; lossy?: string }[] }>();
    assert.deepEqual(totals, { calls: 5, newly_blocked: 2, newly_allowed: 1, changed: 0, same: 2, new: 0, lossy: 2 });
    assert.deepEqual(calls.map(({ lossy }) => lossy), [undefined, undefined, undefined, "redacted", "cut"]);
  });
  test("of calls that nobody has decided yet", () => {
    const { code, stdout } = spangate(["dry-run", "shop.yaml", "--calls", "calls.jsonl", "--all"], folder);
    assert.equal(code, 0);
    assert.match(stdout, /3 calls: 3 decided/);
  });
  test("two policies on the same calls", () => {
    const { code, stdout } = spangate(["diff", "open.yaml", "shop.yaml", "--calls", "calls.jsonl"], folder);
    assert.equal(code, 1);
    assert.match(stdout, /3 calls: 1 newly blocked, 2 the same/);
    assert.equal(spangate(["diff", "shop.yaml", "shop.yaml", "--calls", "calls.jsonl"], folder).code, 0);
  });
  test("a line that is no call is named", () => {
    writeFileSync(join(folder, "broken.jsonl"), '{"tool":"a"}\n{"tol":"b"}\n');
    assert.match(spangate(["dry-run", "shop.yaml", "--calls", "broken.jsonl"], folder).stderr, /broken\.jsonl:2: tool: missing/);
  });
});

describe("test", () => {
  const suite = (expect: string): object => ({ suite: 1, policy: "./shop.yaml", cases: [{ name: "reading", call: { tool: "get_x" }, expect: "allow", rule: "reads" }, { call: { tool: "wipe" }, expect }] });
  const folder = folderWith({ "shop.yaml": SHOP, "suites/good.yaml": JSON.stringify(suite("deny"), null, 1).replace(/"suite"/, "suite").replaceAll("./shop", "../shop"), "bad.yaml": suite("allow") });
  test("a suite that holds", () => {
    const { code, stdout } = spangate(["test", "bad.yaml"], folder);
    assert.equal(code, 1);
    assert.match(stdout, /ok {6}reading/);
    assert.match(stdout, /failed {2}case 2: wipe: expected allow, found deny by default/);
    assert.match(stdout, /2 cases: 1 passed, 1 failed/);
  });
  test("with another policy than the one it names", () => {
    const { passed, failed, suites } = spangate(["test", "bad.yaml", "--policy", "read-only", "--json"], folder).json<{ passed: number; failed: number; suites: { policy: string }[] }>();
    assert.deepEqual([passed + failed, suites[0]?.policy], [2, "read-only"]);
  });
  test("a folder without a suite", () => assert.match(spangate(["test", "."], folderWith({ "p.yaml": SHOP })).stderr, /there is no suite in \./));
});

describe("suggest and init", () => {
  const refund = (amount: number): { tool: string; args: string; agent: string; roles: string[]; effect: string } => ({ tool: "refund", args: JSON.stringify({ amount, currency: "EUR" }), agent: "support", roles: ["clerk"], effect: "allow" });
  const audit = auditWith(...[5, 10, 20, 40, 80, 15].map(refund), { tool: "get_order", effect: "allow" }, { tool: "wipe", effect: "deny" });
  test("a policy that allows what was seen, within what was seen, and nothing else", () => {
    const folder = folderWith({});
    assert.equal(spangate(["suggest", audit, "-o", "p.yaml"], folder).code, 0);
    const { policy } = spangate(["suggest", audit, "--json"], folder).json<{ policy: { rules: object[] } }>();
    assert.deepEqual(policy.rules.find((rule) => "id" in rule && rule.id === "allow-refund"), {
      id: "allow-refund", tool: "refund", effect: "allow", agent: ["support"], caller: { role: ["clerk"] }, arguments: { amount: { max: 80 }, currency: { equals: "EUR" } },
    });
    const { totals } = spangate(["dry-run", "p.yaml", "--calls", audit, "--json"], folder).json<{ totals: Record<string, number> }>();
    assert.deepEqual([totals["newly_blocked"], totals["newly_allowed"]], [0, 0]);
    const beyond = JSON.stringify({ tool: "refund", agent: "support", roles: ["clerk"], arguments: { amount: 81, currency: "EUR" } });
    assert.equal(spangate(["explain", "p.yaml", "--call", beyond, "--json"], folder).json()["effect"], "deny");
    assert.match(spangate(["suggest", audit, "-o", "p.yaml"], folder).stderr, /is there already; --force/);
  });
  test("a first policy observes, extends the starter pack, and allows the tools that were seen", () => {
    const folder = folderWith({});
    assert.equal(spangate(["init", "--audit", audit], folder).code, 0);
    const told = spangate(["validate", "policy.yaml", "--json"], folder).json<{ ok: boolean; policies: { mode: string; layers: string[]; rules: number }[] }>();
    assert.deepEqual([told.ok, told.policies[0]?.mode, told.policies[0]?.layers], [true, "observe", ["starter", "my-agent"]]);
  });
  test("without an audit log it says how to get one", () => {
    const folder = folderWith({});
    spangate(["init"], folder);
    assert.match(readFileSync(join(folder, "policy.yaml"), "utf8"), /# No calls were found in \.spangate\/audit\. Run the service with --require spangate\/register/);
  });
});

test("who has read enough of the output ends the command without an error", (t) => {
  if (process.platform === "win32") return t.skip("SKIPPED: Windows has no sh");
  const audit = auditWith(...Array.from({ length: 2_000 }, () => ({ tool: "get_a" })));
  const { status, stdout, stderr } = spawnSync("sh", ["-c", `"$0" dist/cli.js inspect "${audit}" -n 0 --json | head -n 1`, process.execPath], { cwd: ROOT, env: bareEnvironment(), encoding: "utf8" });
  assert.deepEqual([status, stderr, stdout.split("\n").length], [0, "", 2]);
});

describe("inspect", () => {
  const audit = auditWith({ tool: "get_a", effect: "allow", rule: "reads", session: "s1" }, { tool: "wipe", effect: "deny", rule: "default", session: "s2" }, { tool: "get_b", effect: "allow", rule: "reads", shadow: "deny:trial" });
  test("filters by effect, tool, rule, session and type", () => {
    const tools = (...args: string[]): string[] => spangate(["inspect", audit, "--type", "decision", "--json", ...args]).stdout.trim().split("\n").filter(Boolean).map((line) => (JSON.parse(line) as { tool: string }).tool);
    assert.deepEqual(tools(), ["get_a", "wipe", "get_b"]);
    assert.deepEqual(tools("--effect", "deny"), ["wipe"]);
    assert.deepEqual(tools("--tool", "get_*"), ["get_a", "get_b"]);
    assert.deepEqual(tools("--rule", "reads", "--session", "s1"), ["get_a"]);
    assert.deepEqual(tools("-n", "1"), ["get_b"]);
    assert.deepEqual(tools("--since", "1h").length, 3);
  });
  test("looks where SPANGATE_AUDIT_DIR says", () => {
    const { stdout } = spawnSync(process.execPath, [join(ROOT, "dist/cli.js"), "inspect"], { cwd: temporaryFolder(), env: { ...bareEnvironment(), SPANGATE_AUDIT_DIR: audit }, encoding: "utf8" });
    assert.equal(stdout, spangate(["inspect", audit]).stdout);
  });
  test("shows a decision on one line", () => assert.match(spangate(["inspect", audit, "--tool", "get_b"]).stdout, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d #3 allow get_b by reads shadow deny:trial\n$/));
});

test("packs lists what is shipped, and shows it", () => {
  const { packs, registries } = spangate(["packs", "--json"]).json<{ packs: { name: string; about: string }[]; registries: { name: string; actions: number }[] }>();
  assert.ok(packs.length >= 6 && packs.every(({ about }) => about.length > 10), JSON.stringify(packs));
  assert.ok((registries.find(({ name }) => name === "kubernetes")?.actions ?? 0) >= 20);
  assert.match(spangate(["packs", "show", "kubernetes"]).stdout, /kubernetes\.pod\.delete/);
  assert.match(spangate(["packs", "show", "strict"]).stdout, /spangate: 1/);
});

test("packs manifest vouches for a registry, which is refused once a file has changed", () => {
  const actions = 'registry: 1\nname: mine\nversion: "1"\nactions:\n  - { id: mine.thing.do, title: Do it, match: { tool: do_it }, effect_class: write, risk: high, reversible: false }\n';
  const folder = folderWith({ "actions/mine.yaml": actions, "p.yaml": "spangate: 1\nname: p\nactions: ./actions\nrules: [{ id: r, action: mine.*, effect: deny }]\n" });
  assert.match(spangate(["validate", "p.yaml"], folder).stdout, /manifest\.json/);
  assert.equal(spangate(["packs", "manifest", "./actions"], folder).code, 0);
  assert.equal(spangate(["validate", "p.yaml"], folder).code, 0);
  writeFileSync(join(folder, "actions/mine.yaml"), actions.replace("high", "low"));
  assert.match(spangate(["validate", "p.yaml"], folder).stdout, /SG_REGISTRY_INTEGRITY: .*mine\.yaml/);
  writeFileSync(join(folder, "actions/mine.yaml"), actions);
  writeFileSync(join(folder, "actions/extra.yaml"), actions);
  assert.match(spangate(["validate", "p.yaml"], folder).stdout, /SG_REGISTRY_INTEGRITY: .*extra\.yaml.*the manifest does not name it/);
});

test("schema prints a JSON Schema of each kind of file", () => {
  for (const kind of [[], ["--registry"], ["--suite"]]) assert.match(String(spangate(["schema", ...kind]).json()["$schema"]), /2020-12/);
});

test("info shows settings, and of secrets that they are set", () => {
  const env = { ...bareEnvironment(), SPANGATE_VAULT_KEY: "c2VjcmV0", OTEL_EXPORTER_OTLP_HEADERS: "x-key=secret", OTEL_EXPORTER_OTLP_ENDPOINT: "https://me:secret@example.com/v1", SPANGATE_MODE: "observe", SPANGATE_LIMITS_STORE: "redis://:secret@x" };
  const { stdout } = spawnSync(process.execPath, [join(ROOT, "dist/cli.js"), "info", "--json"], { env, encoding: "utf8" });
  assert.deepEqual((JSON.parse(stdout) as { environment: object }).environment, { OTEL_EXPORTER_OTLP_ENDPOINT: "https://…@example.com/v1", OTEL_EXPORTER_OTLP_HEADERS: "(set)", SPANGATE_LIMITS_STORE: "(set)", SPANGATE_MODE: "observe", SPANGATE_VAULT_KEY: "(set)" });
});

test("info tells what is installed and what a policy is made of", () => {
  const { policy, regex, frameworks } = spangate(["info", "strict", "--json"]).json<{ policy: { name: string; digest: string }; regex: string; frameworks: object[] }>();
  assert.equal(policy.name, "strict");
  assert.match(regex, /^re2/);
  assert.ok(Array.isArray(frameworks));
  const { stdout } = spangate(["info", "strict"]);
  assert.match(stdout, /^ {2}files {2,}\d+ files? of spangate$/m);
  assert.deepEqual(stdout.split("\n").filter((line) => line.length > 80 && line.includes(", ")), []);
});

describe("completion", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    test(`${shell}: knows every command and its options`, () => {
      const { code, stdout } = spangate(["completion", shell]);
      assert.equal(code, 0);
      for (const command of createProgram().commands) assert.match(stdout, new RegExp(`\\b${command.name()}\\b`));
      assert.match(stdout, /calls/);
    });
  }
  test("bash completes commands and options", () => {
    const script = `${spangate(["completion", "bash"]).stdout}
      try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _spangate; echo "\${COMPREPLY[*]}"; }
      try spangate dry
      try spangate policy im
      try spangate lint --f
      try spangate inspect --effect d`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8", cwd: folderWith({}) });
    assert.equal(stderr, "");
    assert.deepEqual(stdout.trim().split("\n").slice(0, 3), ["dry-run", "import", "--fix"]);
  });
});
