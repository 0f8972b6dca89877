/**
 * What tools reach over the network. The gate judges the arguments of a call; a tool may still go elsewhere: by a
 * redirect, a name that resolves to another address, or on its own account. So inside of a call every connection,
 * request, query and datagram of this process is judged by the section `network` of the policy in force.
 *
 * @module
 */
import { syncBuiltinESMExports } from "node:module";
import type { Host } from "../host.ts";
import { guardConnections } from "./network/connect.ts";
import { guardDatagrams } from "./network/datagram.ts";
import { guardQueries } from "./network/dns.ts";
import { NetworkGate } from "./network/gate.ts";
import { guardHttp } from "./network/http.ts";
import { guardHttp2 } from "./network/http2.ts";
import { guardTunnels } from "./network/tunnel.ts";
import { guardUndici } from "./network/undici.ts";
import { whenLoaded } from "./network/when-loaded.ts";

const guarded = new WeakSet<Host>();

/**
 * Puts the gate in place, once; called for each policy with a section `network` that is put in force. Outside of tool
 * calls each connection, request and query then costs one look at the async context.
 */
export function guardNetwork(host: Host): void {
  if (guarded.has(host)) return;
  guarded.add(host);
  const gate = new NetworkGate(host);
  guardConnections(gate);
  guardQueries(gate);
  guardDatagrams(gate);
  guardHttp(gate);
  guardUndici(gate);
  whenLoaded({ "node:tls": () => guardTunnels(gate), "node:http2": guardHttp2(gate) });
  // For what was imported by its name before: `import { lookup } from "node:dns"`.
  syncBuiltinESMExports();
}
