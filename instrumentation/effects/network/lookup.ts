import type { NetworkCall } from "./gate.ts";
import type { Refusal } from "./refusal.ts";

/** What `net` calls to resolve a name, and how it is answered: one address, or with `all` a list of them. */
export type Lookup = (hostname: string, options: object, callback: LookupCallback) => void;
export type LookupCallback = (error: Error | null, address?: string | readonly LookupAddress[], family?: number) => void;

interface LookupAddress {
  readonly address: string;
  readonly family: number;
}

/**
 * A lookup that answers with addresses that may be reached, and with nothing else: what was judged is what is connected
 * to, however the name resolves the next time. Fails when none of the addresses may be.
 */
export function judgedLookup(call: NetworkCall, lookup: Lookup): Lookup {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, found, family) => {
      if (error || found === undefined) return callback(error, found, family);
      // Copies: a list that its owner changes later, or an object that is a text only when it is asked, was not judged.
      const addresses = Array.isArray(found) ? (found as readonly LookupAddress[]).map((each) => ({ address: String(each.address), family: each.family })) : [{ address: String(found), family: family as number }];
      const refusals = addresses.map(({ address }) => judge(call, address));
      const reachable = addresses.filter((_, index) => !refusals[index]);
      const refused = refusals.find((each) => each !== undefined);
      const [first] = reachable;
      if (refused && !first) callback(refused);
      else if (Array.isArray(found)) callback(null, reachable);
      else callback(null, first?.address, first?.family);
    });
  };
}

/** What is no address is left to Node, which does not take it. */
function judge(call: NetworkCall, address: string): Refusal | undefined {
  return process.getBuiltinModule("node:net").isIP(address) ? call.onAddress("connect", address) : undefined;
}

/** A lookup that fails. It makes a connection fail in the way of one whose name does not resolve. */
export function failingLookup(error: Error): Lookup {
  return (_hostname, _options, callback) => callback(error);
}
