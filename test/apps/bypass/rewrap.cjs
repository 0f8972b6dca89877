// Another instrumentation wraps the method that every MCP client call passes, after taking off what it finds there.
const { InstrumentationBase } = require("@opentelemetry/instrumentation");
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { InMemoryTransport } = require("@modelcontextprotocol/sdk/inMemory.js");
const { Protocol } = require("@modelcontextprotocol/sdk/shared/protocol.js");

class Vendor extends InstrumentationBase {
  init() { return []; }
  take() {
    // Takes off a wrapper that bears the usual marks, then puts its own on: twice, as on a reload.
    for (let time = 0; time < 2; time++) {
      if (Protocol.prototype.request.__unwrap) this._unwrap(Protocol.prototype, "request");
      this._wrap(Protocol.prototype, "request", (original) => function (...args) { return original.apply(this, args); });
    }
  }
}
new Vendor("vendor", "1.0.0", { enabled: false }).take();

(async () => {
  const executed = [];
  // The far side is no MCP SDK: nothing there could stop the call.
  const [near, far] = InMemoryTransport.createLinkedPair();
  far.onmessage = ({ id, method, params }) => {
    if (method === "initialize") far.send({ jsonrpc: "2.0", id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" } } });
    if (method === "tools/call") {
      executed.push(params.name);
      far.send({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: `${params.name} ran` }] } });
    }
  };
  await far.start();
  const client = new Client({ name: "c", version: "1" });
  await client.connect(near);
  const seen = {};
  for (const name of ["read", "wipe"]) seen[name] = (await client.callTool({ name, arguments: {} })).content[0].text;
  console.log(JSON.stringify({ executed, seen }));
})();
