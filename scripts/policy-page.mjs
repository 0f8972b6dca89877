import { docOf } from "../policies/schema/doc.ts";
import { NOT_ENFORCED, policyShape } from "../policies/schema/policy.ts";
import { count, domains, duration, mode, money, name, patterns, reason, size } from "../policies/schema/units.ts";
import { keysAt, shapeOf, step, unwrap } from "../policies/schema/walk.ts";

/** Schemas that many keys share, by the name that the page gives them. */
const FORMS = new Map([
  [duration, "duration"], [size, "size"], [money, "amount"], [patterns, "pattern, or list"], [domains, "pattern, or list"], [name, "text"], [reason, "text"], [mode, "`observe` or `enforce`"], [count, "whole number from 1"],
]);

const MERGES = {
  own: "the child's value stands", stricter: "the child's must be at least as strict", union: "both together", narrow: "the child's entries must be covered by the parent's",
  "by-id": "new ids are added; one that is taken is replaced only where it says `overridable`", deep: "key by key", layer: "every layer keeps its own",
};

const mergeOf = (schema, known) => known.merge ?? (shapeOf(schema) || unwrap(schema).valueType ? "deep" : "own");

/** Sections whose keys are told one by one. */
const rules = step({ def: { type: "object", shape: policyShape } }, "rules");

/** docs/policy.md: every key with its form, default, merge and an example. */
export function policyPage() {
  const keys = Object.entries(policyShape);
  return `# The policy language, version 1

Generated from \`policies/schema/\`; every example is loaded by a test. \`spangate schema\` prints the same as a JSON Schema
for editors. Unknown keys are errors that name the nearest known key.

A policy is one YAML file (1.2, core schema; no merge keys, no tags, at most 16 MiB). Who may change it is decided by who can write
it, or by [whose signature it needs](signed-policies.md).

\`\`\`yaml
# yaml-language-server: $schema=./policy.schema.json
spangate: 1
name: support-agent
default: deny
rules:
  - { id: reads, tool: [get_*, search], effect: allow }
  - { id: small-refunds, tool: refund, caller: { role: clerk }, arguments: { amount: { max: 100 } }, effect: allow }
  - { id: large-refunds, tool: refund, when: "arguments.amount > 100.0", effect: approve, priority: 1 }
  - { id: no-shell, tool: "*shell*", effect: deny, reason: shell commands are for people }
limits: { rate: [{ id: calm, per: session, max: 60, window: 1m }] }
redact: {}
\`\`\`

## How a call is decided

1. Every rule that matches speaks. **Deny overrides.** Else the highest \`priority\` decides, and of equally high rules the
   strictest: defer, approve, modify, allow. A call that no rule names gets \`default\`.
2. What cannot be judged counts against the call: a text where a number belongs, a condition that fails to evaluate, an
   effect class that nobody knows. A rule that allows does not match then; one that changes arguments denies the call; any other matches.
3. A rule in mode \`observe\` is a shadow: what it would have decided stands beside the verdict (\`shadow\` in the record).
   A policy in mode \`observe\` blocks nothing, and records what enforcing would have decided.
4. \`approve\` and \`defer\` do not run: nobody answers them in this version.
5. Limits, redaction and engines speak beside the rules; the strictest of all is the verdict.

## Inheritance

\`extends\` composes a policy of layers: organisation, team, agent. Each layer decides for itself, and the strictest layer
wins, so that what a parent denies stays denied and what it allows can only shrink. What would widen a parent is an error
that names both files, unless the parent says \`overridable\`: on a rule (or another thing with an id), or as a list of
keys at its top, \`overridable: [default, limits.deadline]\`. An overridable rule yields to any rule of a child that
matches. How each key is merged stands beside it below.

## Forms

| form | written as |
|---|---|
| duration | a whole number and \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`: \`30s\` |
| size | a whole number and \`B\`, \`kB\`, \`MB\`, \`GB\`, \`KiB\`, \`MiB\` or \`GiB\`: \`256MiB\` |
| amount | a number with at most six decimals, a space, an ISO 4217 code: \`5.00 USD\` |
| pattern | a name; \`*\` stands for any characters, \`?\` for one |
| path | keys joined by dots, \`*\` for every element; or a JSON Pointer (RFC 6901), which starts with \`/\` |
| condition | [CEL](https://cel.dev) over \`tool\`, \`arguments\`, \`framework\`, \`server\`, \`agent\`, \`session\`, \`caller\` (\`id\`, \`roles\`, \`tenant\`, \`on_behalf_of\`), \`environment\`, \`context\`, \`session_taint\` (\`score\` and \`labels\` of injections that its results carried), \`time\`, \`action\` (\`id\`, \`risk\`, \`effect_class\`, \`reversible\`), \`target\` (\`type\`, \`name\`, \`environment\`, \`sensitivity\`), \`risk\`. Numbers in \`arguments\` are doubles: \`arguments.count * 2.0\`, or \`int(arguments.count)\` |

Who calls comes from the seam (an MCP server's \`authInfo\`, LangGraph's \`thread_id\` as session, the options of
\`guardTool\`), else from W3C baggage: \`user.id\`, \`user.roles\` (separated by commas), \`tenant.id\`,
\`spangate.on_behalf_of\`, \`session.id\`, \`gen_ai.agent.name\`. Baggage is worth what those are who may set it. The name
of an MCP server is what it says of itself.

Checked, but not enforced by this version (a process that loads a policy with one of them says so): ${NOT_ENFORCED.map((key) => `\`${key}\``).join(", ")}.

