// Has taken a function by its name before any policy had rules for it; uses neither TLS nor HTTP/2 until then.
import { lookup } from "node:dns";
import { promisify } from "node:util";
import { enforce, guardTool } from "spangate";

enforce(process.argv[2]);
const said = await guardTool("ask", () => promisify(lookup)("x.denied.test"))({}).then(() => "answered", ({ code }) => code);
const loaded = process.moduleLoadList.includes("NativeModule tls");
// A way to load it that no hook sees; the next one is seen.
const tls = process.getBuiltinModule("node:tls");
const before = tls.connect;
const { connect } = await import("node:tls");
console.log(JSON.stringify({ said, loaded, replaced: tls.connect !== before, imported: connect === tls.connect }));
