/**
 * Stops a log at each point where a crash can come, and sees that the next process finds all that was promised.
 *
 * @module
 */
import { listLogs } from "../../../../exporters/audit/segment.ts";
import type { Call, SimDisk, Tear } from "../../../support/sim-disk.ts";
import { DIRECTORY, type World } from "./world.ts";

export type Crash = "kill" | "power";

export interface Search {
  readonly tear: Tear;
  readonly crashes: readonly Crash[];
  /** Every how many states the recovery itself is crashed, too. */
  readonly nested: number;
}

/** What changes a disk for good: what stands before it must stand alone. */
const BOUNDARIES: ReadonlySet<Call["name"]> = new Set(["sync", "syncLater", "syncFolder", "rename", "remove"]);

export class Explorer {
  states = 0;
  nested = 0;
  readonly problems: string[] = [];
  readonly #search: Search;
  readonly #seen = new Set<string>();

  constructor(search: Search) {
    this.#search = search;
  }

  /** From here on, every call of the disk is a place to crash. */
  watch(world: World, depth = 1): void {
    world.disk.before = (call) => {
      try {
        world.witness();
        this.crash(world, call, depth);
      } catch (thrown) {
        // To the log under test it would be an error of the disk.
        this.problems.push((thrown as Error).stack ?? String(thrown));
      }
    };
  }

  crash(world: World, call: Call | undefined, depth = 1): void {
    const { crashes, tear } = this.#search;
    const torn = depth === 1 ? tear : { stride: Infinity, subsets: 0, names: 0 };
    if (crashes.includes("kill")) {
      if (call?.name === "write" && !call.path.endsWith("/ballast")) for (let cut = 1; cut < (call.bytes as Uint8Array).length; cut += Math.min(torn.stride, 211)) this.#inspect(world, world.disk.killed(call, cut), "kill", call, depth);
      else if (call?.name !== "read" && call?.name !== "readTail" && call?.name !== "list") this.#inspect(world, world.disk.killed(), "kill", call, depth);
    }
    if (crashes.includes("power") && (!call || BOUNDARIES.has(call.name))) for (const left of world.disk.powerCuts(torn)) this.#inspect(world, left, "power", call, depth);
  }

  #inspect(world: World, left: SimDisk, crash: Crash, call: Call | undefined, depth: number): void {
    const key = `${crash} ${world.acked.size} ${world.exported.size} ${left.digest()}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.states++;
    // Somebody made room.
    left.capacity = Infinity;
    if (this.problems.length > 20) return;
    const place = `${crash} before ${call ? `${call.name} ${call.path.slice(DIRECTORY.length)}` : "nothing"}${depth > 1 ? ", while recovering" : ""}, state ${this.states}`;
    try {
      // Level `os` promises nothing of a power cut but that the log does not contradict itself.
      const found = this.#resumed(world.after(left.killed(), crash === "power" && world.options.durability === "os"));
      for (const problem of found) this.problems.push(`${place}: ${problem}`);
      if (depth === 1 && this.states % this.#search.nested === 0) {
        const again = world.after(left.killed(), crash === "power" && world.options.durability === "os");
        this.watch(again, 2);
        this.nested++;
        for (const problem of this.#resumed(again)) this.problems.push(`${place}, watched: ${problem}`);
      }
    } catch (thrown) {
      this.problems.push(`${place}: ${(thrown as Error).stack ?? String(thrown)}`);
    }
  }

  /** The next process on this disk: resumes, goes on, ends; and the one after it finds a clean end. */
  #resumed(next: World): string[] {
    const before = next.disk.exists(DIRECTORY) ? listLogs(next.disk, DIRECTORY) : [];
    next.open();
    const problems = next.broken();
    if (next.log.size > 0 && before.length > 0 && !before.includes(next.log.id)) problems.push("the log was refused, and nothing but a crash had happened");
    if (before.length > 1) problems.push(`there are ${before.length} logs`);
    if (!next.append().safe) problems.push("it cannot be gone on with");
    next.log.close();
    problems.push(...next.broken());
    if (this.states % 4 > 0) return problems;
    delete (next.disk as { before?: unknown }).before;
    const { disk } = next;
    const last = next.after(disk.killed(), false);
    last.open();
    if (last.log.id !== next.log.id) problems.push("another log was begun after one that was closed");
    problems.push(...last.broken());
    last.log.close();
    return problems;
  }
}
