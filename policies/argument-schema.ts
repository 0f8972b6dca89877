import { createRequire } from "node:module";
import type { ErrorObject, ValidateFunction } from "ajv";
import { messageOf } from "../errors.ts";
import { regexEngine } from "./regex.ts";

const require = createRequire(import.meta.url);
type Ajv2020 = typeof import("ajv/dist/2020.js");

/** Most problems that a denial names. */
const MAX_PROBLEMS = 3;

/** What does not fit, or undefined when the arguments do. */
export type CheckArguments = (args: unknown) => string | undefined;

/** Schemas for which one Ajv serves: it keeps some of each forever, and policies are loaded again and again. */
const MAX_COMPILED = 256;

let ajv: InstanceType<Ajv2020["Ajv2020"]> | undefined;
let compiled = 0;

/**
 * Compiles a JSON Schema (2020-12). Patterns run on RE2, so that none can be made to run for long; references may
 * only point into the schema itself.
 *
 * @throws Error for what is no valid schema
 */
export function compileArgumentSchema(schema: Readonly<Record<string, unknown>>): CheckArguments {
  const validate = compile(schema);
  return (args) => {
    try {
      // What a tool without parameters is called with.
      if (validate(args ?? {})) return undefined;
    } catch (thrown) {
      // A schema that holds itself, on arguments that do.
      return `they cannot be checked: ${messageOf(thrown)}`;
    }
    return validate.errors?.slice(0, MAX_PROBLEMS).map(describe).join("; ") ?? "they do not fit";
  };
}

function compile(written: Readonly<Record<string, unknown>>): ValidateFunction {
  // Its answer would be a promise, which is as good as a yes.
  if (written["$async"] !== undefined) throw new Error("$async: a call cannot wait for its schema");
  // Without an id of its own Ajv does not find the root that `#` refers to.
  const schema = { $id: "arguments", ...written };
  if (++compiled % MAX_COMPILED === 0) ajv = undefined;
  return validator().compile(schema);
}

/** Loaded on first use: most policies have no schema. */
function validator(): InstanceType<Ajv2020["Ajv2020"]> {
  if (ajv) return ajv;
  const { Ajv2020 } = require("ajv/dist/2020.js") as Ajv2020;
  const addFormats = require("ajv-formats") as (typeof import("ajv-formats"))["default"];
  const regExp = Object.assign((pattern: string) => {
    // Ajv keeps compiled patterns by their text; without one all of them would be the first.
    return { test: regexEngine().compileTest(pattern), toString: () => pattern };
  }, { code: "new RegExp" });
  ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, ownProperties: true, validateSchema: true, addUsedSchema: false, code: { regExp } });
  addFormats(ajv, { mode: "fast" });
  // Ajv's own compares each item with every other, which takes minutes for what a call may bring.
  ajv.removeKeyword("uniqueItems").addKeyword({
    keyword: "uniqueItems", type: "array", schemaType: "boolean", error: { message: "must NOT have duplicate items" },
    validate: (wanted: boolean, items: readonly unknown[]) => !wanted || new Set(items.map(identityOf)).size === items.length,
  });
  return ajv;
}

/** The same text for the same value, whatever the order of its keys. */
function identityOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return `${typeof value} ${String(value)}`;
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "object" && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const detail = "additionalProperty" in params ? ` (${String(params["additionalProperty"])})` : "";
  return `${instancePath || "arguments"} ${message ?? "does not fit"}${detail}`;
}
