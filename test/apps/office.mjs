// An MCP server in this process, and the two ways in which it is asked: by a client here, and as by another process.
import { createRequire } from "node:module";

const { sdk: { Client, InMemoryTransport, McpServer } } = createRequire(import.meta.url)("./mcp1/sdk.cjs");
/** Tool → whether its result says that it is an error. */
const TOOLS = { good: false, bad: true };

/** A new office; returns how it is reached. */
async function openOffice() {
  const server = new McpServer({ name: "office", version: "1.0.0" });
  for (const [name, isError] of Object.entries(TOOLS)) server.registerTool(name, {}, () => ({ content: [{ type: "text", text: name }], isError }));
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  return near;
}

/** Of a call that crosses both sides in one process the client's is judged. */
export async function askAsClient() {
  const client = new Client({ name: "desk", version: "1.0.0" });
  await client.connect(await openOffice());
  for (const name of Object.keys(TOOLS)) await client.callTool({ name, arguments: {} });
}

/** What another process would send: the server's side is judged. */
export async function askAsStranger() {
  const transport = await openOffice();
  await transport.start();
  for (const [id, name] of Object.keys(TOOLS).entries()) {
    const answered = new Promise((resolve) => (transport.onmessage = resolve));
    await transport.send({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: {} } });
    await answered;
  }
}
