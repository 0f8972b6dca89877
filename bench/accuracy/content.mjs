// Recall and false alarms of content rules over the corpora, file by file.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Kind of an attack in the corpora → what an argument at that sink is meant to be. */
const SINKS = { shell: "shell", sql: "sql", path: "path", ssrf: "url", code: "code", ssti: "value" };
/** A folder that a file tool may be held to; path attacks are measured with and without it. */
const ROOTS = ["/workspace"];
const ATTACKS = ["own-shell", "own-sql", "own-path", "own-ssrf", "own-code", "patt-command", "patt-sql", "patt-path", "patt-lfi", "patt-ssti"].map((name) => `attacks/${name}.jsonl`);

/**
 * @param inspect `(text, { role, roots } | { key, tool }) => findings`: with a role, or with where the text stood
 *   in a call, from which it has to find the role itself
 * @param folder the corpora (see its README.md for the shapes)
 * @returns `attacks`: one row per file and role {file, role, n, blocked, flagged, missed, expected: {block, flag}};
 *   `benign`: one row per file {file, n, blocked, flagged}; `hits`: the benign texts behind the false alarms
 */
export function measureContent(inspect, folder) {
  const attacks = ATTACKS.filter((file) => existsSync(join(folder, file))).flatMap((file) => {
    const lines = readLines(join(folder, file));
    const sink = SINKS[lines[0].kind];
    const views = [{ role: sink }, ...(sink === "path" ? [{ role: sink, roots: ROOTS }] : []), ...(sink === "value" ? [] : [{ role: "value" }])];
    return views.map((view) => ({ file, ...view, ...recall(lines, (text) => inspect(text, view)) }));
  });
  const hits = [];
  const benign = readdirSync(join(folder, "benign")).filter((name) => name.endsWith(".jsonl")).map((name) => {
    const row = { file: `benign/${name}`, n: 0, blocked: 0, flagged: 0 };
    for (const line of readLines(join(folder, "benign", name))) {
      const findings = leavesOf(line).flatMap(({ text, key }) => inspect(text, { key, tool: line.tool ?? "" }));
      const worst = worstOf(findings);
      row.n++;
      if (worst === "block") row.blocked++;
      if (worst === "flag") row.flagged++;
      if (worst) hits.push({ id: line.id, level: worst, rules: [...new Set(findings.map(({ rule }) => rule))], text: line.text ?? line.args });
    }
    return row;
  });
  return { attacks, benign, hits };
}

function recall(lines, look) {
  const row = { n: lines.length, blocked: 0, flagged: 0, missed: 0, wantBlock: 0, blockedOfThem: 0 };
  for (const { text, expect } of lines) {
    const worst = worstOf(look(text));
    if (expect === "block") row.wantBlock++;
    if (worst === "block") {
      row.blocked++;
      if (expect === "block") row.blockedOfThem++;
    } else if (worst === "flag") row.flagged++;
    else row.missed++;
  }
  return row;
}

function worstOf(findings) {
  return findings.some(({ level }) => level === "block") ? "block" : findings.length > 0 ? "flag" : undefined;
}

/** Every text of a call's arguments with the key it stands under; a result or message is one text without a key. */
function leavesOf({ text, args }) {
  if (text !== undefined) return [{ text, key: "" }];
  const leaves = [];
  const walk = (value, key) => {
    if (typeof value === "string") leaves.push({ text: value, key });
    else if (Array.isArray(value)) for (const inner of value) walk(inner, key);
    else if (typeof value === "object" && value !== null) for (const [name, inner] of Object.entries(value)) walk(inner, name);
  };
  walk(args, "");
  return leaves;
}

function readLines(file) {
  return readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { inspectContent, roleOf } = await import("../../processors/detection/content/index.ts");
  const [folder = "corpora", detail] = process.argv.slice(2);
  const { attacks, benign, hits } = measureContent((text, { role, roots, key = "", tool = "" }) => inspectContent(text, { role: role ?? roleOf(key, tool), ...(roots && { roots }) }), folder);
  console.log("file                           role          n  blocked  flagged  missed   recall of \"block\"");
  for (const row of attacks) {
    const share = `${row.blockedOfThem}/${row.wantBlock} = ${((100 * row.blockedOfThem) / row.wantBlock).toFixed(1)} %`;
    console.log(`${row.file.padEnd(30)} ${(row.roots ? `${row.role}+roots` : row.role).padEnd(11)} ${String(row.n).padStart(4)} ${String(row.blocked).padStart(8)} ${String(row.flagged).padStart(8)} ${String(row.missed).padStart(7)}   ${share}`);
  }
  console.log("\nbenign file                            n  blocked  flagged");
  for (const row of benign) console.log(`${row.file.padEnd(36)} ${String(row.n).padStart(4)} ${String(row.blocked).padStart(8)} ${String(row.flagged).padStart(8)}`);
  if (detail) for (const hit of hits) console.log(JSON.stringify(hit));
}
