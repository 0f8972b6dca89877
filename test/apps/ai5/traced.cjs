// node traced.cjs off|on <scenario>... : the same with the framework's telemetry; prints the spans too.
"use strict";
const app = require("../telemetry.cjs");
const ai = require("ai");
const { MockLanguageModelV2 } = require("ai/test");
const { runTraced } = require("../ai-traced.cjs");

const [telemetry, ...names] = process.argv.slice(2);
runTraced(ai, MockLanguageModelV2, names, { experimental_telemetry: { isEnabled: telemetry === "on" } }, app).then((seen) => console.log(JSON.stringify(seen)));
