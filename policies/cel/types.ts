import { nearest } from "../nearest.ts";
import { Refusal } from "./refusal.ts";

/** What a value can be while a condition runs. */
export type Kind = "null" | "bool" | "int" | "double" | "string" | "list" | "map" | "timestamp" | "duration";

/** What is known of a value before anything runs; `dyn`: nothing. */
export interface Type {
  readonly kind: Kind | "dyn";
  /** Of the items of a list or the values of a map. */
  readonly of?: Type;
  /** Of a map: all the keys it can have. */
  readonly fields?: Readonly<Record<string, Type>>;
}

const simple = (kind: Type["kind"]): Type => Object.freeze({ kind });
export const DYN: Type = simple("dyn");
export const NULL: Type = simple("null");
export const BOOL: Type = simple("bool");
export const INT: Type = simple("int");
export const DOUBLE: Type = simple("double");
export const STRING: Type = simple("string");
export const TIMESTAMP: Type = simple("timestamp");
export const DURATION: Type = simple("duration");
export const LIST: Type = listOf(DYN);

export function listOf(of: Type): Type {
  return Object.freeze({ kind: "list", of });
}

export function mapOf(of: Type): Type {
  return Object.freeze({ kind: "map", of });
}

export function record(fields: Readonly<Record<string, Type>>): Type {
  return Object.freeze({ kind: "map", of: join(Object.values(fields)), fields });
}

/** The type of a value that has one of these types. */
export function join(types: readonly Type[]): Type {
  const [first = DYN, ...others] = types;
  return others.every((type) => same(type, first)) ? first : DYN;
}

function same(a: Type, b: Type): boolean {
  return a === b || (a.kind === b.kind && !a.fields && !b.fields && same(a.of ?? DYN, b.of ?? DYN));
}

/** @throws Refusal where it is known that there is no such field */
export function fieldType({ kind, of = DYN, fields }: Type, key: string, at: number): Type {
  if (kind !== "dyn" && kind !== "map") throw new Refusal(at, `${kind} has no field "${key}"`);
  if (!fields) return of;
  const type = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (!type) throw new Refusal(at, `unknown field "${key}"${didYouMean(key, Object.keys(fields))}`);
  return type;
}

/** Whether a value of this type may turn out to be of this kind. */
export function mayBe(type: Type, kind: Kind): boolean {
  return type.kind === "dyn" || type.kind === kind;
}

/** Whether values of these types may turn out to be equal; ints and doubles compare as numbers. */
export function comparable(a: Type, b: Type): boolean {
  return a.kind === "dyn" || b.kind === "dyn" || a.kind === b.kind || (isNumber(a) && isNumber(b));
}

export function isNumber({ kind }: Type): boolean {
  return kind === "int" || kind === "double";
}

/** `, did you mean "…"?` where one of the candidates is close. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const known = nearest(word, candidates);
  return known ? `, did you mean "${known}"?` : "";
}
