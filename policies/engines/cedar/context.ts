import type { CedarSchema, CedarType } from "./schema.ts";
import { type Json, type JsonObject, placeOf, type PlainFacts } from "../plain.ts";

/** A value of Cedar's JSON format. */
export type CedarValue = string | number | boolean | readonly CedarValue[] | { readonly [key: string]: CedarValue };

export type CedarContext = Readonly<Record<string, CedarValue>>;

/** Keys by which Cedar's JSON names entities and functions. In arguments they would let a model make itself a role. */
const ESCAPES: ReadonlySet<string> = new Set(["__entity", "__extn", "__expr"]);
/** What Cedar's `decimal` can be: four digits after the point, 64 bits in all. */
const DECIMAL = /^-?\d{1,15}\.\d{1,4}$/;
const LARGEST_DECIMAL = 922_337_203_685_477;

type Path = (string | number)[];

/**
 * The facts as Cedar's `context`. Cedar has neither null nor fractions, so:
 * a property that is null is absent, and `context.nulls` holds its JSON Pointer (RFC 6901) below `arguments`;
 * an integer is a Long (between ±2^53), any other number a `decimal` if it has at most four digits after the point
 * and else its text, with which no number can be compared by mistake; lists are sets, and `time` is a `datetime`.
 *
 * With a schema a number is a `decimal` where the schema says so (a fraction may also be a String), and of the facts beside `arguments` only those are
 * carried that it declares. `arguments` are never cut: what the schema does not know of them is an error.
 *
 * @param names which facts the policies look at; others cost time and cannot change the decision
 * @throws Error that names the place of what Cedar cannot carry: null in a list, a key that Cedar would take for an escape
 */
export function contextOf(facts: PlainFacts, names: ReadonlySet<string> | undefined, schema?: CedarSchema): CedarContext {
  const type = schema?.contextOf(facts.tool as string);
  if (schema && !type) throw new Error(`the schema has no action Spangate::Action::"${facts.tool as string}"`);
  const declared = type && Object.keys(type.attributes ?? {});
  const wanted = (name: string): boolean => (declared ? declared.includes(name) : names?.has(name) ?? true);

  const context: Record<string, CedarValue> = {};
  const nulls: string[] = [];
  for (const [name, value] of Object.entries(facts)) {
    if (!wanted(name) || value === null) continue;
    if (name === "time") context[name] = { __extn: { fn: "datetime", arg: value as string } };
    else context[name] = carry(value, type?.attributes?.[name], [name], { schema, nulls, cut: name !== "arguments" });
  }
  if (wanted("nulls")) {
    // The nulls are known when the arguments have been carried, also for a policy that does not look at them.
    if (!wanted("arguments")) carry(facts["arguments"] ?? {}, undefined, ["arguments"], { schema: undefined, nulls, cut: false });
    context["nulls"] = nulls;
  }
  return context;
}

interface Carrying {
  readonly schema: CedarSchema | undefined;
  readonly nulls: string[];
  /** Whether what the schema does not declare is left out. */
  readonly cut: boolean;
}

function carry(value: Json, declared: CedarType | undefined, path: Path, how: Carrying): CedarValue {
  const type = declared && how.schema?.resolve(declared);
  if (typeof value === "number") return carryNumber(value, type);
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (value === null) throw new Error(`null in a list cannot be given to Cedar: ${placeOf(path)}`);
  if (isList(value)) return value.map((inner, index) => below(inner, type?.element, index, path, how));
  return carryRecord(value, type, path, how);
}

function carryRecord(value: JsonObject, type: CedarType | undefined, path: Path, how: Carrying): CedarValue {
  const record = Object.create(null) as Record<string, CedarValue>;
  for (const [key, inner] of Object.entries(value)) {
    if (ESCAPES.has(key)) throw new Error(`a key that Cedar takes for an escape cannot be given to it: ${placeOf([...path, key])}`);
    const attributes = type?.attributes;
    const attribute = attributes && Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    if (attributes && !attribute && how.cut) continue;
    if (inner === null) how.nulls.push(pointerOf([...path, key]));
    else record[key] = below(inner, attribute, key, path, how);
  }
  return record;
}

function below(value: Json, type: CedarType | undefined, step: string | number, path: Path, how: Carrying): CedarValue {
  path.push(step);
  const carried = carry(value, type, path, how);
  path.pop();
  return carried;
}

function carryNumber(value: number, type: CedarType | undefined): CedarValue {
  const whole = Number.isSafeInteger(value);
  if (whole && !isDecimal(type)) return value;
  const text = whole && Math.abs(value) <= LARGEST_DECIMAL ? `${value}.0` : String(value);
  const fits = DECIMAL.test(text) && Math.abs(value) <= LARGEST_DECIMAL;
  return fits && type?.type !== "String" ? { __extn: { fn: "decimal", arg: text } } : text;
}

/** The names under which a schema may have the type. */
function isDecimal(type: CedarType | undefined): boolean {
  return type !== undefined && [type.type, type.name].some((name) => name === "decimal" || name === "__cedar::decimal");
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}

/** RFC 6901, below the name of the fact. */
function pointerOf([, ...steps]: Path): string {
  return steps.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
