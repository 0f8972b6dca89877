/** Looks into zod schemas: which keys there are, what stands under them. */

interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly in?: Schema;
  readonly element?: Schema;
  readonly shape?: Readonly<Record<PropertyKey, Schema>>;
  readonly valueType?: Schema;
  readonly options?: readonly Schema[];
  readonly defaultValue?: unknown;
}

export interface Schema {
  readonly def: Definition;
}

/** Through defaults, optionals and transforms, to what an author writes. */
export function unwrap(schema: Schema): Definition {
  const { def } = schema;
  if (def.innerType) return unwrap(def.innerType);
  return def.type === "pipe" && def.in ? unwrap(def.in) : def;
}

/** The schema under one step of a path; undefined where the path leads nowhere. */
export function step(schema: Schema, key: PropertyKey): Schema | undefined {
  const def = unwrap(schema);
  if (def.shape) return def.shape[key];
  if (def.valueType) return def.valueType;
  if (def.element) return def.element;
  // Of several forms the one that has something under it.
  for (const option of def.options ?? []) {
    const found = step(option, key);
    if (found) return found;
  }
  return undefined;
}

/** The keys that a schema knows at a path; none where it knows no keys. */
export function keysAt(schema: Schema, path: readonly PropertyKey[]): readonly string[] {
  const at = path.reduce<Schema | undefined>((found, key) => found && step(found, key), schema);
  return at ? Object.keys(shapeOf(at) ?? {}) : [];
}

export function shapeOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const def = unwrap(schema);
  return def.shape ?? def.options?.map(shapeOf).find((shape) => shape !== undefined);
}
