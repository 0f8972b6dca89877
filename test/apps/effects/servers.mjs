// One server of each kind on the loopback addresses, and how often each was reached.
import { createHash, randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createSecureServer, createServer as createHttp2 } from "node:http2";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTls } from "node:tls";

const fixture = (name) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url));
const certificate = { key: fixture("key.pem"), cert: fixture("certificate.pem") };

/** Server → how often something came in: a connection, a request, a datagram, a query. */
export const reached = {};
/** What requests asked for, in order. */
export const requests = [];

const count = (name) => (reached[name] = (reached[name] ?? 0) + 1);

let release = () => {};
/** Answers the request for `/held` that waits. */
export const releaseHeld = () => release();

function answer(name) {
  return (request, response) => {
    count(name);
    requests.push(request.url);
    const { pathname, searchParams } = new URL(request.url, "http://x");
    if (searchParams.has("to")) response.writeHead(302, { location: searchParams.get("to") });
    if (pathname === "/held") release = () => response.end("reached");
    else response.end("reached");
  };
}

/** A proxy that takes every CONNECT and answers itself, whatever is asked for. */
function tunnel(server) {
  server.on("connect", (request, socket) => {
    count("tunnel");
    requests.push(`CONNECT ${request.url}`);
    socket.on("error", () => {});
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    server.emit("connection", socket);
  });
}

function upgrade(server) {
  server.on("upgrade", (request, socket) => {
    count("upgrade");
    // The client says that it closes.
    socket.on("data", () => socket.end());
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    socket.on("error", () => {});
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  });
}

const http = createHttp(answer("http"));
tunnel(http);
upgrade(http);
const https = createHttps(certificate, answer("https"));
const h2c = createHttp2(answer("h2c")).on("connect", (request, response) => answer("h2c")({ url: "/" }, response));
const h2 = createSecureServer(certificate, answer("h2"));
const talk = (name) => (socket) => {
  count(name);
  socket.on("error", () => {});
  socket.end("reached");
};
const tcp = createTcp(talk("tcp"));
const tls = createTls(certificate, talk("tls"));
const local = createHttp((_, response) => response.end("reached")).on("connection", () => count("local"));
const udp = createSocket("udp4").on("message", (_, { port, address }) => {
  count("udp");
  udp.send("reached", port, address);
});
// Answers every query: there is no such name.
const dns = createSocket("udp4").on("message", (query, { port, address }) => {
  count("dns");
  const reply = Buffer.from(query);
  reply.writeUInt16BE(0x8183, 2);
  reply.writeUInt16BE(0, 10);
  dns.send(reply.subarray(0, query.indexOf(0, 12) + 5), port, address);
});

const servers = { http, https, h2c, h2, tcp, tls };
export const ports = {};
for (const [name, server] of Object.entries(servers)) {
  server.on("error", () => {}).on("tlsClientError", () => {}).listen(0);
  await once(server, "listening");
  ports[name] = server.address().port;
}
for (const [name, socket] of Object.entries({ udp, dns })) {
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  ports[name] = socket.address().port;
}
// Not by the id of the process: that comes again, and a socket whose process was killed is still there.
export const path = join(tmpdir(), `spangate-test-${randomUUID()}.sock`);
process.on("exit", () => rmSync(path, { force: true }));
local.listen(path);
await once(local, "listening");

/** Lets the process end. */
export function stop() {
  for (const server of [...Object.values(servers), local]) {
    server.closeAllConnections?.();
    server.close();
    server.unref();
  }
  udp.close();
  dns.close();
}