## Keys

${keys.filter(([key]) => key !== "rules").map(([key, schema]) => section(key, schema)).join("\n")}
## Keys of a rule

${rows(Object.entries(shapeOf(unwrap(rules).element)), false)}
Tests of one argument: \`equals\`, \`in\`, \`not_in\`, \`glob\`, \`pattern\` and \`not_pattern\` (RE2, anywhere in the text),
\`min\`, \`max\`, \`max_length\`, \`exists\`. All that are named must hold.
`;
}

function section(key, schema) {
  const known = docOf(schema);
  const inner = shapeOf(schema);
  const documented = inner && Object.values(inner).some(docOf);
  return `### \`${key}\`

${known.text}

${facts(schema, known)}

\`\`\`yaml
${known.example}
\`\`\`
${documented ? `\n${rows(Object.entries(inner))}` : elements(schema)}`;
}

function facts(schema, known) {
  const what = form(schema).replace(/\.$/, "");
  return [what && `Form: ${what}.`, `Default: ${defaultOf(schema, known)}.`, `Merge: ${MERGES[mergeOf(schema, known)]}.`].filter(Boolean).join(" ");
}

/** Keys of a list's elements that have no documentation of their own. */
function elements(schema) {
  const { element } = unwrap(schema);
  const keys = element ? keysAt(element, []) : [];
  return keys.length ? `\nKeys of an entry: ${keys.map((key) => `\`${key}\``).join(", ")}.\n` : "";
}

/** @param merged whether each key is merged by itself, and not as part of a whole */
function rows(entries, merged = true) {
  return `| key | form | default |${merged ? " merge |" : ""} meaning |
|---|---|---|${merged ? "---|" : ""}---|
${entries.map(([key, schema]) => {
    const known = docOf(schema) ?? { text: "" };
    return `| \`${key}\` | ${form(schema).replace(/\.$/, "") || "map"} | ${defaultOf(schema, known)} |${merged ? ` ${mergeOf(schema, known)} |` : ""} ${known.text}${known.example ? ` \`${known.example}\`` : ""} |`;
  }).join("\n")}
`;
}

/** What an author writes, in a few words. */
function form(schema) {
  const inner = innermost(schema);
  const known = FORMS.get(inner);
  if (known) return `${known}.`;
  const def = unwrap(inner);
  if (def.type === "enum") return `${Object.values(def.entries).map((value) => `\`${value}\``).join(", ")}.`;
  if (def.type === "union" && def.options.some((option) => FORMS.get(innermost(option)) === "text")) return "text, or list.";
  if (def.type === "union") return def.options.map((option) => form(option).replace(/\.$/, "")).filter(Boolean).join(", or ");
  if (def.type === "array") return `list of ${form(def.element).replace(/\.$/, "") || "maps"}.`;
  return { string: "text.", number: "number.", boolean: "`true` or `false`.", literal: `\`${def.values?.[0]}\`.`, record: "map.", unknown: "anything." }[def.type] ?? "";
}

/** Through defaults and optionals, but not through transforms: the shared forms are transforms. */
function innermost(schema) {
  return schema.def.innerType ? innermost(schema.def.innerType) : schema;
}

function defaultOf(schema, known) {
  if (known.absent) return known.absent;
  const { type, defaultValue } = schema.def;
  if (type === "optional") return "none";
  if (type !== "default" && type !== "prefault") return "none; the key is required";
  const text = typeof defaultValue === "number" && innermost(schema) === duration ? `${defaultValue / 1_000}s` : typeof defaultValue === "number" && innermost(schema) === size ? `${defaultValue / 1e6}MB` : JSON.stringify(defaultValue);
  return text === "{}" ? "as its keys" : `\`${text}\``;
}
