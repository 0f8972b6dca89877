import type { ReadStream, WriteStream } from "node:tty";

const ESC = "\x1b[";
/** xterm: the screen beside the one with the shell's lines, and back; the cursor gone, and back. */
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
const HOME = `${ESC}H`;
/** Before a line and not after it: behind a full one it would take its last character. */
const CLEAR_LINE = `${ESC}2K`;
const END_OF_SCREEN = `${ESC}J`;
const CTRL_C = "\x03";

/** A terminal that is drawn over in place, and left as it was found, whatever ends the process. */
export class Screen {
  readonly #output: WriteStream;
  readonly #input: ReadStream;
  #isOpen = false;
  readonly #leave = (): void => this.close();

  /** @param onEnd the user pressed q or Ctrl-C, or a signal came */
  constructor(output: WriteStream, input: ReadStream, onEnd: () => void, onResize: () => void) {
    this.#output = output;
    this.#input = input;
    this.#isOpen = true;
    output.write(ENTER);
    output.on("resize", onResize);
    if (input.isTTY) {
      input.setRawMode(true);
      input.on("data", (keys: Buffer) => {
        if (/[qQ]/.test(keys.toString()) || keys.includes(CTRL_C)) onEnd();
      });
    }
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onEnd);
    process.on("exit", this.#leave);
  }

  get size(): { readonly columns: number; readonly rows: number } {
    // A terminal that does not know its size says 0.
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  draw(lines: readonly string[]): void {
    // No line feed after the last one: it would scroll.
    if (this.#isOpen) this.#output.write(`${HOME}${lines.map((line) => CLEAR_LINE + line).join("\r\n")}${END_OF_SCREEN}`);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#output.write(LEAVE);
    if (this.#input.isTTY) this.#input.setRawMode(false);
    this.#input.pause();
  }
}
