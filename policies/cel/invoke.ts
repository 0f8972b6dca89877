/**
 * Operators and functions on compiled values. Where the kinds are known at load, nothing is looked at per call.
 *
 * @module
 */
import { messageOf } from "../../errors.ts";
import { type Code, made, refuseFailing, valueOf } from "./code.ts";
import { FUNCTIONS, type Overload } from "./functions.ts";
import { type Call, MACROS } from "./macros.ts";
import { Refusal } from "./refusal.ts";
import type { Node } from "./syntax.ts";
import { BOOL, comparable, didYouMean, DYN, join, type Kind, mayBe, type Type } from "./types.ts";
import { charge, equal, type Frame, kindOf, lookUp, noOverload, order, spell } from "./values.ts";

type Run = (frame: Frame, a: unknown, b: unknown) => unknown;
/** An overload whose literal, if it wants one, is worked in. */
interface Ready extends Omit<Overload, "run" | "prepare"> {
  readonly run: Run;
}

const ORDERED: readonly Type["kind"][] = ["dyn", "bool", "int", "double", "string", "timestamp", "duration"];
const RELATIONS: ReadonlyMap<string, (found: number) => boolean> = new Map([
  ["_<_", (found) => found < 0], ["_<=_", (found) => found <= 0], ["_>_", (found) => found > 0], ["_>=_", (found) => found >= 0],
]);
/** A double is no key, and finds the int that it equals. */
const KEYS: readonly Kind[] = ["string", "bool", "int", "double"];
/** What they make of a literal is looked at when it is loaded. */
const READS_LITERALS = ["timestamp", "duration"];

/** @throws Refusal for an unknown function, or values that it cannot take */
export function invoke(node: Call, nodes: readonly Node[], args: readonly Code[]): Code {
  const { name, at } = node;
  const [a, b] = args as [Code, Code];
  const test = RELATIONS.get(name);
  if (test) return relation(name, a, b, at, test);
  if (name === "_==_" || name === "_!=_") return equality(name, a, b, at);
  if (name === "_in_") return membership(a, b, at);
  if (name === "dyn" && !node.target && args.length === 1) return { ...a, type: DYN };

  const fitting = overloads(node, args).map((overload): Ready => ({ ...overload, run: ready(overload, args, nodes) }));
  const type = join(fitting.map(({ gives }) => gives));
  const known = fitting.length === 1 && args.every((arg) => arg.type.kind !== "dyn") ? fitting[0]?.run : undefined;
  const run: Run = known ?? ((frame, x, y) => choose(fitting, name, x, y)(frame, x, y));
  const code = made(type, args, args.length === 1 ? (frame) => run(frame, a.run(frame), undefined) : (frame) => run(frame, a.run(frame), b.run(frame)));
  return READS_LITERALS.includes(name) ? refuseFailing(code, args, at) : code;
}

function equality(name: string, a: Code, b: Code, at: number): Code {
  const wanted = name === "_==_";
  if (!comparable(a.type, b.type)) throw new Refusal(at, `${spell(name, [a.type.kind, b.type.kind])} is always ${!wanted}`);
  return made(BOOL, [a, b], (frame) => equal(frame, a.run(frame), b.run(frame)) === wanted);
}

function relation(name: string, a: Code, b: Code, at: number, test: (found: number) => boolean): Code {
  const kinds = [a.type.kind, b.type.kind];
  if (!comparable(a.type, b.type) || !kinds.every((kind) => ORDERED.includes(kind))) throw refusal(at, name, kinds);
  return made(BOOL, [a, b], (frame) => test(order(frame, a.run(frame), b.run(frame))));
}

function membership(a: Code, b: Code, at: number): Code {
  const { kind, of = DYN } = b.type;
  if (!mayBe(b.type, "list") && kind !== "map") throw refusal(at, "_in_", [a.type.kind, kind]);
  if (kind === "list" && !comparable(a.type, of)) throw new Refusal(at, `${a.type.kind} is never in a list of ${of.kind}`);
  return made(BOOL, [a, b], (frame) => {
    const [item, within] = [a.run(frame), b.run(frame)];
    if (Array.isArray(within)) return includes(frame, within, item);
    if (kindOf(within) !== "map" || !KEYS.includes(kindOf(item))) throw noOverload("_in_", kindOf(item), kindOf(within));
    return lookUp(within, item) !== undefined;
  });
}

function includes(frame: Frame, list: readonly unknown[], item: unknown): boolean {
  for (const other of list) {
    charge(frame, 1);
    if (equal(frame, item, other)) return true;
  }
  return false;
}

/** The overloads that may fit what is known at load. */
function overloads({ name, target, at }: Call, args: readonly Code[]): readonly Overload[] {
  const all = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] as readonly Overload[] : [];
  if (all.length === 0) throw new Refusal(at, `unknown function "${name}"${didYouMean(name, [...Object.keys(FUNCTIONS), ...MACROS])}`);
  const styled = all.filter(({ method }) => method === (target !== undefined));
  if (styled.length === 0) throw new Refusal(at, target ? `${name} is not called on a value; write ${name}(x)` : `${name} is called on a value; write x.${name}(…)`);
  const fitting = styled.filter(({ takes }) => takes.length === args.length && takes.every((kind, place) => mayBe((args[place] as Code).type, kind)));
  if (fitting.length === 0) throw refusal(at, name, args.map(({ type }) => type.kind));
  return fitting;
}

function ready({ prepare, run }: Overload, args: readonly Code[], nodes: readonly Node[]): Run {
  if (!prepare) return run as Run;
  const { at } = nodes[1] as Node;
  const code = args[1] as Code;
  const literal = code.constant ? valueOf(code) : undefined;
  if (typeof literal !== "string") throw new Refusal(at, "this must be a string that is known at load");
  try {
    return prepare(literal) as Run;
  } catch (thrown) {
    throw new Refusal(at, messageOf(thrown));
  }
}

function choose(overloads: readonly Ready[], name: string, a: unknown, b: unknown): Run {
  const first = kindOf(a);
  for (const { takes, run } of overloads) {
    if (takes[0] === first && (takes.length === 1 || takes[1] === kindOf(b))) return run;
  }
  throw noOverload(name, ...(b === undefined ? [first] : [first, kindOf(b)]));
}

function refusal(at: number, name: string, kinds: readonly string[]): Refusal {
  return new Refusal(at, noOverload(name, ...kinds).message);
}
