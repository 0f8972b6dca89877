import type { CedarValue } from "./context.ts";
import { type CedarLibrary, type EntityUid, problemsOf, referencesIn } from "./library.ts";

export interface CedarEntity {
  readonly uid: EntityUid | { readonly __entity: EntityUid };
  readonly attrs: Readonly<Record<string, CedarValue>>;
  readonly parents: readonly (EntityUid | { readonly __entity: EntityUid })[];
  readonly tags?: Readonly<Record<string, CedarValue>>;
}

/** Picks the entities that a request can reach. */
export type Reach = (ours: readonly CedarEntity[], alsoFrom: readonly EntityUid[]) => readonly CedarEntity[];

interface Node {
  readonly entity: CedarEntity;
  readonly references: readonly EntityUid[];
}

/**
 * The entities of a file, ready to be asked which of them a request can reach: Cedar reads all it is given at each
 * call, 4 µs each. A policy reaches an entity only from the request or by naming it, and then through attributes,
 * tags and parents; so what is left out cannot change a decision.
 *
 * @param named entities that the policies name
 * @throws Error when the entities are not in Cedar's JSON format or do not fit the schema
 */
export function compileEntities(cedar: CedarLibrary, entities: unknown, named: readonly EntityUid[], schema: string | object | undefined): Reach {
  const answer = cedar.checkParseEntities({ entities: entities as [], schema: (schema ?? null) as string | null });
  if (answer.type === "failure") throw new Error(`the entities: ${problemsOf(answer.errors)}`);
  const known = new Map<string, Node>();
  for (const entity of entities as readonly CedarEntity[]) known.set(keyOf(uidOf(entity.uid)), { entity, references: referencesIn([entity.attrs, entity.tags, entity.parents]) });

  return (ours, alsoFrom) => {
    if (known.size === 0) return ours;
    const reached = new Map<string, CedarEntity>();
    const waiting: EntityUid[] = [...named, ...alsoFrom];
    for (const entity of ours) {
      const key = keyOf(uidOf(entity.uid));
      const node = known.get(key);
      reached.set(key, node ? merge(node.entity, entity) : entity);
      waiting.push(...referencesIn(entity.parents), ...(node?.references ?? []));
    }
    for (let uid = waiting.pop(); uid; uid = waiting.pop()) {
      const key = keyOf(uid);
      const node = known.get(key);
      if (!node || reached.has(key)) continue;
      reached.set(key, node.entity);
      waiting.push(...node.references);
    }
    return [...reached.values()];
  };
}

/** What the call says of itself holds over what the file says. */
function merge(file: CedarEntity, call: CedarEntity): CedarEntity {
  return { ...file, attrs: { ...file.attrs, ...call.attrs }, parents: [...file.parents, ...call.parents] };
}

function uidOf(uid: CedarEntity["uid"]): EntityUid {
  return "__entity" in uid ? uid.__entity : uid;
}

/** Cedar only takes types in their normal form, so one entity has one key. */
function keyOf({ type, id }: EntityUid): string {
  return `${type}::${JSON.stringify(id)}`;
}
