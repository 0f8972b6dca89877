import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { createRedisStore, type RedisStore, type RedisStoreOptions } from "../../processors/limits/redis-store.ts";
import { freePort } from "../support/port.ts";
import { bareEnvironment, PRELOAD, ROOT, temporaryFolder } from "../support/run.ts";

/** What `npm run stack` installs is found by a test that is run by itself, too. */
process.env["PATH"] = `${join(ROOT, ".stack/bin")}${delimiter}${process.env["PATH"]}`;

const PATIENCE = 20_000;

/** Why there is no Redis; said loudly, since nothing else proves what several processes may do together. */
export function missingRedis(): string | false {
  if (spawnSync("redis-server", ["--version"]).status === 0) return false;
  const reason = "SKIPPED: redis-server is not there (npm run stack -- install fetches it, or install redis)";
  process.stdout.write(`\n${"!".repeat(reason.length)}\n${reason}\n${"!".repeat(reason.length)}\n`);
  return reason;
}

/** A real server on a free port of the loopback. Nothing of it stays. */
export class Redis implements AsyncDisposable {
  readonly port: number;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  static async start(...args: string[]): Promise<Redis> {
    const server = new Redis(await freePort(), args);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = (this.#process = spawn("redis-server", ["--port", String(this.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", temporaryFolder(), ...this.#args], { stdio: ["ignore", "pipe", "inherit"] }));
    const ready = Promise.withResolvers<void>();
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => { if (/Ready to accept connections/i.test(line)) ready.resolve(); });
    child.once("exit", (code) => ready.reject(new Error(`redis-server ended with ${code}`)));
    ready.promise.catch(() => {});
    await ready.promise;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** A store of this process, with what it told. */
export function storeAt(url: string, more: Partial<RedisStoreOptions> = {}): RedisStore & Disposable & { readonly outcomes: string[]; readonly problems: string[] } {
  const outcomes: string[] = [];
  const problems: string[] = [];
  const store = createRedisStore({ url, timeout: PATIENCE, outside: (run) => run(), answered: (outcome) => outcomes.push(outcome), report: (problem) => problems.push(problem), ...more });
  return Object.assign(store, { outcomes, problems, [Symbol.dispose]: () => store.close() });
}

/** What an agent says of calls that it made at once. */
export interface Answer {
  readonly ran: number;
  /** The first denial. */
  readonly said?: string;
  readonly ms: number;
}

/** An agent that knows nothing of spangate, in a process of its own. */
export class Agent implements AsyncDisposable {
  readonly auditDir: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  stderr = "";

  constructor(policy: object, env: Readonly<Record<string, string>>) {
    const folder = temporaryFolder();
    this.auditDir = join(folder, "audit");
    writeFileSync(join(folder, "policy.yaml"), JSON.stringify({ spangate: 1, name: "shared", default: "allow", ...policy }));
    this.#child = spawn(process.execPath, [...PRELOAD, join(ROOT, "test/apps/langchain1/limits.mjs")], {
      cwd: ROOT, env: { ...bareEnvironment(), SPANGATE_POLICY: join(folder, "policy.yaml"), SPANGATE_AUDIT_DIR: this.auditDir, ...env }, stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stderr?.on("data", (part: Buffer) => (this.stderr += part.toString()));
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  async calls(count: number): Promise<Answer> {
    this.#child.stdin?.write(`${count}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the agent ended: ${this.stderr}`);
    return JSON.parse(value) as Answer;
  }

  /** Waits until it has said something on stderr, which comes another way than its answers. */
  async says(what: RegExp): Promise<void> {
    while (!what.test(this.stderr)) await setTimeout(20);
  }

  /** Ends its input; resolves with its exit code once it has ended by itself. */
  async end(): Promise<number | null> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, "exit");
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
