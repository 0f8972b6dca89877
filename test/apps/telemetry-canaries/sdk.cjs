// The application's SDK, configured by the environment alone. Preloaded, or required by app.cjs.
"use strict";
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { NodeSDK } = require("@opentelemetry/sdk-node");

const sdk = new NodeSDK({ instrumentations: [new HttpInstrumentation({ headersToSpanAttributes: { client: { requestHeaders: ["x-canary"] } } })] });
sdk.start();
module.exports = { shutdown: () => sdk.shutdown() };
