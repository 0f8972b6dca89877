import { writeSync } from "node:fs";

/** One line to the operator. Straight to the descriptor: `process.stderr` would load every kind of stream into each process. */
export function say(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // Nobody listens, or the pipe is full; the application must not suffer from that.
  }
}
