import { styleText } from "node:util";
import { oneLine } from "../errors.ts";

type Style = Parameters<typeof styleText>[0];

/** Styled where standard output is a terminal that shows it. */
export function style(format: Style, text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** Prints a result: for people, or with `--json` as one JSON document. */
export function print(json: boolean | undefined, value: unknown, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${text()}\n`);
}

const EFFECT_STYLES: Readonly<Record<string, Style>> = { allow: "green", modify: "cyan", approve: "yellow", defer: "yellow", deny: "red" };

export function effect(name: string): string {
  return style(EFFECT_STYLES[name] ?? "bold", name);
}

/** Rows in columns, two spaces apart; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], indent = "  "): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => plain(row[column] ?? "").length)));
  return rows.map((row) => indent + row.map((cell, column) => (column === row.length - 1 ? cell : cell + " ".repeat((widths[column] as number) - plain(cell).length))).join("  ").trimEnd()).join("\n");
}

/** Fewest characters that a text is cut to. */
const LEAST = 20;

/** What comes before, and of the text as much as the terminal then has room for; where there is none, all of it. */
export function filled(before: string, text: string): string {
  return text === "" ? before : `${before} ${short(text, Math.max(LEAST, (process.stdout.columns || Infinity) - plain(before).length - 1))}`;
}

/** On one line, and cut to so many characters. */
export function short(text: string, most: number): string {
  const line = oneLine(text.replace(/\s+/g, " "));
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** Broken at spaces into lines of at most so many characters; those after the first are indented. A longer word stays whole. */
export function wrap(text: string, width: number, indent: number): string {
  const lines = [""];
  for (const word of text.replace(/\s+/g, " ").split(" ")) {
    const line = lines.at(-1) as string;
    if (line === "" || line.length + 1 + word.length <= width) lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is taken out
  return text.replace(/\x1b\[[\d;]*m/g, "");
}

/** Tells how far a long piece of work is, on standard error, and only to a person. */
export function progress(what: string): { readonly step: (done: number) => void; readonly end: () => void } {
  const isTerminal = process.stderr.isTTY;
  let told = performance.now();
  return {
    step(done) {
      if (!isTerminal || performance.now() - told < 200) return;
      told = performance.now();
      process.stderr.write(`\r${what}: ${done.toLocaleString("en")}`);
    },
    end() {
      if (isTerminal) process.stderr.write("\r\x1b[K");
    },
  };
}
