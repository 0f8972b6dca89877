// Tells which of Node's modules a process has loaded (`net` is there for the lock of the audit log), and who stands before their functions.
const loaded = ["dns", "dgram", "http", "https", "http2", "tls"].filter((name) => process.moduleLoadList.includes(`NativeModule ${name}`));
const parts = Object.keys(require.cache).map((file) => file.split(/[\\/]/).at(-1)).filter((name) => name === "hosts.js");
const { hasSubscribers } = process.getBuiltinModule("node:diagnostics_channel");
console.log(JSON.stringify({ loaded, parts, listening: hasSubscribers("undici:request:create") || hasSubscribers("http.client.request.created"), replaced: !/socket|normalized/i.test(String(require("node:net").Socket.prototype.connect)) }));
