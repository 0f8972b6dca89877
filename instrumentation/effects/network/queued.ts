import { createRequire } from "node:module";
import { Origins } from "./origins.ts";
import { replaceMethod } from "./replace.ts";

/** The file of the undici package whose class all dispatchers extend, under whatever name it was installed. */
const BASE = /[\\/]lib[\\/](?:dispatcher[\\/])?dispatcher-base\.js$/;
/** Where undici keeps the dispatcher that `fetch` uses; Node's own copy does so too. */
const GLOBAL = [Symbol.for("undici.globalDispatcher.1"), Symbol.for("undici.globalDispatcher.2")];

/** Keeps the requests of undici that wait for a connection where they belong; only its latest versions do so themselves. */
export class QueuedRequests {
  /** By the handler of a request: the request itself is made when it is sent. */
  readonly #origins = new Origins();
  readonly #known = new WeakSet<object>();

  /** Looks for copies of undici that it has not met. */
  adopt(): void {
    const { cache } = createRequire(import.meta.url);
    for (const file of Object.keys(cache)) {
      if (BASE.test(file)) this.#adopt((cache[file]?.exports as { readonly prototype?: unknown } | undefined)?.prototype);
    }
    for (const key of GLOBAL) {
      let prototype: unknown = (globalThis as Record<symbol, unknown>)[key];
      while (typeof prototype === "object" && prototype !== null && !Object.hasOwn(prototype, "dispatch")) prototype = Object.getPrototypeOf(prototype);
      this.#adopt(prototype);
    }
  }

  #adopt(prototype: unknown): void {
    if (typeof prototype !== "object" || prototype === null || this.#known.has(prototype)) return;
    this.#known.add(prototype);
    const origins = this.#origins;
    replaceMethod(prototype, "dispatch", (original) => function (this: unknown, ...args) {
      const handler = args[1];
      const go = (): unknown => original.apply(this, args);
      return typeof handler === "object" && handler !== null ? origins.run(handler, go) : go();
    });
  }
}
