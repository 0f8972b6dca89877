// A tracing vendor's own provider, which has nothing of OpenTelemetry's SDK.
"use strict";
const { trace } = require("@opentelemetry/api");

class VendorTracerProvider {
  getTracer() { return { startSpan: () => trace.wrapSpanContext({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 }) }; }
}
trace.setGlobalTracerProvider(new VendorTracerProvider());
