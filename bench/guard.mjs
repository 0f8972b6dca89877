// spangate itself, from the built package: a tool behind guardTool.
import { createRequire } from "node:module";
import { enforce, flush, guardTool } from "spangate";
import { ALLOWED, args, DENIED, policy, tool } from "./subject.mjs";

const allowed = guardTool(ALLOWED, tool);
const denied = guardTool(DENIED, tool);
const refused = () => denied(args).then(() => { throw new Error("a denied tool ran"); }, (thrown) => thrown.message);

const durable = (durability, more = {}) => () => enforce(policy({ audit: { durability }, ...more }));

export async function open() {
  durable("os")();
  if ((await allowed(args)) !== args.limit || !(await refused()).includes("denied by policy")) throw new Error("spangate does not decide as the rules say");
  // Chooses where metrics go, which would else happen a second later, in the middle of a round.
  await flush();
  return [
    { id: "off", label: "guardTool, no log", before: withoutLog, after: withLog, call: () => allowed(args) },
    { id: "batch", label: "guardTool, audit mode batch", before: () => enforce(policy({ audit: { mode: "batch" } })), call: () => allowed(args) },
    { id: "os", label: "guardTool, durability os (append)", before: durable("os"), call: () => allowed(args) },
    { id: "disk", label: "guardTool, durability disk (append + fdatasync)", slow: true, before: durable("disk"), call: () => allowed(args) },
    { id: "os-redact", label: "guardTool, durability os, redacting both ways", before: durable("os", { redact: { in: ["arguments", "results"] } }), call: () => allowed(args) },
    { id: "os-denied", label: "guardTool, durability os, a denied call", before: durable("os"), call: refused },
  ];
}

/** Which engine the detectors run on, which differs between installations. */
export function details() {
  return { detectors: Object.keys(createRequire(import.meta.url).cache).some((file) => /[\\/]re2js[\\/]/.test(file)) ? "re2js" : "re2" };
}

/** The product has no way to switch the log off, so its place is taken from outside: the runtime is asked for the log at each record. */
function withoutLog() {
  durable("os")();
  let index = 0;
  const append = () => ({ index: index++, safe: true });
  const nothing = { id: "none", safety: "none", append, appendLater: append };
  Object.defineProperty(runtime(), "log", { value: () => nothing, configurable: true });
}

function withLog() {
  delete runtime().log;
}

function runtime() {
  return globalThis[Symbol.for("spangate.runtime")];
}
