import { createRequire } from "node:module";
import { messageOf, SpangateError } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";
import { CLIENT, RedisConnection } from "./redis-connection.ts";
import { readAnswer, SCRIPT, scriptArguments } from "./script.ts";
import type { Counted, LimitStore, Told } from "./store.ts";

/** How long after its deadline a request may still be counted by a server that was held up, in milliseconds. Clocks drift apart between two requests. */
const GRACE = 1_000;
/** How long the first calls of a process wait until it has reached the server or failed to, in milliseconds. */
const FIRST_CONNECTION = 2_500;

export interface RedisStoreOptions {
  readonly url: string;
  /** How long an answer may take, in milliseconds. */
  readonly timeout: number;
  /** Runs what is no part of the call that is judged. */
  readonly outside: <T>(run: () => T) => T;
  /** Told of every request. */
  readonly answered?: (outcome: "ok" | "late" | "failed", seconds: number) => void;
  /** Told of what is wrong, for the operator. */
  readonly report?: (problem: string) => void;
  /** Told why there is no connection, at every attempt. */
  readonly lost?: (error: Error) => void;
}

/** A Redis or Valkey server in which processes count together. */
export interface RedisStore extends LimitStore {
  /** Begins to connect: the first call is to find a connection. */
  connect(): void;
  /** Any other command. */
  send(args: readonly string[]): Promise<unknown>;
  close(): void;
}

/** @throws SpangateError SG_LIMITS_STORE where the client is not installed */
export function createRedisStore(options: RedisStoreOptions): RedisStore {
  try {
    createRequire(import.meta.url).resolve(CLIENT);
  } catch {
    throw problemOf(options.url, `the package ${CLIENT} is not installed`, `npm install ${CLIENT}.`);
  }
  return new Store(options);
}

/** Where the store is, without user and password. */
export function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

class Store implements RedisStore {
  readonly #options: RedisStoreOptions;
  readonly #connection: RedisConnection;
  /** Of the script, and of this process; not made before a call asks, since most processes never do. */
  #names: { readonly hash: string; readonly id: string } | undefined;
  #calls = 0;
  /** How far the server's clock is ahead of ours, in microseconds, or less: by the last answer. */
  #ahead: number | undefined;
  degraded = false;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#connection = new RedisConnection({ ...options, greeting: ["SCRIPT", "LOAD", SCRIPT], lost: (error) => (options.lost ? options.lost(error) : this.#report(error)) });
  }

  connect(): void {
    this.#connection.connect();
  }

  close(): void {
    this.#connection.close();
  }

  async send(args: readonly string[]): Promise<unknown> {
    await this.#connected();
    return await this.#options.outside(() => this.#connection.send(args));
  }

  async judge(policy: string, windows: readonly Counted[], observing: boolean): Promise<Told> {
    await this.#connected();
    const started = performance.now();
    const { timeout, answered } = this.#options;
    let outcome: "ok" | "late" | "failed" = "failed";
    try {
      let told = await this.#count(policy, windows, observing, this.#ahead);
      // The server's clock was set on, and no longer is what we thought.
      if (!told) told = await this.#count(policy, windows, observing, undefined);
      if (!told) throw new Error("the server finds every call too late");
      outcome = told === LATE ? "late" : "ok";
      if (told !== LATE) return told;
    } catch (thrown) {
      outcome = "failed";
      this.#report(thrown);
      throw new Error("the store of limits cannot be asked", { cause: thrown });
    } finally {
      this.degraded = outcome !== "ok";
      answered?.(outcome, (performance.now() - started) / 1_000);
    }
    this.#connection.doubt();
    const late = `the store of limits did not answer within ${timeout} ms`;
    this.#report(new Error(late));
    throw new Error(late);
  }

  /** Or has failed to: only the first attempt is waited for. */
  async #connected(): Promise<void> {
    this.connect();
    const { opening } = this.#connection;
    if (opening) await within(FIRST_CONNECTION, opening);
  }

  /** Undefined where the server found it too late to count. */
  async #count(policy: string, windows: readonly Counted[], observing: boolean, ahead: number | undefined): Promise<Told | typeof LATE | undefined> {
    const { hash, id } = (this.#names ??= named());
    const sent = performance.now();
    const last = ahead === undefined ? 0 : Math.ceil((sent + this.#options.timeout + GRACE) * 1_000 + ahead);
    const answer = await this.#ask(hash, scriptArguments(sha256(policy, "hex").slice(0, 16), windows, `${id}:${this.#calls++}`, observing, last));
    if (answer === LATE) return LATE;
    const { now, told } = readAnswer(answer, windows.length);
    this.#ahead = now - sent * 1_000;
    return told;
  }

  async #ask(hash: string, args: readonly string[]): Promise<unknown> {
    const { timeout } = this.#options;
    try {
      return await within(timeout, this.send(["EVALSHA", hash, ...args]));
    } catch (thrown) {
      // Its scripts were flushed. This sends it, and it is known again.
      if (!messageOf(thrown).startsWith("NOSCRIPT")) throw thrown;
      return await within(timeout, this.send(["EVAL", SCRIPT, ...args]));
    }
  }

  #report(thrown: unknown): void {
    // No connection: why there is none was told when it was lost.
    const problem = textOf(thrown);
    if (problem !== "there is no connection") this.#options.report?.(problemOf(this.#options.url, problem, "Calls that a rate or budget applies to are denied, or counted in each process (limits.on_unavailable). `spangate doctor` tells more.").line);
  }
}

/** Some errors of sockets, and those of a client that is closed, have no message. */
export function textOf(thrown: unknown): string {
  return messageOf(thrown) || (thrown as NodeJS.ErrnoException).code || "the connection was closed";
}

const LATE = Symbol("late");

/**
 * What a promise comes to, or that it is late: by the store, and not because this process was busy itself. The timer keeps
 * the process alive, as a connection does not.
 */
function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | typeof LATE> {
  const { promise: late, resolve } = Promise.withResolvers<typeof LATE>();
  let timer: NodeJS.Timeout | undefined;
  // The client writes in the next turn, and so the time begins then. The answer may be here and unread when it is over: input comes after timers, and before what is immediate.
  const begin = setImmediate(() => (timer = setTimeout(() => setImmediate(resolve, LATE), milliseconds)));
  promise.catch(() => {});
  return Promise.race([promise, late]).finally(() => {
    clearImmediate(begin);
    clearTimeout(timer);
  });
}

function named(): { readonly hash: string; readonly id: string } {
  const crypto = process.getBuiltinModule("node:crypto");
  // What Redis calls a script by.
  return { hash: crypto.createHash("sha1").update(SCRIPT).digest("hex"), id: crypto.randomUUID() };
}

function problemOf(url: string, problem: string, remedy: string): SpangateError {
  return new SpangateError("SG_LIMITS_STORE", { store: placeOf(url), problem, remedy });
}
