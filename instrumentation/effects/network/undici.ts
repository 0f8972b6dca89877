import type { NetworkCall, NetworkGate } from "./gate.ts";
import { type ConnectedSocket, judgePeer } from "./peer.ts";
import { proxiedHosts } from "./proxied.ts";
import { QueuedRequests } from "./queued.ts";
import type { Refusal } from "./refusal.ts";

/** A request of undici, of the package (6 to 8) and of the copy in Node that `fetch` and `WebSocket` are made of. */
interface UndiciRequest {
  readonly origin?: string | URL | null;
  readonly method: string;
  readonly path: string;
  readonly aborted?: boolean;
  /** Looked at when the request is about to be written; it fails with this. */
  error?: Error | null;
  /** Ends a request. Until 7. */
  onError?(error: Error): void;
  /** The same since 8. */
  onResponseError?(error: Error): void;
}

/**
 * Judges the requests of undici: when they are made, and when a connection is chosen for them. Node's own copy of undici
 * cannot be reached in any other way than through its channels.
 */
export function guardUndici(gate: NetworkGate): void {
  const { subscribe } = process.getBuiltinModule("node:diagnostics_channel");
  const queued = new QueuedRequests();
  queued.adopt();
  /** Each copy of undici has a class of its own. */
  const copies = new WeakSet<object>();
  /** A client sends a request when its connection is free, in whatever context that happens. */
  const calls = new WeakMap<UndiciRequest, NetworkCall>();
  subscribe("undici:request:create", (message) => {
    const { request } = message as { request: UndiciRequest };
    if (!copies.has(request.constructor)) {
      copies.add(request.constructor);
      queued.adopt();
    }
    const call = gate.running();
    if (!call) return;
    const refused = judge(call, request);
    if (refused) abort(request, refused);
    else calls.set(request, call);
  });
  subscribe("undici:client:sendHeaders", (message) => {
    const { request, socket } = message as { request: UndiciRequest; socket: ConnectedSocket & { destroy(error: Error): void } };
    const call = calls.get(request);
    const refused = call && judgePeer(call, socket);
    if (!refused) return;
    abort(request, refused);
    // Its headers are about to be written.
    socket.destroy(refused);
  });
}

function judge(call: NetworkCall, { origin, method, path }: UndiciRequest): Refusal | undefined {
  const url = origin ? URL.parse(String(origin)) : null;
  let refused = url ? call.onHost("connect", url.hostname, url.protocol.slice(0, -1)) : undefined;
  for (const proxied of proxiedHosts(method, path)) refused ??= call.onHost("connect", proxied.host, proxied.scheme);
  return refused;
}

function abort(request: UndiciRequest, refused: Refusal): void {
  const end = request.onResponseError ?? request.onError;
  end?.call(request, refused);
  // A version whose methods have other names: it fails when it is about to be written.
  if (!request.aborted) request.error = refused;
}
