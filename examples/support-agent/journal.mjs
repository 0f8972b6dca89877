/**
 * Tells on standard output, one JSON object a line, what went on: what the model `asked` for, with which
 * arguments a tool `ran`, what it `returned`, and what the model `saw` of that.
 */
export function journal(event, call, tool, value) {
  process.stdout.write(`${JSON.stringify({ event, call, tool, value })}\n`);
}
