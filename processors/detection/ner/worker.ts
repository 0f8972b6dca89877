/**
 * The thread in which a model runs: a run takes as long as hundreds of calls, and the event loop is the application's.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Entity } from "./entities.ts";
import { Model, TooLate } from "./model.ts";

/** What the thread is started with. */
export interface Start {
  /** Path of the module `@huggingface/transformers`. */
  readonly library: string;
  /** Path of the model's folder. */
  readonly folder: string;
}

export interface Question {
  readonly id: number;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** The first one has no id: the model is loaded, or cannot be. */
export type Answer =
  | { readonly id?: number; readonly entities: readonly Entity[] }
  | { readonly id?: number; readonly problem: string; readonly late?: boolean };

const port = parentPort;
if (!port) throw new Error("this runs in a thread of its own");
const { library, folder } = workerData as Start;
const answer = (message: Answer): void => port.postMessage(message);
const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

// The library prints what a model was given when a run fails.
for (const level of ["debug", "log", "info", "warn", "error"] as const) console[level] = () => {};

try {
  const model = await Model.load(library, folder);
  answer({ entities: [] });
  // One after the other: a model has the cores once.
  let last: Promise<void> = Promise.resolve();
  port.on("message", ({ id, text, deadline }: Question) => {
    last = last.then(async () => {
      try {
        answer({ id, entities: await model.find(text, deadline) });
      } catch (thrown) {
        answer({ id, problem: messageOf(thrown), late: thrown instanceof TooLate });
      }
    });
  });
} catch (thrown) {
  answer({ problem: messageOf(thrown) });
}
