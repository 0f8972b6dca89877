// One way around the gate for each name; told in JSON what came of it.
import dgram from "node:dgram";
import dns, { lookup } from "node:dns";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { createRequire } from "node:module";
import net from "node:net";
import { setTimeout } from "node:timers/promises";
import tls from "node:tls";
import { promisify } from "node:util";
import { enforce, guardTool } from "spangate";
import { GateProcessor } from "spangate/processors";
import { UNDICI } from "./clients.mjs";
import { path, ports, reached, releaseHeld, requests, stop } from "./servers.mjs";

const require = createRequire(import.meta.url);
const { Pool, ProxyAgent, request: undiciRequest } = require(UNDICI[7]);
/** Runs an action inside of a tool call. */
const inside = guardTool("act", (_, act) => act());
const text = async (stream) => {
  let all = "";
  for await (const part of stream) all += part;
  return all;
};
const response = async (request) => text((await once(request, "response"))[0]);
const tried = (promise) => promise.then((said) => said, (error) => (error.cause ?? error).errors?.[0]?.code ?? (error.cause ?? error).code ?? error.message);
/** A resolver that answers with these lists of addresses, one after the other, and the last one from then on. */
const answers = (...lists) => (hostname, options, callback) => {
  const list = lists.length > 1 ? lists.shift() : lists[0];
  const found = list.map((address) => ({ address, family: net.isIP(address) }));
  if (options.all) callback(null, found);
  else callback(null, found[0].address, found[0].family);
};
const at = (host, more) => response(http.get({ host, port: ports.http, ...more }));

