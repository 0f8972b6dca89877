import { AsyncLocalStorage } from "node:async_hooks";
import type { Span } from "@opentelemetry/api";
import type { Call } from "../policies/index.ts";

/** A tool that is running, seen from inside it. */
export interface Frame {
  readonly tool: string;
  readonly arguments: unknown;
  /** Seams that this very call has crossed. */
  readonly seams: Set<string>;
  /** The span that stands for the call: ours, or the framework's that was adopted. */
  readonly span: Span | undefined;
  /** Index of the decision record; undefined when it could not be written. */
  readonly decision: number | undefined;
  /** The call has ended. What it left running still sees the frame, and is no part of the call. */
  over: boolean;
}

const frames = new AsyncLocalStorage<Frame>();

export function currentFrame(): Frame | undefined {
  return frames.getStore();
}

export function runInFrame<T>(frame: Frame, run: () => T): T {
  return frames.run(frame, run);
}

/** Runs what is no part of any call, though it happens inside of one: what judges, our own records, and what sends them. */
export function runOutsideFrames<T>(run: () => T): T {
  return frames.getStore() ? frames.exit(run) : run();
}

/**
 * Whether this is the running call once more, on its way through another seam (an `ai` tool that is an MCP
 * tool, say): same tool, same arguments, and a seam that it has not crossed yet. Anything else, like an agent
 * behind a tool that calls tools itself, is a call of its own and is decided.
 */
export function isSameCall(call: Call): boolean {
  const frame = frames.getStore();
  if (!frame || frame.over || frame.tool !== call.tool || frame.seams.has(call.framework)) return false;
  if (!process.getBuiltinModule("node:util").isDeepStrictEqual(frame.arguments, call.arguments)) return false;
  frame.seams.add(call.framework);
  return true;
}
