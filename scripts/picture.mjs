// docs/demo.svg: what `npm run demo` prints in a terminal of 80 columns, as it is. node scripts/picture.mjs
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./toolchain.mjs";

const COLUMN = 8.4;
const LINE = 18;
const COLUMNS = 80;
/** SGR codes that the demo uses → what they look like. */
const STYLES = { 1: "font-weight:bold", 2: "opacity:.6", 31: "fill:#ff7b72", 32: "fill:#7ee787", 33: "fill:#e3b341", 34: "fill:#79c0ff", 35: "fill:#d2a8ff", 36: "fill:#56d4dd", 90: "fill:#8b949e" };
/** Codes that end a style. */
const ENDS = { 22: [1, 2], 39: [31, 32, 33, 34, 35, 36, 90] };

const { stdout, status, stderr } = spawnSync(process.execPath, [join(root, "examples/support-agent/demo.mjs")], { encoding: "utf8", env: { ...process.env, FORCE_COLOR: "1" } });
if (status !== 0) throw new Error(stderr);
const lines = stdout.trim().split("\n");
const on = new Set();
const body = lines.map((line, row) => `<text x="16" y="${(row + 1) * LINE + 12}" xml:space="preserve">${spans(line)}</text>`).join("\n");
const [width, height] = [Math.ceil(COLUMNS * COLUMN) + 32, lines.length * LINE + 32];
writeFileSync(join(root, "docs/demo.svg"), `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>Output of npm run demo</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="#e6edf3">
${body}
</g>
</svg>
`);

/** One line; styles may go on from the line before. */
function spans(line) {
  let text = "";
  let column = 0;
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes === undefined) {
      if (part) text += `<tspan x="${(16 + column * COLUMN).toFixed(1)}" textLength="${([...part].length * COLUMN).toFixed(1)}" style="${[...on].map((code) => STYLES[code] ?? "").join(";")}">${part.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</tspan>`;
      column += [...part].length;
    } else {
      for (const code of codes.split(";").map(Number)) {
        if (code === 0) on.clear();
        else if (ENDS[code]) for (const ended of ENDS[code]) on.delete(ended);
        else on.add(code);
      }
    }
  }
  return text;
}
