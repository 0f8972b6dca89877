import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { type Running, startAgent, until } from "../../dashboards/live.ts";
import { freePort } from "../../support/port.ts";
import { bareEnvironment, ROOT, temporaryFolder } from "../../support/run.ts";
import { spangate } from "../cli.ts";

const CLI = join(ROOT, "dist/cli.js");
const ENTER = "\u001b[?1049h";
const LEAVE = "\u001b[?1049l";

describe("spangate top", () => {
  let agent: Running;
  let url: string;
  let gone: string;

  before(async () => {
    const port = await freePort();
    gone = `http://127.0.0.1:${await freePort()}/metrics`;
    url = `http://localhost:${port}/metrics`;
    agent = startAgent({ OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: String(port) });
    await until(agent.stderr, async () => ((await (await fetch(url)).text()).includes("spangate_calls_total") ? true : undefined));
  });
  after(() => agent[Symbol.asyncDispose]());

  test("--once shows a running agent, without control of a terminal", () => {
    const { code, stdout } = spangate(["top", url, "--once", "--interval", "500ms"]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^spangate top {2}1 of 1 endpoint {2}\d\d:\d\d:\d\d\n/);
    assert.match(stdout, /^denied +[1-9][\d.]*\/s +\d+\.\d % +[\d,]+ in all$/m);
    assert.match(stdout, /^gate adds +p50 [\d.]+ (µs|ms) +p99 [\d.]+ (µs|ms)$/m);
    assert.match(stdout, /^enforcing +1 of 1$/m);
    assert.match(stdout, /^wipe +[1-9][\d.]*\/s +[1-9][\d.]*\/s +[\d,]+$/m);
    assert.match(stdout, /^no-wipe /m);
    assert.equal(stdout, stripVTControlCharacters(stdout));
    assert.deepEqual(stdout.split("\n").filter((line) => line.length > 80), []);
  });

  test("--json: endpoints are added up, one that is down is told of", () => {
    const { code, stdout } = spangate(["top", url, url.replace("localhost", "127.0.0.1"), gone, "--once", "--json", "--interval", "500ms"]);
    assert.equal(code, 0);
    const shown = JSON.parse(stdout) as { endpoints: { url: string; problem?: string }[]; calls: { rate: number; total: number }; denied: { total: number }; enforcing: object };
    assert.deepEqual(shown.endpoints.map(({ problem }) => problem), [undefined, undefined, "nobody listens there"]);
    assert.deepEqual(shown.enforcing, { yes: 2, of: 2 });
    assert.ok(shown.calls.rate > 0 && shown.denied.total > 0 && shown.denied.total < shown.calls.total);
  });

  test("nobody answers: told, and --once ends with 1", () => {
    const { code, stdout } = spangate(["top", gone, "--once"]);
    assert.equal(code, 1);
    assert.match(stdout, /0 of 1 endpoint[^]*down +http:\S+: nobody listens there/);
  });

  const strangers: readonly [what: string, status: number, body: string, says: RegExp][] = [["404", 404, "", /it answered 404/], ["a web page", 200, "<html>\n", /line 1: no name of a metric/], ["another program's metrics", 200, "up 1\n", /no metric of spangate there/]];
  for (const [what, status, body, says] of strangers) {
    test(`what answers with ${what} is told of`, async () => {
      const server = createServer((_request, response) => response.writeHead(status).end(body));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const child = spawn(process.execPath, [CLI, "top", `127.0.0.1:${(server.address() as AddressInfo).port}`, "--once"], { env: bareEnvironment() });
      let stdout = "";
      child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
      const code = await new Promise((resolve) => child.on("close", resolve));
      server.closeAllConnections();
      server.close();
      assert.equal(code, 1);
      assert.match(stdout, says);
    });
  }

  for (const args of [["ftp://x"], ["--interval", "5ms"], ["--interval", "soon"]]) {
    test(`${args.join(" ")} ends with 2 and one line`, () => {
      const { code, stderr } = spangate(["top", ...args]);
      assert.equal(code, 2);
      assert.match(stderr, /^spangate: SG_USAGE: [^\n]+\n$/);
    });
  }

  test("without a terminal, frames follow each other until nobody reads", () => {
    const { status, stdout } = spawnSync("/bin/sh", ["-c", `"${process.execPath}" "${CLI}" top "${url}" --json --interval 200ms | head -n 3`], { encoding: "utf8", env: bareEnvironment(), timeout: 60_000 });
    assert.equal(status, 0);
    const totals = stdout.trimEnd().split("\n").map((line) => (JSON.parse(line) as { calls: { total: number } }).calls.total);
    assert.equal(totals.length, 3);
    assert.ok((totals[2] as number) > (totals[0] as number));
  });

  /** Runs it in a terminal of its own; keys and resizing as `act` does it. What the terminal got, and whether its settings are as before. */
  async function inTerminal(act: (seen: () => string, press: (keys: string) => void, tty: () => string) => Promise<void>, target = url): Promise<{ output: string; isRestored: boolean; code: string }> {
    const folder = temporaryFolder();
    const inner = `stty cols 70 rows 30; tty > "${folder}/tty"; stty -g > "${folder}/before"; "${process.execPath}" "${CLI}" top "${target}" --interval 200ms; echo $? > "${folder}/code"; stty -g > "${folder}/after"`;
    const child = spawn("script", ["--quiet", "--command", inner, "/dev/null"], { env: { ...bareEnvironment(), TERM: "xterm-256color" } });
    let output = "";
    child.stdout.on("data", (part: Buffer) => (output += part.toString()));
    const closed = new Promise((resolve) => child.on("close", resolve));
    const text = (name: string): string => readFileSync(join(folder, name), "utf8").trim();
    await act(() => output, (keys) => child.stdin.write(keys), () => text("tty"));
    await closed;
    return { output, isRestored: text("before") === text("after"), code: text("code") };
  }
  const frames = (output: string): string[] => output.split("\u001b[H").slice(1).map(stripVTControlCharacters);
  const noScript = spawnSync("script", ["--version"]).error ? "SKIPPED: no `script` (util-linux)" : false;

  for (const [name, keys] of [["q", "q"], ["Ctrl-C", "\u0003"]] as const) {
    test(`${name} leaves the terminal as it was found`, { skip: noScript }, async () => {
      const { output, isRestored, code } = await inTerminal(async (seen, press) => {
        await until(seen, () => (frames(seen()).length >= 3 ? true : undefined));
        press(keys);
      });
      assert.equal(code, "0");
      assert.ok(isRestored, "the settings of the terminal");
      assert.equal(output.split(ENTER).length, 2);
      assert.ok(output.trimEnd().endsWith(`\u001b[?25h${LEAVE}`));
      assert.match(frames(output).at(-1) as string, /q ends[^]*denied +[1-9]/);
    });
  }

  test("a terminal that is resized gets frames of its size", { skip: noScript }, async () => {
    const { output } = await inTerminal(async (seen, press, tty) => {
      await until(seen, () => (frames(seen()).length >= 2 ? true : undefined));
      spawnSync("stty", ["-F", tty(), "cols", "38", "rows", "9"]);
      await until(seen, () => (frames(seen()).at(-2)?.split("\n").length === 9 ? true : undefined));
      press("q");
    });
    const lines = (frames(output).at(-2) as string).split("\n").map((line) => line.trimEnd());
    assert.deepEqual(lines.filter((line) => line.length > 38), []);
  });

  test("an endpoint that is down is shown and asked again", { skip: noScript }, async () => {
    const { output, code } = await inTerminal(async (seen, press) => {
      await until(seen, () => (frames(seen()).length >= 3 ? true : undefined));
      press("q");
    }, gone);
    assert.equal(code, "0");
    assert.match(frames(output).at(-1) as string, /0 of 1 endpoint[^]*nobody listens there/);
  });
});
