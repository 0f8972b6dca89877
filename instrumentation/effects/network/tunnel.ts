import type { NetworkGate } from "./gate.ts";
import { replaceMethod } from "./replace.ts";

interface Over {
  readonly socket?: { readonly remoteAddress?: unknown; destroy?(): void };
  readonly servername?: unknown;
  readonly host?: unknown;
}

/**
 * Stands before `tls.connect` over a socket that is open already: the tunnel of a proxy, or a socket that was handed
 * over. The connection itself says nothing of where it leads, so the name that the certificate is asked for does.
 */
export function guardTunnels(gate: NetworkGate): void {
  const tls = process.getBuiltinModule("node:tls");
  replaceMethod(tls, "connect", (original) => function (this: unknown, ...args) {
    const options = args.find((each): each is Over => typeof each === "object" && each !== null);
    const call = options?.socket && gate.running();
    if (!call) return original.apply(this, args);
    const { socket, servername, host } = options;
    const name = servername || host;
    const address = socket?.remoteAddress;
    const refused = (typeof name === "string" ? call.onHost("connect", name) : undefined) ?? (typeof address === "string" ? call.onAddress("connect", address) : undefined);
    if (!refused) return original.apply(this, args);
    // TLS over a stream that leads nowhere, so that nothing is sent; it takes the socket that it was given with it when it fails.
    const { Duplex } = process.getBuiltinModule("node:stream");
    const nowhere = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const failing = original.apply(this, args.map((each) => (each === options ? Object.assign({}, options, { socket: nowhere }) : each))) as { destroy(error: Error): void };
    process.nextTick(() => {
      failing.destroy(refused);
      socket?.destroy?.();
    });
    return failing;
  });
}
