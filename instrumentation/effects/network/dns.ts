import type { NetworkGate } from "./gate.ts";
import type { Refusal } from "./refusal.ts";
import { type AnyFunction, replaceMethod } from "./replace.ts";

/** Method → what Node's errors call it. All take the name, or the address, as their first argument. */
const QUERIES: Readonly<Record<string, string>> = {
  lookup: "getaddrinfo", lookupService: "getnameinfo", reverse: "getHostByAddr", resolve: "query", resolve4: "queryA", resolve6: "queryAaaa", resolveAny: "queryAny",
  resolveCaa: "queryCaa", resolveCname: "queryCname", resolveMx: "queryMx", resolveNaptr: "queryNaptr", resolveNs: "queryNs", resolvePtr: "queryPtr", resolveSoa: "querySoa",
  resolveSrv: "querySrv", resolveTlsa: "queryTlsa", resolveTxt: "queryTxt",
};

/**
 * Stands before every query of `dns`: a name is a message, whoever is asked for it (`<secret>.example.com`). So is the
 * choice of another server.
 */
export function guardQueries(gate: NetworkGate): void {
  const dns = process.getBuiltinModule("node:dns");
  // Classes first: Node makes functions of the module from them again when servers are set.
  for (const target of [dns.Resolver.prototype, dns]) guard(gate, target, failLater);
  for (const target of [dns.promises.Resolver.prototype, dns.promises]) guard(gate, target, (_, error) => Promise.reject(error));
}

function guard(gate: NetworkGate, target: object, fail: (args: readonly unknown[], error: Refusal) => unknown): void {
  for (const [method, syscall] of Object.entries(QUERIES)) {
    replaceMethod(target, method, (original) => function (this: unknown, ...args) {
      const [name] = args;
      const call = typeof name === "string" && name !== "" ? gate.running() : undefined;
      // An address is its own answer.
      const refused = call && !(method === "lookup" && isAddress(name as string)) ? call.onQuery(syscall, name as string) : undefined;
      return refused ? fail(args, refused) : original.apply(this, args);
    });
  }
  replaceMethod(target, "setServers", (original) => function (this: unknown, ...args) {
    const call = gate.running();
    for (const server of call && Array.isArray(args[0]) ? args[0] : []) {
      const refused = call?.onHost("setServers", hostOf(String(server)));
      if (refused) throw refused;
    }
    return original.apply(this, args);
  });
}

function failLater(args: readonly unknown[], error: Refusal): object {
  const callback = args.at(-1);
  if (typeof callback !== "function") throw error;
  process.nextTick(callback as AnyFunction, error);
  return {};
}

function isAddress(text: string): boolean {
  return process.getBuiltinModule("node:net").isIP(text) !== 0;
}

/** `192.0.2.1:53` and `[2001:db8::1]:53` without the port. */
function hostOf(server: string): string {
  if (server.startsWith("[")) return server.slice(1, server.indexOf("]"));
  return server.indexOf(":") === server.lastIndexOf(":") ? (server.split(":", 1)[0] as string) : server;
}
