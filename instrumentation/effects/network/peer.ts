import type { NetworkCall } from "./gate.ts";
import type { Refusal } from "./refusal.ts";

/** A socket that was connected earlier, maybe by somebody else. */
export interface ConnectedSocket {
  readonly connecting?: boolean;
  /** Undefined for a Unix socket, a stream that is no socket, and before the connection stands. */
  readonly remoteAddress?: string | undefined;
  /** The name that it was connected by; Node leaves it out for an address. */
  readonly _host?: string | null | undefined;
}

/**
 * Judges where a socket leads that was not connected inside this call: one of a pool that was filled outside. Who
 * connects inside is judged while connecting.
 */
export function judgePeer(call: NetworkCall, { _host: name, remoteAddress }: ConnectedSocket): Refusal | undefined {
  const refused = typeof name === "string" && name !== "" ? call.onHost("connect", name) : undefined;
  return refused ?? (remoteAddress === undefined ? undefined : call.onAddress("connect", remoteAddress));
}
