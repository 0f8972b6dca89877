import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { NetworkCall, NetworkGate } from "./gate.ts";
import { Origins } from "./origins.ts";
import { judgePeer } from "./peer.ts";
import type { Refusal } from "./refusal.ts";
import { proxiedHosts } from "./proxied.ts";
import { replaceMethod } from "./replace.ts";

type Request = ClientRequest & { readonly socketPath?: string };

/**
 * Judges the requests of `http` and `https`, each hop of a redirect as well. Connections that an agent keeps were judged
 * when they were made, if that was inside of a call at all; so is what goes over them.
 */
export function guardHttp(gate: NetworkGate): void {
  const origins = new Origins();
  let begun = false;
  process.getBuiltinModule("node:diagnostics_channel").subscribe("http.client.request.created", (message) => {
    const { request } = message as { request: Request };
    if (!begun) {
      begun = true;
      keepApart(origins);
    }
    origins.note(request);
    const call = gate.running();
    if (!call) return;
    const refused = judge(call, request);
    // Nothing has been written yet: a request begins in the next tick at the earliest.
    if (refused) request.destroy(refused);
    else request.once("socket", (socket: Socket) => onSocket(call, request, socket));
  });
}

/** An agent that has no more connections to give opens one for a request that waits when another one closes, whoever closed that. */
function keepApart(origins: Origins): void {
  replaceMethod(process.getBuiltinModule("node:http").Agent.prototype, "createSocket", (original) => function (this: unknown, ...args) {
    const [request] = args;
    const go = (): unknown => original.apply(this, args);
    return typeof request === "object" && request !== null ? origins.run(request, go) : go();
  });
}

function judge(call: NetworkCall, request: Request): Refusal | undefined {
  if (request.socketPath) return call.onLocal("connect", request.socketPath);
  const scheme = request.protocol.replace(/:$/, "");
  let refused = call.onHost("connect", request.host, scheme);
  for (const proxied of proxiedHosts(request.method, request.path)) refused ??= call.onHost("connect", proxied.host, proxied.scheme);
  return refused;
}

/** Comes before anything is written to the socket. */
function onSocket(call: NetworkCall, request: Request, socket: Socket): void {
  const look = (): void => {
    const refused = judgePeer(call, socket);
    if (refused) request.destroy(refused);
  };
  if (socket.connecting) socket.prependOnceListener("connect", look);
  else look();
}
