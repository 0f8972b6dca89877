import { dirname, resolve } from "node:path";
import type { Source } from "../compose.ts";
import type { Finding, Linted } from "./finding.ts";

/** What a policy lacks, and what is in it for nothing. */
export function lintStructure({ policy, source, own }: Linted): Finding[] {
  const found: Finding[] = [];
  if (source.ancestors.size === 0 && source.value["default"] === undefined) {
    found.push({ rule: "missing-default", level: "warning", place: source.place([]), message: "the default is not written down; it is deny", fix: { kind: "add-line", after: "name", line: "default: deny" } });
  }
  for (const { rule, index } of own) {
    if (rule.mode === "observe" && policy.source.mode === "enforce") {
      found.push({ rule: "still-observing", level: "info", place: source.place(["rules", index, "mode"]), message: `rule ${rule.id} is only observed` });
    }
  }
  for (const path of policy.notEnforced) {
    const steps = path.split(".");
    if (Object.hasOwn(source.value, steps[0] as string)) found.push({ rule: "not-enforced", level: "warning", place: source.place(steps), message: `${path} is checked, and nothing acts on it in this version` });
  }
  return [...found, ...deadExtends({ policy, source })];
}

function deadExtends({ policy, source }: Pick<Linted, "policy" | "source">): Finding[] {
  const written = [source.value["extends"] ?? []].flat() as string[];
  const parents = [...source.ancestors].map((index) => policy.sources[index] as Source);
  return written.flatMap((name, index): Finding[] => {
    const position = policy.sources.findIndex(({ file }) => resolve(file) === resolve(dirname(source.file), name) || file.endsWith(`/${name}.yaml`));
    const through = parents.find(({ ancestors }) => ancestors.has(position));
    if (!through) return [];
    const place = source.place(Array.isArray(source.value["extends"]) ? ["extends", index] : ["extends"]);
    return [{ rule: "dead-extends", level: "warning", place, message: `${name} is extended already, through ${through.file}`, fix: { kind: "remove-item", path: ["extends", index] } }];
  });
}
