/**
 * A log on a {@link SimDisk} under a clock that only the test moves, and what was promised of it so far.
 *
 * @module
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach } from "node:test";
import { decision, OPENING } from "../../../support/records.ts";
import { SimDisk } from "../../../support/sim-disk.ts";
import { AuditLog, type LogOptions } from "../../../../exporters/audit/log.ts";
import type { Kept, Safety } from "../../../../exporters/audit/safety.ts";
import type { KeyHolder } from "../../../../exporters/audit/signer.ts";
import { formatVerifierKey, publicOf } from "../../../../exporters/audit/tree/key.ts";
import { ed25519Signer, ed25519Verifier } from "../../../../exporters/audit/tree/note.ts";
import { keyFrom } from "../tree/keys.ts";
import { readChain, sealsOf } from "./chain.ts";

export const DIRECTORY = "/var/audit";
export const ORIGIN = "spangate.test/crash";

/**
 * A key that takes no time: these tests sign and verify some hundred thousand times, and what a signature is worth is
 * tested elsewhere. `later`: it answers only after a while, as one outside of the process does.
 */
export function keyHolder(seed = "one", later = false): KeyHolder {
  const bytes = (text: string): Buffer => createHash("sha256").update(`${seed}\n${text}`).digest();
  const id = createHash("sha256").update(seed).digest("hex").slice(0, 8);
  return {
    made: false,
    verifiers: (name) => [{ name, id, verify: (text, signature) => bytes(text).equals(signature) }],
    forOrigin(name) {
      const sign = (text: string) => [{ name, id, bytes: bytes(text) }];
      return { here: !later, key: `${name}+${id}+${seed}`, sign: later ? async (text) => sign(text) : sign };
    },
  };
}

export const KEYS: KeyHolder = keyHolder();

/** A key that verifiers can verify. */
export function ed25519Holder(later: boolean): KeyHolder {
  const key = keyFrom("one");
  return {
    made: false,
    verifiers: (origin) => [ed25519Verifier(origin, publicOf(key))],
    forOrigin(origin) {
      const signer = ed25519Signer(origin, key);
      const sign = (text: string) => [{ name: signer.name, id: signer.id, bytes: signer.sign(text) }];
      return { here: !later, key: formatVerifierKey({ name: origin, type: "ed25519", key: publicOf(key) }), sign: later ? async (text) => sign(text) : sign };
    },
  };
}

export function openOn(disk: SimDisk, more: Partial<LogOptions> = {}): AuditLog {
  return AuditLog.open(DIRECTORY, {
    mode: "strict", durability: "disk", keys: KEYS, origin: ORIGIN, opening: OPENING, rotate: { size: 16 * 1024 * 1024, age: 86_400_000 }, disk, lock: () => ({ close() {} }), ...more,
  });
}

/** Timers and the monotonic clock, moved by hand. One for the whole process: logs of the same test share it, as they would. */
export class FakeTime {
  now = 0;
  readonly #real = { setTimeout, clearTimeout, setImmediate, clearImmediate, performanceNow: performance.now };
  #due: { readonly at: number; readonly run: () => void }[] = [];

