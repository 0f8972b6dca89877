import type { NetworkCall, NetworkGate } from "./gate.ts";
import { failingLookup, judgedLookup, type Lookup } from "./lookup.ts";
import { type AnyFunction, replaceMethod } from "./replace.ts";

/** The options of a connection, as far as they say where it leads. */
interface Target {
  readonly path?: unknown;
  readonly host?: unknown;
  readonly lookup?: unknown;
}

/** A name that is never resolved: a lookup that fails answers for it. */
const NOWHERE = "refused.invalid";

/**
 * Stands before `net.Socket.prototype.connect`, which every TCP, TLS, HTTP and WebSocket connection of Node passes, that
 * of `fetch` and of undici as well. The name is judged before it is resolved, and every address before it is used.
 */
export function guardConnections(gate: NetworkGate): void {
  const net = process.getBuiltinModule("node:net");
  replaceMethod(net.Socket.prototype, "connect", (original) => function (this: unknown, ...args) {
    const call = gate.running();
    if (!call) return original.apply(this, args);
    const [options, callback] = normalize(args);
    return original.call(this, judged(call, options), ...(callback ? [callback] : []));
  });
}

/** What `net` makes of the arguments of `connect`; inside of Node they come as one list that was made already. */
function normalize(args: readonly unknown[]): [options: object, callback: AnyFunction | undefined] {
  const [first, second] = Array.isArray(args[0]) ? args[0] as readonly unknown[] : args;
  const last = Array.isArray(args[0]) ? second : args.at(-1);
  const callback = typeof last === "function" ? last as AnyFunction : undefined;
  if (typeof first === "object" && first !== null) return [first, callback];
  if (typeof first === "string" && !isPort(first)) return [{ path: first }, callback];
  return [{ port: first, ...(typeof second === "string" && { host: second }) }, callback];
}

/** A text that is a number is a port, and any other the path of a socket. */
function isPort(text: string): boolean {
  return Number(text) >= 0;
}

/** The options to connect with instead: where they lead is read once, so that a getter cannot say something else later. */
function judged(call: NetworkCall, options: Target): object {
  const { path, host: given } = options;
  if (path) {
    const refused = call.onLocal("connect", String(path));
    return refused ? derive(options, { path: undefined, port: 0, host: NOWHERE, lookup: failingLookup(refused) }) : derive(options, { path });
  }
  const host = given ? String(given) : "localhost";
  const refused = call.onHost("connect", host);
  // An address would be connected to without asking any lookup.
  if (refused) return derive(options, { host: NOWHERE, lookup: failingLookup(refused) });
  const lookup = options.lookup ?? process.getBuiltinModule("node:dns").lookup;
  return derive(options, { host, lookup: typeof lookup === "function" ? judgedLookup(call, lookup as Lookup) : lookup });
}

/** Not a copy: options may be an instance whose properties are inherited, and may be read by others later. */
function derive(options: object, own: object): object {
  return Object.create(options, Object.getOwnPropertyDescriptors(own)) as object;
}
