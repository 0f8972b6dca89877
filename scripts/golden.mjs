// Writes what the policies of test/golden decide of its calls: node scripts/golden.mjs [--check]
//   --check  writes nothing, shows the verdicts that differ, and ends with 1 when there are any
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { changelogLine, VERDICTS, verdicts } from "../test/golden/vectors.ts";

const { values: { check } } = parseArgs({ options: { check: { type: "boolean" } } });
const before = existsSync(VERDICTS) ? readFileSync(VERDICTS, "utf8").trimEnd().split("\n") : [];
const after = verdicts();
const [gone, made] = [before.filter((line) => !after.includes(line)), after.filter((line) => !before.includes(line))];

for (const line of gone) process.stdout.write(`- ${line}\n`);
for (const line of made) process.stdout.write(`+ ${line}\n`);
if (!check) {
  writeFileSync(VERDICTS, `${after.join("\n")}\n`);
  process.stdout.write(`${after.length} vectors. CHANGELOG.md must say what changed, and have this line:\n${changelogLine()}\n`);
} else if (gone.length > 0 || made.length > 0) {
  process.stderr.write("These verdicts are not what they were. A verdict that changes breaks a policy somewhere: say it in CHANGELOG.md, then run node scripts/golden.mjs and commit.\n");
  process.exitCode = 1;
}
