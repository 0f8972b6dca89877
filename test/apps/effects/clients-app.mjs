// Calls every client outside of a tool call, and inside of one, with a host that is allowed and with one that is not.
import { setServers } from "node:dns";
import { guardTool } from "spangate";
import { CLIENTS, LOOKUPS, QUERIES } from "./clients.mjs";
import { ports, reached, stop } from "./servers.mjs";

const inside = guardTool("reach", (_, act, host) => act(host));
const total = () => Object.values(reached).reduce((sum, count) => sum + count, 0);

async function attempt(act) {
  const before = total();
  let said;
  try {
    said = await act();
  } catch (error) {
    const cause = error.cause ?? error;
    said = { code: cause.code, message: cause.message, stack: cause.stack };
  }
  return { said, reached: total() - before };
}

async function attempts(clients, { outside, allowed, denied }) {
  const results = {};
  for (const [client, act] of Object.entries(clients)) {
    results[client] = {
      outside: await attempt(() => act(outside)), allowed: await attempt(() => inside({ client }, act, allowed)), denied: await attempt(() => inside({ client }, act, denied)),
    };
  }
  return results;
}

setServers([`127.0.0.1:${ports.dns}`]);
const results = {
  clients: await attempts(CLIENTS, { outside: "localhost", allowed: "127.0.0.1", denied: "localhost" }),
  queries: await attempts(QUERIES, { outside: "x.denied.test", allowed: "allowed.test", denied: "secret.denied.test" }),
  lookups: await attempts(LOOKUPS, { outside: "localhost", allowed: "localhost", denied: "secret.denied.test" }),
};
stop();
console.log(JSON.stringify(results));
