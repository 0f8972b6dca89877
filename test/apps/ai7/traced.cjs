// node traced.cjs off|on|legacy <scenario>... : the same with the framework's telemetry; prints the spans too.
"use strict";
const app = require("../telemetry.cjs");
const { LegacyOpenTelemetry, OpenTelemetry } = require("@ai-sdk/otel");
const ai = require("ai");
const { MockLanguageModelV4 } = require("ai/test");
const { runTraced } = require("../ai-traced.cjs");

const [telemetry, ...names] = process.argv.slice(2);
if (telemetry === "on") ai.registerTelemetry(new OpenTelemetry());
if (telemetry === "legacy") ai.registerTelemetry(new LegacyOpenTelemetry());
runTraced(ai, MockLanguageModelV4, names, {}, app).then((seen) => console.log(JSON.stringify(seen)));
