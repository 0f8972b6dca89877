import { createRequire } from "node:module";
import type { Worker } from "node:worker_threads";
import { messageOf } from "../../../errors.ts";
import type { Entity } from "./entities.ts";
import type { Answer, Question, Start } from "./worker.ts";

/** Texts that wait for the model, in code units; what is more is not waited for. */
const MOST_WAITING = 1 << 20;
/** How long a model may take to be loaded, in milliseconds; that is no part of a call's deadline. */
const LOADING = 30_000;
/** A thread that has died is started again so often. */
const MOST_STARTS = 3;

/** Why names were not looked for, or not everywhere. */
export type Missing = "deadline" | "busy" | "failed";
export type Reply = { readonly entities: readonly Entity[] } | { readonly missing: Missing };

export interface ClientOptions extends Start {
  /** How long one text may take, in milliseconds. */
  readonly deadline: number;
  /** Where it is told that the model cannot be loaded, or that its thread has died. */
  readonly report: (problem: string) => void;
}

interface Waiting {
  readonly question: Question;
  readonly settle: (reply: Reply) => void;
}

/** Asks the model in its thread. The thread is started by the first question, and keeps no process alive that has none open. */
export class Client {
  readonly #options: ClientOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #ready: Promise<boolean> = Promise.resolve(false);
  #starts = 0;
  #next = 0;
  #retired = false;
  /** Code units of the texts that wait. */
  #size = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async ask(text: string): Promise<Reply> {
    if (this.#size + text.length > MOST_WAITING) return { missing: "busy" };
    this.#size += text.length;
    try {
      if (!this.#worker && this.#starts < MOST_STARTS) this.#start();
      const { promise: late, resolve } = Promise.withResolvers<false>();
      const timer = setTimeout(resolve, LOADING, false);
      const ready = await Promise.race([this.#ready, late]);
      clearTimeout(timer);
      return ready && this.#worker ? await this.#put(this.#worker, text) : { missing: "failed" };
    } finally {
      this.#size -= text.length;
    }
  }

  /** Ends the thread as soon as nothing waits for it. */
  retire(): void {
    this.#retired = true;
    if (this.#waiting.size === 0) void this.#worker?.terminate();
  }

  #put(worker: Worker, text: string): Promise<Reply> {
    const { deadline } = this.#options;
    const question: Question = { id: this.#next++, text, deadline: Date.now() + deadline };
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const timer = setTimeout(() => this.#waiting.get(question.id)?.settle({ missing: "deadline" }), Math.max(deadline, 0));
    this.#waiting.set(question.id, {
      question,
      settle: (reply) => {
        clearTimeout(timer);
        this.#waiting.delete(question.id);
        if (this.#waiting.size === 0) worker.unref();
        if (this.#waiting.size === 0 && this.#retired) void worker.terminate();
        resolve(reply);
      },
    });
    worker.ref();
    worker.postMessage(question);
    return promise;
  }

  #start(): void {
    this.#starts++;
    const { library, folder, report } = this.#options;
    const { Worker: Thread } = process.getBuiltinModule("node:worker_threads");
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#ready = promise;
    const { NODE_OPTIONS: _, ...env } = process.env;
    const worker = new Thread(new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./ner-worker.js", import.meta.url), {
      // Without the preload that the application was started with: there is nothing to guard in there.
      name: "spangate-ner", workerData: { library, folder } satisfies Start, execArgv: [], env,
    });
    this.#worker = worker;
    worker.on("message", (answer: Answer) => {
      if (answer.id !== undefined) this.#take(answer);
      else {
        if ("problem" in answer) {
          // Another start would come to the same.
          this.#starts = MOST_STARTS;
          report(answer.problem);
        } else worker.unref();
        resolve(!("problem" in answer));
      }
    });
    worker.on("error", (thrown) => report(messageOf(thrown)));
    worker.on("exit", () => {
      resolve(false);
      if (this.#worker === worker) this.#worker = undefined;
      for (const { settle } of this.#waiting.values()) settle({ missing: "failed" });
    });
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id as number);
    if (!waiting) return;
    if ("entities" in answer) waiting.settle({ entities: answer.entities });
    else {
      if (!answer.late) this.#options.report(answer.problem);
      waiting.settle({ missing: answer.late ? "deadline" : "failed" });
    }
  }
}

/** Path of the library, seen from here. @throws Error when it is not installed */
export function findLibrary(specifier: string): string {
  try {
    return createRequire(import.meta.url).resolve(specifier);
  } catch (thrown) {
    const missing = (thrown as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
    throw new Error(missing ? `the package ${specifier} is not installed` : `the package ${specifier} cannot be loaded: ${messageOf(thrown)}`, { cause: thrown });
  }
}
