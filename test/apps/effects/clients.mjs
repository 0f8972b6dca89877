// Every way of Node to reach a host, each as a function of a host that resolves with what the server said.
import { createSocket } from "node:dgram";
import dns, { lookup, promises, Resolver } from "node:dns";
import { lookup as lookupLater } from "node:dns/promises";
import { once } from "node:events";
import http, { get } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import https from "node:https";
import { createRequire } from "node:module";
import net, { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { ports } from "./servers.mjs";

const require = createRequire(import.meta.url);
/** The copies of undici that other packages of this repository bring. */
export const UNDICI = {
  6: "../ai6/node_modules/undici", 7: "../../../node_modules/@ai-sdk/provider-utils/node_modules/undici", 8: "../../../node_modules/undici",
};

const text = async (stream) => {
  let all = "";
  for await (const part of stream) all += part;
  return all;
};
const response = async (request) => text((await once(request, "response"))[0]);
const h2 = async (url) => {
  const session = connectHttp2(url);
  try {
    const failed = once(session, "error").then(([error]) => { throw error; });
    const stream = session.request({ ":path": "/" });
    return await Promise.race([text(stream), failed]);
  } finally {
    session.destroy();
  }
};
const datagram = async (act) => {
  const socket = createSocket("udp4");
  try {
    const failed = once(socket, "error").then(([error]) => { throw error; });
    const answer = once(socket, "message").then(([message]) => message.toString());
    failed.catch(() => {});
    answer.catch(() => {});
    await act(socket);
    return await Promise.race([answer, failed]);
  } finally {
    socket.close();
  }
};
const webSocket = (url) => new Promise((resolve, reject) => {
  const socket = new WebSocket(url);
  socket.onopen = () => { resolve("reached"); socket.close(); };
  socket.onerror = ({ error }) => reject(error ?? new Error("the socket failed"));
});

/** For names and addresses. */
export const CLIENTS = {
  "http.get": (host) => response(http.get({ host, port: ports.http })),
  "http.get of a URL, imported by name": (host) => response(get(`http://${host}:${ports.http}/`)),
  "http.request with an agent that keeps connections": (host) => response(http.request({ host, port: ports.http, agent: new http.Agent({ keepAlive: true }) }).end()),
  "http.request with a createConnection of its own": (host) => response(http.request({ host, port: ports.http, createConnection: (options) => net.connect({ host: options.host, port: options.port }) }).end()),
  "https.get": (host) => response(https.get({ host, port: ports.https })),
  "fetch": async (host) => (await fetch(`http://${host}:${ports.http}/`)).text(),
  "fetch over TLS": async (host) => (await fetch(`https://${host}:${ports.https}/`)).text(),
  "http2": (host) => h2(`http://${host}:${ports.h2c}`),
  "http2 over TLS": (host) => h2(`https://${host}:${ports.h2}`),
  "net.connect by options": (host) => text(net.connect({ host, port: ports.tcp })),
  "net.connect by arguments, imported by name": (host) => text(connect(ports.tcp, host)),
  "net.connect of one family": (host) => text(net.connect({ host, port: ports.tcp, autoSelectFamily: false })),
  "new net.Socket": (host) => text(new net.Socket().connect(ports.tcp, host, () => {})),
  "tls.connect": (host) => text(connectTls({ host, port: ports.tls, servername: "localhost" })),
  "WebSocket": (host) => webSocket(`ws://${host}:${ports.http}/`),
  "dgram send": (host) => datagram((socket) => promisify(socket.send.bind(socket))("hello", ports.udp, host)),
  "dgram send of a part": (host) => datagram((socket) => promisify(socket.send.bind(socket))(Buffer.from("hello"), 1, 2, ports.udp, host)),
  "dgram connect": (host) => datagram(async (socket) => {
    await promisify(socket.connect.bind(socket))(ports.udp, host);
    socket.send("hello");
  }),
};
for (const [version, folder] of Object.entries(UNDICI)) {
  const undici = require(folder);
  CLIENTS[`undici ${version}: request`] = async (host) => (await undici.request(`http://${host}:${ports.http}/`)).body.text();
  CLIENTS[`undici ${version}: fetch`] = async (host) => (await undici.fetch(`http://${host}:${ports.http}/`)).text();
  CLIENTS[`undici ${version}: stream of a pool`] = async (host) => {
    const pool = new undici.Pool(`http://${host}:${ports.http}`);
    try {
      return await (await pool.request({ path: "/", method: "GET" })).body.text();
    } finally {
      await pool.destroy();
    }
  };
}

const unknown = (error) => { if (error.code === "ENOTFOUND") return "reached"; throw error; };
const configured = (resolver) => resolver.setServers([`127.0.0.1:${ports.dns}`]) ?? resolver;
const resolver = () => configured(new Resolver({ tries: 1, timeout: 5_000 }));
const resolverOfPromises = () => configured(new promises.Resolver({ tries: 1, timeout: 5_000 }));

/** For names; the servers that are asked are ours, and know no name. */
export const QUERIES = {
  "dns.resolveTxt": (name) => promisify(dns.resolveTxt)(name).catch(unknown),
  "dns.promises.resolve4": (name) => promises.resolve4(name).catch(unknown),
  "a resolver": (name) => promisify((...args) => resolver().resolveMx(...args))(name).catch(unknown),
  "a resolver of promises": (name) => resolverOfPromises().resolve(name, "A").catch(unknown),
};

/** The same for what asks the system, which knows `localhost` without asking anybody. */
export const LOOKUPS = {
  "dns.lookup, imported by name": (name) => promisify(lookup)(name).then(({ address }) => (net.isIP(address) ? "reached" : address)),
  "dns/promises, imported by name": (name) => lookupLater(name).then(({ address }) => (net.isIP(address) ? "reached" : address)),
  "dns.promises.lookup": (name) => promises.lookup(name).then(({ address }) => (net.isIP(address) ? "reached" : address)),
};