  install(): void {
    const add = (at: number, run: () => void): object => {
      const timer = { at, run, unref: () => timer, ref: () => timer };
      this.#due.push(timer);
      return timer;
    };
    const drop = (timer: unknown): void => void (this.#due = this.#due.filter((one) => one !== timer));
    Object.assign(globalThis, { setTimeout: (run: () => void, ms = 0) => add(this.now + ms, run), clearTimeout: drop, setImmediate: (run: () => void) => add(this.now, run), clearImmediate: drop });
    performance.now = () => this.now;
  }

  uninstall(): void {
    const { performanceNow, ...timers } = this.#real;
    Object.assign(globalThis, timers);
    performance.now = performanceNow;
    this.#due = [];
  }

  get waiting(): number {
    return this.#due.length;
  }

  /** Runs what falls due within so many milliseconds, and the promises between. */
  async pass(ms = 0, between: () => void = () => {}): Promise<void> {
    const until = this.now + ms;
    for (let round = 0; round < 1_000; round++) {
      for (let turn = 0; turn < 8; turn++) await undefined;
      between();
      for (let turn = 0; turn < 8; turn++) await undefined;
      const next = this.#due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#due = this.#due.filter((one) => one !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = until;
  }
}

/** What is said to the operator, kept from standard error while a test runs. */
export function listen(): string[] {
  const said: string[] = [];
  const write = fs.writeSync;
  fs.writeSync = ((fd: number, ...rest: [string]) => (fd === 2 ? said.push(rest[0].trimEnd()) : (write as (...all: unknown[]) => number)(fd, ...rest))) as typeof fs.writeSync;
  syncBuiltinESMExports();
  afterEach(() => {
    fs.writeSync = write;
    syncBuiltinESMExports();
  });
  return said;
}

/** A log at work, and what it has promised. */
export class World {
  readonly disk: SimDisk;
  readonly time: FakeTime;
  readonly options: Partial<LogOptions> & Safety;
  log!: AuditLog;
  /** Index → tool, of every decision that was said to be safe. */
  readonly acked = new Map<number, string>();
  /** Every tool of a decision that was handed in. */
  readonly given = new Set<string>();
  last = "";
  #exportable = 0;
  #fallen: string | undefined;
  /** Checkpoints that might have left the process. */
  readonly exported = new Map<number, string>();
  /** Decisions that were refused an index. */
  lost = 0;
  #count = 0;
  /** Begins the names of tools, so that no two sessions have one in common. */
  #prefix = "t";

  constructor(time: FakeTime, options: Partial<LogOptions> & Safety, disk: SimDisk = new SimDisk()) {
    this.time = time;
    this.options = options;
    this.disk = disk;
  }

  /** What the next process is on a disk that a crash has left; all that was promised stays promised, but for what is `void`. */
  after(disk: SimDisk, ackedIsVoid: boolean): World {
    const next = new World(this.time, this.options, disk);
    for (const tool of this.given) next.given.add(tool);
    if (!ackedIsVoid) for (const [index, tool] of this.acked) next.acked.set(index, tool);
    for (const [size, root] of this.exported) next.exported.set(size, root);
    next.#prefix = `${this.#prefix}n`;
    return next;
  }

  /** What of the promises a log does not keep. */
  broken(): string[] {
    const given = new Set(this.given);
    const chain = readChain(this.disk.killed(), this.log.folder, this.log.origin, (this.options.keys ?? KEYS).verifiers(this.log.origin));
    const tools = chain.records.map((record) => (record.t === "decision" ? record.tool : undefined));
    const last = chain.segments.at(-1);
    return [
      ...chain.problems,
      ...(this.#fallen === undefined ? [] : [this.#fallen]),
      ...(last && last.counts !== last.size ? [`${last.size - last.counts} bytes at the end of ${last.file} count for nothing`] : []),
      ...[...this.acked].filter(([index, tool]) => tools[index] !== tool).map(([index, tool]) => `record ${index} (${tool}) was said to be safe and is not there`),
      ...tools.flatMap((tool) => (tool !== undefined && !given.delete(tool) ? [`${tool} was never written, or twice`] : [])),
      ...[...this.exported].filter(([size, root]) => chain.roots[size] !== root).map(([size]) => `the log contradicts its own exported checkpoint of ${size} records`),
    ];
  }

  open(): void {
    this.log = openOn(this.disk, this.options);
    this.log.watch(() => this.witness());
    this.witness();
  }

  /** Notes the checkpoint that may be exported now. */
  witness(): void {
    const place = this.log?.exportable;
    if (place && place.size < this.#exportable) this.#fallen = `after ${this.#exportable} records only ${place.size} may be exported`;
    this.#exportable = place?.size ?? this.#exportable;
    if (!place || this.exported.has(place.size)) return;
    const file = this.disk.killed();
    const note = sealsOf(file.read(join(this.log.folder, place.segment))).find(({ size }) => size === place.size);
    if (!note) throw new Error(`${place.segment} has no checkpoint of ${place.size} records, and it is said to be there`);
    this.exported.set(place.size, note.root);
  }

  /** One decision, as a call that is about to happen or (`runs` false) is refused. */
  append(runs = true): Kept {
    const tool = this.#tool();
    return this.#note(tool, runs, this.log.append("decision", decision(tool, { runs })));
  }

  async appendLater(runs = true): Promise<Kept> {
    const tool = this.#tool();
    const pending = this.log.appendLater("decision", decision(tool, { runs }));
    if (!(pending instanceof Promise)) return this.#note(tool, runs, pending);
    return this.#note(tool, runs, await pending);
  }

  #tool(): string {
    const tool = `${this.#prefix}${this.#count++}`;
    this.last = tool;
    this.given.add(tool);
    return tool;
  }

  #note(tool: string, runs: boolean, kept: Kept): Kept {
    if (kept.index === undefined) this.lost++;
    // With durability `disk` what does not run is not waited for.
    if (kept.safe && kept.index !== undefined && this.options.mode === "strict" && (runs || this.options.durability === "os")) this.acked.set(kept.index, tool);
    return kept;
  }

  /** Lets time pass; syncs that were begun end meanwhile. */
  async pass(ms = 0): Promise<void> {
    await this.time.pass(ms, () => this.disk.finishSyncs());
  }
}
