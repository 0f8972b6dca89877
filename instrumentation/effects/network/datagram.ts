import type { Socket } from "node:dgram";
import type { NetworkCall, NetworkGate } from "./gate.ts";
import { judgedLookup, type Lookup } from "./lookup.ts";
import { type AnyFunction, replaceMethod } from "./replace.ts";

/**
 * Stands before what UDP sockets send, and the peer that they are connected to. A name is resolved here, by `dns.lookup`
 * whatever lookup the socket was made with, and what is sent goes to the address that was judged.
 */
export function guardDatagrams(gate: NetworkGate): void {
  const dgram = process.getBuiltinModule("node:dgram");
  replaceMethod(dgram, "createSocket", (original) => function (this: unknown, ...args) {
    const [options, ...rest] = args;
    const lookup = (options as { readonly lookup?: unknown } | null | undefined)?.lookup;
    const call = typeof lookup === "function" ? gate.running() : undefined;
    return call ? original.call(this, { ...(options as object), lookup: honest(judgedLookup(call, lookup as Lookup)) }, ...rest) : original.apply(this, args);
  });
  const { prototype } = dgram.Socket;
  replaceMethod(prototype, "send", (original) => function (this: unknown, ...args) {
    const call = gate.running();
    return call ? send(call, this as Socket, args, original) : original.apply(this, args);
  });
  replaceMethod(prototype, "connect", (original) => function (this: unknown, ...args) {
    const call = gate.running();
    return call ? direct(call, "connect", this as Socket, args, 1, original) : original.apply(this, args);
  });
  replaceMethod(prototype, "connectSync", (original) => function (this: unknown, ...args) {
    const refused = gate.running()?.onHost("connect", addressIn(args, 1, this as Socket));
    if (refused) throw refused;
    return original.apply(this, args);
  });
}

function send(call: NetworkCall, socket: Socket, args: unknown[], original: AnyFunction): unknown {
  const peer = peerOf(socket);
  if (peer !== undefined) {
    const refused = call.onAddress("send", peer);
    return refused ? fail(socket, args, refused) : original.apply(socket, args);
  }
  // (message, offset, length, port, address) or (message, port, address).
  const long = Boolean(args[4]) || (Boolean(args[3]) && typeof args[3] !== "function");
  return direct(call, "send", socket, args, long ? 4 : 2, original);
}

/** A socket asks its lookup for addresses as well; one that is made inside of a call could answer with another. */
function honest(lookup: Lookup): Lookup {
  return (hostname, options, callback) => {
    const family = process.getBuiltinModule("node:net").isIP(hostname);
    if (family) process.nextTick(callback, null, hostname, family);
    else lookup(hostname, options, callback);
  };
}

/** Calls the original with an address that was judged in the place `at` of the arguments. */
function direct(call: NetworkCall, syscall: string, socket: Socket, args: unknown[], at: number, original: AnyFunction): unknown {
  const host = addressIn(args, at, socket);
  const refused = call.onHost(syscall, host);
  if (refused) return fail(socket, args, refused);
  if (!call.enforcing || process.getBuiltinModule("node:net").isIP(host)) return original.apply(socket, args);
  process.getBuiltinModule("node:dns").lookup(host, { family: familyOf(socket) }, (error, address) => {
    const problem = error ?? call.onAddress(syscall, address);
    if (problem) return fail(socket, args, problem);
    try {
      original.apply(socket, args.with(at, address));
    } catch (thrown) {
      fail(socket, args, thrown as Error);
    }
  });
  return undefined;
}

/** Left out, it is this machine. */
function addressIn(args: readonly unknown[], at: number, socket: Socket): string {
  const address = args[at];
  return typeof address === "string" && address !== "" ? address : familyOf(socket) === 6 ? "::1" : "127.0.0.1";
}

function familyOf(socket: Socket): 4 | 6 {
  return (socket as unknown as { readonly type?: string }).type === "udp6" ? 6 : 4;
}

function peerOf(socket: Socket): string | undefined {
  try {
    return socket.remoteAddress().address;
  } catch {
    // Not connected.
    return undefined;
  }
}

/** As a socket tells of an address that does not resolve; where nobody listens the datagram is lost, as datagrams are. */
function fail(socket: Socket, args: readonly unknown[], error: Error): void {
  const callback = args.at(-1);
  process.nextTick(() => {
    if (typeof callback === "function") callback(error);
    else if (socket.listenerCount("error") > 0) socket.emit("error", error);
  });
}
