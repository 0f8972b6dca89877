import { currentFrame, type Frame, runInFrame, runOutsideFrames } from "../../frame.ts";

/**
 * Where requests were made: in which call, or outside of all. A pool sends a request that had to wait when another one
 * has ended, and in the context of that one.
 */
export class Origins {
  readonly #of = new WeakMap<object, Frame | "outside">();

  /** Notes that a request is made here, unless it is known already. */
  note(request: object): Frame | "outside" {
    const origin = this.#of.get(request) ?? currentFrame() ?? "outside";
    this.#of.set(request, origin);
    return origin;
  }

  /** Runs something for a request where that was made. */
  run<T>(request: object, act: () => T): T {
    const origin = this.note(request);
    if (origin === (currentFrame() ?? "outside")) return act();
    return origin === "outside" ? runOutsideFrames(act) : runInFrame(origin, act);
  }
}
