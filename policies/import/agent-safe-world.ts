import { RISKS } from "../schema/match.ts";
import { isGlob } from "./agent-safe-glob.ts";
import { SENSITIVITY } from "./agent-safe-match.ts";
import type { TheirAction, TheirParameter, TheirTarget } from "./agent-safe-model.ts";
import type { Notes } from "./note.ts";
import { readPython } from "./python-regex.ts";

/** Argument in which the id of the target is expected: there it stands beside the parameters. */
export const TARGET = "target";
const LONGEST_NAME = 256;

/** Action by sensitivity (agent_safe/models.py, RISK_MATRIX), in our names of sensitivities. */
export const RISK: Readonly<Record<string, unknown>> = {
  matrix: {
    low: { public: "low", internal: "low", confidential: "medium", restricted: "high" },
    medium: { public: "low", internal: "medium", confidential: "high", restricted: "critical" },
    high: { public: "medium", internal: "high", confidential: "critical", restricted: "critical" },
    critical: { public: "high", internal: "critical", confidential: "critical", restricted: "critical" },
  },
  unknown_action: "critical",
  unknown_target: "restricted",
};

export function writeTargets(targets: readonly TheirTarget[], notes: Notes): readonly unknown[] {
  return targets.filter(({ id, path }) => {
    const fits = id !== "" && id.length <= LONGEST_NAME && !isGlob(id);
    if (!fits) notes.dropped(path, `the id ${JSON.stringify(id.slice(0, 40))} cannot be written; the target is unknown here`);
    return fits;
  }).map(({ id, environment, sensitivity }) => ({ name: id, environment, sensitivity: SENSITIVITY[sensitivity] }));
}

export function writeTools(actions: readonly TheirAction[], notes: Notes): Readonly<Record<string, unknown>> {
  return Object.fromEntries(actions.map(({ name, risk, parameters }) => [name, { risk: RISKS.find((one) => one === risk), arguments: schemaOf(parameters, notes) }]));
}

/** A JSON Schema of the parameters, and of the target beside them. */
function schemaOf(parameters: readonly TheirParameter[], notes: Notes): unknown {
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  if (required.length) notes.approximated("actions", "required parameters are required; Agent-Safe does not look for them in a call without any parameter");
  if (parameters.some(({ name }) => name === TARGET)) notes.approximated("actions", `a parameter named ${TARGET} is also the id of the target`);
  return {
    type: "object",
    properties: Object.fromEntries([[TARGET, { type: "string" }], ...parameters.map((parameter) => [parameter.name, propertyOf(parameter, notes)])]),
    ...(required.length && { required: [...new Set(required)] }),
    additionalProperties: false,
  };
}

function propertyOf(parameter: TheirParameter, notes: Notes): unknown {
  const { path, type, least, most, shortest, longest, pattern } = parameter;
  const isNumber = type === "integer" || type === "number";
  const isText = type === "string";
  const translated = isText && pattern !== undefined ? readPython(pattern, { fold: false, whole: true }) : undefined;
  if (isText && pattern !== undefined && translated === undefined) {
    notes.approximated(path, `the pattern ${pattern} cannot be written for RE2, so no value is accepted; write it anew`);
    return false;
  }
  const accepted = acceptedBy(parameter);
  // No value at all: an empty list is not allowed there.
  if (accepted?.length === 0) return false;
  return {
    type,
    ...(isNumber && least !== undefined && { minimum: least }), ...(isNumber && most !== undefined && { maximum: most }),
    ...(isText && shortest !== undefined && shortest > 0 && { minLength: shortest }), ...(isText && longest !== undefined && { maxLength: Math.max(0, longest) }),
    ...(translated !== undefined && { pattern: translated.pattern }),
    ...(accepted && { enum: accepted }),
  };
}

/** The values that are listed. Theirs are compared as Python writes them: `True`, `5`; and to Python True is also 1. */
function acceptedBy({ type, values, least = -Infinity, most = Infinity }: TheirParameter): readonly unknown[] | undefined {
  if (type === "boolean") {
    const accepted = [true, false].filter((value) => Number(value) >= least && Number(value) <= most && (!values || values.includes(value ? "True" : "False")));
    return accepted.length === 2 ? undefined : accepted;
  }
  if (!values) return undefined;
  switch (type) {
    case "string": return [...new Set(values)];
    case "array": return [];
    default: return [...new Set(values)].filter((value) => String(Number(value)) === value).map(Number);
  }
}
