import { writeSync } from "node:fs";
import { oneLine } from "./errors.ts";

/** One line to the operator. Straight to the descriptor: `process.stderr` would load every kind of stream into each process. */
export function say(line: string): void {
  try {
    // There may be names in it that a model made up: they move no cursor. What has lines is a list of ours.
    writeSync(2, `${line.split("\n").map(oneLine).join("\n")}\n`);
  } catch {
    // Nobody listens, or the pipe is full; the application must not suffer from that.
  }
}
