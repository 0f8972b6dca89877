/**
 * Turns an expression into closures. What can be known at load is refused at load: names, fields, functions,
 * operators between types that never fit, literals that mean nothing.
 *
 * @module
 */
import { attempt, bool, type Code, constant, made, notBool, refuseFailing, type Scope, valueOf, VARIABLE } from "./code.ts";
import { Failure } from "./failure.ts";
import { invoke } from "./invoke.ts";
import { macro, MACROS } from "./macros.ts";
import { Refusal } from "./refusal.ts";
import type { Node } from "./syntax.ts";
import { BOOL, didYouMean, DOUBLE, DYN, fieldType, INT, isNumber, join, listOf, mapOf, NULL, STRING, type Type } from "./types.ts";
import { describe, itemAt, kindOf, lookUp } from "./values.ts";

type NodeOf<K extends Node["kind"]> = Extract<Node, { readonly kind: K }>;

/** @throws Refusal */
export function compile(node: Node, scope: Scope): Code {
  switch (node.kind) {
    case "literal": return constant(typeOf(node.value), node.value);
    case "name": return name(node, scope);
    case "field": return field(node, scope);
    case "index": return index(compile(node.of, scope), compile(node.by, scope), node.at);
    case "list": return list(node.items.map((item) => compile(item, scope)));
    case "map": return map(node, scope);
    case "choice": return choice(node, scope);
    case "and": return junction(node.operands, scope, false);
    case "or": return junction(node.operands, scope, true);
    case "call": return call(node, scope);
  }
}

function typeOf(value: NodeOf<"literal">["value"]): Type {
  switch (typeof value) {
    case "string": return STRING;
    case "bigint": return INT;
    case "number": return DOUBLE;
    case "boolean": return BOOL;
    default: return NULL;
  }
}

function name({ name: key, at }: NodeOf<"name">, { bound, variables }: Scope): Code {
  const local = bound.get(key);
  if (local) return made(local.type, [VARIABLE], ({ slots }) => slots[local.slot]);
  const type = Object.hasOwn(variables, key) ? variables[key] : undefined;
  if (!type) throw new Refusal(at, `unknown variable "${key}"${didYouMean(key, [...bound.keys(), ...Object.keys(variables)])}`);
  return made(type, [VARIABLE], (frame) => {
    const value = frame.variables[key];
    if (value === undefined) throw new Failure(`no value for ${key}`);
    return value;
  });
}

function field({ of, name: key, at }: NodeOf<"field">, scope: Scope): Code {
  const parent = compile(of, scope);
  return made(fieldType(parent.type, key, at), [parent], (frame) => {
    const value = lookUp(parent.run(frame), key);
    if (value === undefined) throw new Failure(`no such key: ${key}`);
    return value;
  });
}

function index(of: Code, by: Code, at: number): Code {
  const { kind, of: inner = DYN } = of.type;
  if (kind !== "dyn" && kind !== "map" && kind !== "list") throw new Refusal(at, `${kind} has no items`);
  if (kind === "list" && by.type.kind !== "dyn" && !isNumber(by.type)) throw new Refusal(at, `the items of a list have numbers, not ${by.type.kind}`);
  const key = kind === "map" && by.constant ? valueOf(by) : undefined;
  return made(typeof key === "string" ? fieldType(of.type, key, at) : inner, [of, by], (frame) => {
    const [parent, position] = [of.run(frame), by.run(frame)];
    if (Array.isArray(parent)) return itemAt(parent, position);
    const value = lookUp(parent, position);
    if (value === undefined) throw new Failure(`no such key: ${describe(position)}`);
    return value;
  });
}

function list(items: readonly Code[]): Code {
  return made(listOf(join(items.map(({ type }) => type))), items, (frame) => items.map((item) => item.run(frame)));
}

function map({ entries, at }: NodeOf<"map">, scope: Scope): Code {
  const pairs = entries.map(([key, value]) => [compile(key, scope), compile(value, scope)] as const);
  const code = made(mapOf(join(pairs.map(([, value]) => value.type))), pairs.flat(), (frame) => {
    const result = new Map<unknown, unknown>();
    for (const [key, value] of pairs) {
      const place = key.run(frame);
      if (!["string", "bool", "int"].includes(kindOf(place))) throw new Failure(`${kindOf(place)} cannot be a key`);
      if (result.has(place)) throw new Failure(`the key ${describe(place)} stands twice in a map`);
      result.set(place, value.run(frame));
    }
    return result;
  });
  return refuseFailing(code, pairs.flat(), at);
}

function choice(node: NodeOf<"choice">, scope: Scope): Code {
  const test = bool(compile(node.condition, scope), node.condition.at, "the condition of ?:");
  const [yes, no] = [compile(node.yes, scope), compile(node.no, scope)];
  return made(join([yes.type, no.type]), [test, yes, no], (frame) => {
    const value = test.run(frame);
    if (value === true) return yes.run(frame);
    if (value === false) return no.run(frame);
    throw notBool(value);
  });
}

/** `||` (decided by true) and `&&` (decided by false): one operand that decides is enough, whatever fails beside it. */
function junction(nodes: readonly Node[], scope: Scope, decisive: boolean): Code {
  const operands = nodes.map((node) => bool(compile(node, scope), node.at, `an operand of ${decisive ? "||" : "&&"}`));
  const runs = operands.map(({ run }) => run);
  return made(BOOL, operands, (frame) => {
    let failure: Failure | undefined;
    for (const run of runs) {
      const value = attempt(run, frame);
      if (value === decisive) return decisive;
      if (value instanceof Failure) failure ??= value;
    }
    if (failure) throw failure;
    return !decisive;
  });
}

function call(node: NodeOf<"call">, scope: Scope): Code {
  if (MACROS.includes(node.name)) return macro(node, scope, compile);
  const nodes = node.target ? [node.target, ...node.args] : node.args;
  return invoke(node, nodes, nodes.map((arg) => compile(arg, scope)));
}
