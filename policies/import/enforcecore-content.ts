import type { ContentPattern, EnforceCore } from "./enforcecore-model.ts";
import type { Notes } from "./note.ts";
import { readPython } from "./python-regex.ts";

/**
 * What the built-in rules look for, as patterns of Python that ignore case: commands behind a separator or in a
 * substitution, steps to a parent folder and system files, forged conditions and second statements, calls that run code.
 */
const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  shell_injection: [
    String.raw`rm\s+-r[f ]`, String.raw`;\s*sudo\b`, String.raw`&&\s*(?:curl|wget|nc|bash|sh|zsh)\b`, String.raw`\|\s*(?:bash|sh|zsh|exec)\b`,
    "`[^`]+`", String.raw`\$\([^)]+\)`, String.raw`>\s*/(?:etc|dev|proc)/`,
  ],
  path_traversal: [String.raw`\.\.[/\\]`, "%2e%2e(?:%2f|/)", String.raw`\.%2e/`, "%00", "/etc/(?:passwd|shadow|hosts)", String.raw`\\\\[a-z]+\\`],
  sql_injection: [
    String.raw`'\s*(?:or|and)\s+\d+\s*=\s*\d+`, String.raw`(?:union|intersect)\s+(?:all\s+)?select\b`,
    String.raw`;\s*(?:drop|delete|truncate|alter|insert)\s+`, String.raw`--\s*$`, String.raw`/\*.*\*/`,
  ],
  code_execution: [
    String.raw`(?:^|[^a-z_])(?:exec|eval|compile)\s*\(`, String.raw`(?:__import__|importlib\.import_module)\s*\(`,
    String.raw`os\.(?:system|popen|exec[a-z]*)\s*\(`, String.raw`subprocess\.(?:call|run|popen|check_output)\s*\(`,
  ],
};

/** Everything that JSON can be: Ajv wants to be told where keywords for lists and maps stand. */
const ANY = ["string", "number", "boolean", "null", "array", "object"];

/**
 * The patterns as a JSON Schema of the arguments: no text at any depth may hold one of them.
 *
 * @throws Error for a rule without a pattern that is no built-in one
 */
export function contentSchema(content: NonNullable<EnforceCore["content"]>, path: string, notes: Notes): Readonly<Record<string, unknown>> {
  const rules: readonly ContentPattern[] = content.length ? content : Object.keys(BUILT_IN).map((name) => ({ path, name }));
  notes.dropped(path, "results are not searched; EnforceCore also refuses a result that is a text with one of the patterns");
  const found = rules.flatMap((rule) => patternsOf(rule).map((pattern) => {
    const translated = readPython(pattern, { fold: true, whole: false });
    if (translated === undefined) notes.approximated(rule.path, `the pattern ${pattern} cannot be written for RE2, so every call with a text in it is denied; write it anew`);
    else if (translated.isLoose) notes.approximated(rule.path, "a word boundary that may lie beside a letter outside of ASCII is left out: RE2 does not see it");
    return { title: rule.name, ...(translated && { pattern: translated.pattern }) };
  }));
  const $ref = "#/$defs/clean";
  return {
    $defs: { clean: { type: ANY, not: { type: "string", anyOf: found }, items: { $ref }, additionalProperties: { $ref } } },
    $ref,
  };
}

function patternsOf({ path, name, pattern }: ContentPattern): readonly string[] {
  if (pattern !== undefined && pattern !== "") return [pattern];
  const builtIn = pattern === undefined && Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  if (!builtIn) throw new Error(`${path}: expected a pattern, or the name of a built-in rule (${Object.keys(BUILT_IN).join(", ")})`);
  return [builtIn.join("|")];
}
