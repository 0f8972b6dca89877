// Text in 80 columns, coloured only on a terminal that wants it.
import { styleText } from "node:util";

export const WIDTH = 80;
/** Between two columns. */
const GAP = 2;
const COLOUR = !process.env.NO_COLOR && Boolean(process.env.FORCE_COLOR || process.stdout.isTTY);

export function paint(style, text) {
  return COLOUR && style && text ? styleText(style, text, { validateStream: false }) : text;
}

export function heading(text) {
  return ["", "", paint("bold", text), ""];
}

/** The names of the columns, and a line below them. */
export function header(widths, names) {
  return [...row(widths, names.map((name) => [["dim", name]])), paint("dim", "─".repeat(WIDTH))];
}

/** Breaks a text at spaces, and inside a word only where the word is longer than a line. */
export function wrap(text, width) {
  if (text.length <= width) return [text];
  const lines = [];
  for (const word of text.split(/\s+/).flatMap((long) => long.match(new RegExp(`.{1,${width}}`, "g")) ?? [])) {
    if (lines.length > 0 && lines.at(-1).length + 1 + word.length <= width) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}

/** The lines of one table row. A cell is a list of texts or `[style, text]`, each of which begins a line. */
export function row(widths, cells) {
  const columns = cells.map((cell, column) => cell.map((part) => (Array.isArray(part) ? part : [undefined, part]))
    .flatMap(([style, text]) => wrap(text, widths[column]).map((line) => ({ style, line }))));
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, index) => {
    const shown = columns.map((lines) => lines[index] ?? { line: "" });
    const last = shown.findLastIndex(({ line }) => line !== "");
    return shown.slice(0, last + 1)
      .map(({ style, line }, column) => paint(style, line) + (column === last ? "" : " ".repeat(widths[column] - line.length + GAP))).join("");
  });
}
