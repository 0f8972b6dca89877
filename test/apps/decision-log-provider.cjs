// An application's own logger provider, preloaded. What it exports is appended to the file that RECORDS_FILE names;
// LOGS_API=0 registers it where @opentelemetry/api-logs 0.x does.
"use strict";
const { appendFileSync } = require("node:fs");
const { logs } = require("@opentelemetry/api");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { LoggerProvider, SimpleLogRecordProcessor } = require("@opentelemetry/sdk-logs");

const exporter = {
  export(records, done) {
    for (const { eventName, severityNumber, severityText, body, attributes, spanContext, resource, instrumentationScope: scope } of records) {
      appendFileSync(process.env.RECORDS_FILE, `${JSON.stringify({ eventName, severityNumber, severityText, body, attributes, spanContext, resource: resource.attributes, scope })}\n`);
    }
    done({ code: 0 });
  },
  async forceFlush() {},
  async shutdown() {},
};
const provider = new LoggerProvider({ resource: resourceFromAttributes({ "service.name": "its own" }), processors: [new SimpleLogRecordProcessor({ exporter })] });
if (process.env.LOGS_API === "0") globalThis[Symbol.for("io.opentelemetry.js.api.logs")] = (version) => (version === 1 ? provider : undefined);
else logs.setGlobalLoggerProvider(provider);
