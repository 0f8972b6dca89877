import { variablesOf } from "../condition.ts";
import { nearest } from "../nearest.ts";
import { matches } from "../pattern.ts";
import { parsePath } from "../path.ts";
import type { LayeredRule } from "../schema/policy.ts";
import type { Finding, Linted } from "./finding.ts";
import { toolsOf } from "./hiding.ts";

/** Rules that ask for an argument which the schema of their tool does not know: a misspelt name is never matched. */
export function lintArguments({ policy, source, own }: Linted): Finding[] {
  return own.flatMap(({ rule, index }): Finding[] => {
    const known = parametersOf(rule, policy.source.tools);
    if (!known) return [];
    return asked(rule).filter(({ name }) => name !== "*" && !known.has(name)).map(({ name, key }) => {
      const near = nearest(name, [...known]);
      return { rule: "unknown-argument", level: "warning", place: source.place(["rules", index, key]), message: `rule ${rule.id} asks for the argument ${name}, which no schema of its tools knows${near ? `; did you mean ${near}?` : ""}` };
    });
  });
}

/** The first keys of the paths that a rule looks at. */
function asked({ arguments: tests = {}, when }: LayeredRule): { name: string; key: "arguments" | "when" }[] {
  const paths = Object.keys(tests).map((path) => ({ name: parsePath(path).steps[0] as string, key: "arguments" as const }));
  const read = when === undefined ? [] : variablesOf(when).filter((path) => path.startsWith("arguments.")).map((path) => ({ name: path.split(".")[1] as string, key: "when" as const }));
  return [...paths, ...read];
}

/** The parameters of all tools that a rule names; undefined where one of them has no schema that lists them. */
function parametersOf(rule: LayeredRule, tools: Linted["policy"]["source"]["tools"]): Set<string> | undefined {
  const known = new Set<string>();
  for (const tool of toolsOf(rule)) {
    const schemas = Object.entries(tools).filter(([pattern]) => matches(pattern, tool)).flatMap(([, { arguments: schema }]) => (schema?.["properties"] ? [schema["properties"]] : []));
    if (schemas.length === 0) return undefined;
    for (const properties of schemas) for (const name of Object.keys(properties as object)) known.add(name);
  }
  return known;
}
