import { attempt, bool, type Code, type Compile, made, notBool, type Scope, VARIABLE } from "./code.ts";
import { Failure } from "./failure.ts";
import { Refusal } from "./refusal.ts";
import type { Node } from "./syntax.ts";
import { BOOL, DYN, fieldType, listOf, STRING, type Type } from "./types.ts";
import { charge, type Frame, keysOf, kindOf, lookUp } from "./values.ts";

export type Call = Extract<Node, { readonly kind: "call" }>;

/** Name → how it is written. */
const FORMS: Readonly<Record<string, string>> = {
  has: "has(x.field)",
  all: "list.all(item, condition)",
  exists: "list.exists(item, condition)",
  exists_one: "list.exists_one(item, condition)",
  filter: "list.filter(item, condition)",
  map: "list.map(item, value) or list.map(item, condition, value)",
};
export const MACROS: readonly string[] = Object.keys(FORMS);

/** Macros inside macros multiply: at most so many levels. The steps that they take are counted besides. */
const MAX_NESTED = 3;

/** A loop over `items`, whose variable is in the slot. */
type Loop = (frame: Frame, items: readonly unknown[]) => unknown;

/** @throws Refusal */
export function macro(node: Call, scope: Scope, compile: Compile): Code {
  const { name, target, args, at } = node;
  if (name === "has") return has(node, scope, compile);
  if (!target || (args.length !== 2 && !(name === "map" && args.length === 3))) throw wrongForm(node);
  const [variable, ...rest] = args as [Node, ...Node[]];
  if (variable.kind !== "name") throw new Refusal(variable.at, `the first argument of ${name} is the name of its variable`);
  if (scope.depth >= MAX_NESTED) throw new Refusal(at, `macros nested deeper than ${MAX_NESTED}`);

  const range = compile(target, scope);
  const slot = scope.depth;
  const bound = new Map(scope.bound).set(variable.name, { slot, type: itemType(range.type, name, at) });
  const inside = rest.map((part) => compile(part, { ...scope, bound, depth: slot + 1 }));
  const [first, last] = [inside[0] as Code, inside.at(-1) as Code];
  const [{ at: firstAt }] = rest as [Node];
  const cost = inside.reduce((sum, { size }) => sum + size, 1);
  const condition = (): Code => bool(first, firstAt, `the condition of ${name}`);
  switch (name) {
    case "all": return loop(BOOL, range, inside, quantifier(condition(), slot, cost, false));
    case "exists": return loop(BOOL, range, inside, quantifier(condition(), slot, cost, true));
    case "exists_one": return loop(BOOL, range, inside, one(condition(), slot, cost));
    case "filter": return loop(listOf(itemType(range.type, name, at)), range, inside, select(condition(), undefined, slot, cost));
    default: return loop(listOf(last.type), range, inside, select(inside.length > 1 ? condition() : undefined, last, slot, cost));
  }
}

function wrongForm({ name, at }: Call): Refusal {
  return new Refusal(at, `${name} is written ${FORMS[name]}`);
}

function has(node: Call, scope: Scope, compile: Compile): Code {
  const [field] = node.args;
  if (node.target || node.args.length !== 1 || field?.kind !== "field") throw wrongForm(node);
  const parent = compile(field.of, scope);
  fieldType(parent.type, field.name, field.at);
  return made(BOOL, [parent], (frame) => lookUp(parent.run(frame), field.name) !== undefined);
}

/** Of a map, the keys are gone through. */
function itemType({ kind, of = DYN, fields }: Type, name: string, at: number): Type {
  if (kind === "list") return of;
  if (kind === "map") return fields ? STRING : DYN;
  if (kind === "dyn") return DYN;
  throw new Refusal(at, `${name} goes through list or map, not ${kind}`);
}

function loop(type: Type, range: Code, inside: readonly Code[], run: Loop): Code {
  return made(type, [range, ...inside, VARIABLE], (frame) => {
    const items = range.run(frame);
    if (Array.isArray(items)) return run(frame, items);
    if (kindOf(items) !== "map") throw new Failure(`expected list or map, found ${kindOf(items)}`);
    return run(frame, keysOf(frame, items));
  });
}

/** `exists` (decided by true) and `all` (decided by false): one item that decides is enough, whatever fails beside it. */
function quantifier({ run }: Code, slot: number, cost: number, decisive: boolean): Loop {
  return (frame, items) => {
    let failure: Failure | undefined;
    for (const item of items) {
      charge(frame, cost);
      frame.slots[slot] = item;
      const value = attempt(run, frame);
      if (value === decisive) return decisive;
      if (value instanceof Failure) failure ??= value;
    }
    if (failure) throw failure;
    return !decisive;
  };
}

function one({ run }: Code, slot: number, cost: number): Loop {
  return (frame, items) => {
    let count = 0;
    for (const item of items) {
      charge(frame, cost);
      frame.slots[slot] = item;
      if (holds(run(frame))) count++;
    }
    return count === 1;
  };
}

function select(condition: Code | undefined, value: Code | undefined, slot: number, cost: number): Loop {
  return (frame, items) => {
    const result: unknown[] = [];
    for (const item of items) {
      charge(frame, cost);
      frame.slots[slot] = item;
      if (!condition || holds(condition.run(frame))) result.push(value ? value.run(frame) : item);
    }
    return result;
  };
}

function holds(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw notBool(value);
}