const SCENARIOS = {
  async redirect() {
    const to = encodeURIComponent(`http://localhost:${ports.http}/second`);
    return { said: await tried(inside({}, async () => (await fetch(`http://127.0.0.1:${ports.http}/first?to=${to}`)).text())), outside: await (await fetch(`http://127.0.0.1:${ports.http}/third?to=${to}`)).text() };
  },
  async redirectByHand() {
    const to = encodeURIComponent(`http://localhost:${ports.http}/second`);
    return { said: await tried(inside({}, async () => {
      const [first] = await once(http.get(`http://127.0.0.1:${ports.http}/first?to=${to}`), "response");
      return response(http.get(first.headers.location));
    })) };
  },
  async rebinding() {
    const lookup = answers(["127.0.0.1"], ["127.0.0.2"]);
    const agent = new http.Agent();
    return { said: await inside({}, async () => [await tried(at("rebound.test", { lookup, agent })), await tried(at("rebound.test", { lookup, agent }))]) };
  },
  async severalAddresses() {
    return { said: await inside({}, async () => [
      await tried(at("both.test", { lookup: answers(["127.0.0.2", "127.0.0.1"]) })), await tried(at("none.test", { lookup: answers(["127.0.0.2", "::ffff:127.0.0.2"]) })),
      await tried(at("one.test", { lookup: answers(["127.0.0.2"]), autoSelectFamily: false })),
    ]) };
  },
  async spellings() {
    const urls = ["http://0x7f.2", "http://2130706434", "http://127.2", "http://[::ffff:127.0.0.2]", "http://127.0.0.2."];
    const said = {};
    for (const url of urls) said[url] = await tried(inside({}, async () => (await fetch(`${url}:${ports.http}/`)).text()));
    for (const host of ["0x7f.2", "::ffff:7f00:2", "LOCALHOST", "localhost."]) said[host] = await tried(inside({}, () => text(net.connect({ host, port: ports.tcp }))));
    return { said };
  },
  async keptByAgent() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const outside = await at("localhost", { agent });
    const said = await tried(inside({}, () => at("localhost", { agent })));
    return { outside, said, after: await at("localhost", { agent }) };
  },
  async keptByAgentToAnAddress() {
    const agent = new http.Agent({ keepAlive: true, lookup: answers(["127.0.0.1"]) });
    enforce(process.argv[3]);
    const outside = await at("pooled.test", { agent });
    const said = await tried(inside({}, () => at("pooled.test", { agent })));
    return { outside, said, after: await at("pooled.test", { agent }) };
  },
  async keptByPool() {
    const pool = new Pool(`http://localhost:${ports.http}`, { connections: 1 });
    const ask = async () => (await pool.request({ path: "/", method: "GET" })).body.text();
    const outside = await ask();
    const [said, meanwhile] = await Promise.all([tried(inside({}, ask)), ask()]);
    const after = await ask();
    await pool.close();
    return { outside, said, meanwhile, after };
  },
  async waitingForAPool() {
    const pool = new Pool(`http://127.0.0.1:${ports.http}`, { connections: 1 });
    const ask = async (path) => (await pool.request({ path, method: "GET" })).body.text();
    // Inside the call and allowed when it is made; what waits behind it is no part of the call, and is sent when the policy allows it no more.
    const held = inside({}, () => ask("/held"));
    while (requests.length === 0) await setTimeout(1);
    const waiting = ask("/");
    enforce(process.argv[3]);
    releaseHeld();
    const said = [await held, await waiting];
    await pool.close();
    return { said };
  },
  async waitingForAnAgent() {
    const agent = new http.Agent({ maxSockets: 1 });
    const ask = (path) => at("127.0.0.1", { agent, path });
    const held = inside({}, () => ask("/held"));
    while (requests.length === 0) await setTimeout(1);
    const waiting = ask("/");
    enforce(process.argv[3]);
    releaseHeld();
    return { said: [await held, await waiting] };
  },
  async keptByPoolToAnAddress() {
    const pool = new Pool(`http://pooled.test:${ports.http}`, { connections: 1, connect: { lookup: answers(["127.0.0.1"]) } });
    const ask = async () => (await pool.request({ path: "/", method: "GET" })).body.text();
    enforce(process.argv[3]);
    const outside = await ask();
    const said = await tried(inside({}, ask));
    const after = await tried(ask());
    await pool.close();
    return { outside, said, after };
  },
  async keptByFetch() {
    const ask = async () => (await fetch(`http://localhost:${ports.http}/`)).text();
    return { outside: await ask(), said: await tried(inside({}, ask)), after: await ask() };
  },
  async keptSession() {
    const session = http2.connect(`http://localhost:${ports.h2c}`);
    const ask = () => text(session.request({ ":path": "/" }));
    const outside = await ask();
    const said = await tried(inside({}, ask));
    const after = await ask();
    session.close();
    return { outside, said, after };
  },
  async schemeOfSession() {
    const open = http2.connect(`http://127.0.0.1:${ports.h2c}`);
    await once(open, "connect");
    const opening = http2.connect(`http://127.0.0.1:${ports.h2c}`);
    const encrypted = http2.connect(`https://localhost:${ports.h2}`);
    const said = [];
    for (const session of [open, opening, encrypted]) {
      said.push(await tried(inside({}, () => text(session.request({ ":path": "/" })))));
      session.close();
    }
    return { said };
  },
  async openingSession() {
    const session = http2.connect(`http://localhost:${ports.h2c}`);
    const ask = () => text(session.request({ ":path": "/" }));
    const said = await tried(inside({}, ask));
    const outside = await ask();
    session.close();
    return { said, outside };
  },
  async nested() {
    const outer = guardTool("outer", (_, act) => inside({}, act));
    return { said: await tried(outer({}, () => at("localhost"))), allowed: await outer({}, () => at("127.0.0.1")) };
  },
  async askingProcessor() {
    /** Asks a service of the operator's, at a host that tools may not reach, whether a call may run, and what came of it. */
    class Asking extends GateProcessor {
      name = "asking";
      async judge({ tool }) { if (tool === "act" && (await at("localhost")) !== "reached") throw new Error("nobody answers"); }
      filterLate({ tool }, value) { return tool === "act" ? at("localhost").then(() => ({ value })) : undefined; }
    }
    enforce(process.env.SPANGATE_POLICY, { processors: [new Asking()] });
    const outer = guardTool("outer", (_, act) => act());
    return { said: [await tried(outer({}, () => inside({}, () => "asked"))), await tried(outer({}, () => at("localhost")))] };
  },
  async leftRunning() {
    const { promise, resolve } = Promise.withResolvers();
    await inside({}, () => void globalThis.setTimeout(() => resolve(tried(at("localhost"))), 20));
    await setTimeout(1);
    return { said: await promise };
  },
  async proxies() {
    const proxy = new ProxyAgent({ uri: `http://127.0.0.1:${ports.http}`, proxyTunnel: true });
    const connect = (target) => inside({}, async () => (await once(http.request({ host: "127.0.0.1", port: ports.http, method: "CONNECT", path: target }).end(), "connect"))[1].destroy() && "reached");
    const through = (host) => inside({}, async () => (await undiciRequest(`http://${host}:${ports.http}/`, { dispatcher: proxy })).body.text());
    const client = new Pool(`http://127.0.0.1:${ports.http}`);
    const connectUndici = (target) => inside({}, async () => (await client.connect({ path: target })).socket.destroy() && "reached");
    const whole = (host) => inside({}, () => at("127.0.0.1", { path: `http://${host}/` }));
    const session = http2.connect(`http://127.0.0.1:${ports.h2c}`);
    const connect2 = (authority) => inside({}, () => text(session.request({ ":method": "CONNECT", ":authority": authority })));
    const two = [await tried(connect2("allowed.test:80")), await tried(connect2("localhost:80"))];
    session.destroy();
    return {
      http2: two,
      connect: [await tried(connect("allowed.test:80")), await tried(connect("localhost:80"))],
      undiciConnect: [await tried(connectUndici("allowed.test:80")), await tried(connectUndici("localhost:80"))],
      undici: [await tried(through("allowed.test")), await tried(through("localhost"))],
      whole: [await tried(whole("allowed.test")), await tried(whole("localhost"))],
      proxyItself: await tried(inside({}, async () => (await undiciRequest("http://allowed.test/", { dispatcher: new ProxyAgent(`http://localhost:${ports.http}`) })).body.text())),
    };
  },
  async tunnels() {
    const over = async (servername) => {
      const socket = net.connect({ host: "127.0.0.1", port: ports.tls });
      await once(socket, "connect");
      return text(tls.connect({ socket, servername }));
    };
    return { said: [await tried(inside({}, () => over("allowed.test"))), await tried(inside({}, () => over("localhost")))], outside: await over("localhost") };
  },
  async tunnelsOfCommonJs() {
    const { connect } = require("tls");
    const over = async (servername) => {
      const socket = net.connect({ host: "127.0.0.1", port: ports.tls });
      await once(socket, "connect");
      return text(connect({ socket, servername }));
    };
    return { said: [await tried(inside({}, () => over("allowed.test"))), await tried(inside({}, () => over("localhost")))] };
  },
  async handedOver() {
    const socket = net.connect({ host: "localhost", port: ports.tls, lookup: answers(["127.0.0.1"]) });
    await once(socket, "connect");
    enforce(process.argv[3]);
    return { said: await tried(inside({}, () => text(tls.connect({ socket, servername: "allowed.test" })))) };
  },
  async localSockets() {
    const opened = async (...args) => {
      const socket = net.connect(...args);
      await once(socket, "connect");
      socket.destroy();
      return "reached";
    };
    const agent = new http.Agent({ keepAlive: true });
    const ask = () => response(http.get({ socketPath: path, agent }));
    const outside = [await opened({ path }), await ask()];
    return { said: [await tried(inside({}, () => opened(path))), await tried(inside({}, () => response(http.get({ socketPath: path })))), await tried(inside({}, ask))], outside };
  },
  async anotherResolver() {
    const resolver = new dns.Resolver({ tries: 1 });
    const set = (server, target = resolver) => inside({}, () => target.setServers([server]) ?? "set");
    return { said: [
      await tried(set("127.0.0.1:53")), await tried(set("127.0.0.2:53")), await tried(set("[::ffff:127.0.0.2]:53")), await tried(set("127.0.0.2", dns)), await tried(set("127.0.0.2", dns.promises)),
    ], servers: resolver.getServers() };
  },
  async changingOptions() {
    let reads = 0;
    class Options {
      port = ports.tcp;
      get host() { return ++reads === 1 ? "127.0.0.1" : "localhost"; }
    }
    const said = await tried(inside({}, () => text(new net.Socket().connect(new Options()))));
    return { said, reads };
  },
  async datagrams() {
    const connected = dgram.createSocket("udp4");
    await promisify(connected.connect.bind(connected))(ports.udp, "127.0.0.2");
    const said = await tried(inside({}, () => promisify(connected.send.bind(connected))("x")));
    enforce(process.argv[3]);
    const silent = dgram.createSocket("udp4");
    await inside({}, () => silent.send("x", ports.udp, "127.0.0.1"));
    await inside({}, () => silent.send("x", ports.udp));
    const named = await tried(inside({}, () => promisify(silent.send.bind(silent))("x", ports.udp, "localhost")));
    await setTimeout(20);
    connected.close();
    silent.close();
    return { said, named };
  },
  async lyingLookup() {
    const elsewhere = (_name, _family, callback) => callback(null, "127.0.0.2", 4);
    const right = (_name, _family, callback) => callback(null, "127.0.0.1", 4);
    const send = (lookup, host) => inside({}, async () => {
      const socket = dgram.createSocket({ type: "udp4", lookup });
      try {
        const answer = once(socket, "message");
        await promisify(socket.send.bind(socket))("x", ports.udp, host);
        await answer;
        return "sent";
      } finally {
        socket.close();
      }
    });
    return { said: [await tried(send(elsewhere, "127.0.0.1")), await tried(send(elsewhere, "127.0.0.2")), await tried(send(right, "127.0.0.1"))] };
  },
  async namedDatagrams() {
    // Names resolve to something else each time.
    const addresses = ["127.0.0.1", "127.0.0.2"];
    dns.lookup = (name, _options, callback) => callback(null, net.isIP(name) ? name : (addresses.shift() ?? "127.0.0.2"), 4);
    const socket = dgram.createSocket("udp4");
    const send = () => inside({}, () => promisify(socket.send.bind(socket))("x", ports.udp, "named.test")).then(() => "sent");
    const answer = once(socket, "message");
    const said = [await tried(send()), await tried(send())];
    await answer;
    const peer = dgram.createSocket("udp4");
    const connect = promisify(peer.connect.bind(peer));
    // Not every version of Node has it.
    const connectNow = peer.connectSync ? async () => peer.connectSync(ports.udp, "127.0.0.2") : () => connect(ports.udp, "127.0.0.2");
    said.push(await tried(inside({}, () => connect(ports.udp, "named.test"))), await tried(inside({}, connectNow)));
    socket.close();
    peer.close();
    return { said };
  },
  async errors() {
    const seen = [];
    await inside({}, async () => {
      const request = http.get({ host: "localhost", port: ports.http });
      await new Promise((resolve) => request.on("error", (error) => seen.push(error)).on("close", resolve));
      const socket = net.connect({ host: "localhost", port: ports.tcp });
      socket.write("too early");
      await new Promise((resolve) => socket.on("error", (error) => seen.push(error)).on("close", resolve));
    });
    return { said: seen.map(({ name, code, syscall, hostname, message, stack }) => ({ name, code, syscall, hostname, message, stack })) };
  },
  async reloaded() {
    const before = [await inside({}, () => at("localhost")), process.getBuiltinModule("node:diagnostics_channel").hasSubscribers("undici:request:create")];
    enforce(process.argv[3]);
    return { before, said: await tried(inside({}, () => at("localhost"))), byName: await tried(inside({}, () => promisify(lookup)("x.denied.test"))), outside: await at("localhost") };
  },
  async manyHosts() {
    await inside({}, async () => {
      for (let host = 0; host < 200; host++) await tried(at(`${host}.denied.test`));
    });
    return {};
  },
  async everything() {
    const said = await inside({}, async () => [
      await tried(at("localhost")), await tried((async () => (await fetch(`http://localhost:${ports.http}/`)).text())()), await tried(text(net.connect({ host: "localhost", port: ports.tcp }))),
      await tried(at("both.test", { lookup: answers(["127.0.0.2"]), port: ports.http })), await tried(promisify(dns.lookup)("localhost").then(() => "answered")),
    ]);
    return { said };
  },
};

const result = await SCENARIOS[process.argv[2]]();
stop();
console.log(JSON.stringify({ ...result, reached, requests }));
