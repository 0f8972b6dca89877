// An agent in an application whose telemetry is set up (or broken) in the way that is named.
const { createRequire } = require("node:module");
const { context, propagation, ROOT_CONTEXT, trace } = require("@opentelemetry/api");
const { suppressTracing, W3CTraceContextPropagator } = require("@opentelemetry/core");
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { SimpleSpanProcessor, TraceIdRatioBasedSampler } = require("@opentelemetry/sdk-trace");
const agent = require("../ai7/agent.cjs");

const quiet = { export: (_, done) => done({ code: 0 }), shutdown: async () => {} };

function start(options = {}) {
  const sdk = new NodeSDK({ spanProcessors: [new SimpleSpanProcessor({ exporter: quiet })], ...options });
  sdk.start();
  return sdk;
}

const throwing = (hook) => ({
  onStart() { if (hook === "onStart") throw new Error("onStart broke"); },
  onEnding() { if (hook === "onEnding") throw new Error("onEnding broke"); },
  onEnd() { if (hook === "onEnd") throw new Error("onEnd broke"); },
  forceFlush: async () => {}, shutdown: async () => {},
});

const ways = {
  "no-provider": () => agent(),
  "ratio-sampler": () => { start({ sampler: new TraceIdRatioBasedSampler(0) }); return agent(); },
  "sdk-from-environment": () => { start(); return agent(); },
  "unsampled-parent": () => {
    start();
    const carrier = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00" };
    return context.with(new W3CTraceContextPropagator().extract(ROOT_CONTEXT, carrier, { get: (from, key) => from[key], keys: Object.keys }), () => agent());
  },
  "suppressed": () => { start(); return context.with(suppressTracing(context.active()), () => agent()); },
  "trace-disabled": () => { start(); trace.disable(); context.disable(); propagation.disable(); return agent(); },
  "provider-shut-down": async () => { await start().shutdown(); return agent(); },
  "two-apis": () => {
    // The application registers through an older copy of the API than ours.
    const old = createRequire(require.resolve("../ai5/package.json"))("@opentelemetry/api");
    const { AsyncLocalStorageContextManager } = require("@opentelemetry/context-async-hooks");
    old.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    return agent();
  },
  "exporter-stalled": () => { start({ spanProcessors: [new SimpleSpanProcessor({ exporter: { export() {}, shutdown: () => new Promise(() => {}) } })] }); return agent(); },
  "exporter-throws": () => { start({ spanProcessors: [new SimpleSpanProcessor({ exporter: { export() { throw new Error("export broke"); }, shutdown: async () => {} } })] }); return agent(); },
  "processor-throws-onStart": () => { start({ spanProcessors: [throwing("onStart")] }); return agent(); },
  "processor-throws-onEnding": () => { start({ spanProcessors: [throwing("onEnding")] }); return agent(); },
  "processor-throws-onEnd": () => { start({ spanProcessors: [throwing("onEnd")] }); return agent(); },
};

ways[process.argv[2]]().then((result) => console.log(JSON.stringify(result)));
