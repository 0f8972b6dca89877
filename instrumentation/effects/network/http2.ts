import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import type { NetworkCall, NetworkGate } from "./gate.ts";
import { type ConnectedSocket, judgePeer } from "./peer.ts";
import { proxiedHosts } from "./proxied.ts";
import type { Refusal } from "./refusal.ts";
import { type AnyFunction, replaceMethod } from "./replace.ts";

/**
 * Judges each request of an HTTP/2 session: the session may have been opened outside of the call.
 *
 * @returns what to do when HTTP/2 is loaded
 */
export function guardHttp2(gate: NetworkGate): () => void {
  const known = new WeakSet<object>();
  const adopt = (session: ClientHttp2Session): void => {
    const prototype = Object.getPrototypeOf(session) as object;
    if (known.has(prototype)) return;
    known.add(prototype);
    replaceMethod(prototype, "request", (original) => function (this: unknown, ...args) {
      const call = gate.running();
      return call ? request(call, this as ClientHttp2Session, args, original) : original.apply(this, args);
    });
  };
  // A session that came about in a way that no hook sees: what has begun is broken off, and from then on it is as above.
  process.getBuiltinModule("node:diagnostics_channel").subscribe("http2.client.stream.created", (message) => {
    const { stream } = message as { stream: ClientHttp2Stream };
    const session = stream.session as ClientHttp2Session | undefined;
    if (!session || known.has(Object.getPrototypeOf(session) as object)) return;
    adopt(session);
    const call = gate.running();
    if (call) judge(call, session, stream);
  });
  return () => adopt(anySession());
}

function request(call: NetworkCall, session: ClientHttp2Session, args: unknown[], original: AnyFunction): unknown {
  if (session.destroyed) return original.apply(session, args);
  const refused = (session.connecting ? undefined : judgeSession(call, session)) ?? judgeConnect(call, args[0]);
  if (refused) return stillborn(session, args, original, refused);
  const stream = original.apply(session, args) as ClientHttp2Stream;
  if (session.connecting) judge(call, session, stream);
  return stream;
}

function judgeSession(call: NetworkCall, session: ClientHttp2Session): Refusal | undefined {
  const peer = peerOf(session);
  return judgePeer(call, peer) ?? call.onScheme("connect", session.encrypted ? "https" : "http", peer._host ?? peer.remoteAddress ?? "");
}

/** What stands for a socket that is gone throws when it is asked. */
function peerOf(session: ClientHttp2Session): ConnectedSocket {
  try {
    const { _host, remoteAddress } = session.socket as ConnectedSocket;
    return { _host, remoteAddress };
  } catch {
    return {};
  }
}

/** A tunnel that a proxy is asked for. */
function judgeConnect(call: NetworkCall, headers: unknown): Refusal | undefined {
  // A list has names and values by turns.
  const read = (name: string): unknown => (Array.isArray(headers) ? headers[headers.indexOf(name) + 1] : (headers as Record<string, unknown> | undefined)?.[name]);
  if (read(":method") !== "CONNECT") return undefined;
  let refused: Refusal | undefined;
  for (const { host } of proxiedHosts("CONNECT", String(read(":authority")))) refused ??= call.onHost("connect", host);
  return refused;
}

function judge(call: NetworkCall, session: ClientHttp2Session, stream: ClientHttp2Stream): void {
  const look = (): void => {
    const refused = judgeSession(call, session);
    if (refused) stream.destroy(refused);
  };
  // Requests wait for the connection, and what is registered first runs first.
  if (session.connecting) session.prependOnceListener("connect", look);
  else look();
}

/**
 * A stream that has failed before anything of it was sent. One that is destroyed later would be too late: its headers
 * are on their way. The session seems to be connecting to it, and the request waits for something that never comes.
 */
function stillborn(session: ClientHttp2Session, args: unknown[], original: AnyFunction, refused: Refusal): ClientHttp2Stream {
  const waiting = Object.create(session, { connecting: { value: true }, once: { value: () => waiting } }) as ClientHttp2Session;
  const stream = original.apply(waiting, args) as ClientHttp2Stream;
  stream.destroy(refused);
  return stream;
}

/** A session over a stream that leads nowhere; its class is exported by nobody. */
function anySession(): ClientHttp2Session {
  const { Duplex } = process.getBuiltinModule("node:stream");
  const nowhere = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const session = process.getBuiltinModule("node:http2").connect("http://refused.invalid", { createConnection: () => nowhere });
  session.on("error", () => {}).destroy();
  return session;
}
