// node traced.mjs off|on|legacy <scenario>... : the same with the framework's telemetry; prints the spans too.
import * as app from "../telemetry.mjs";
import { LegacyOpenTelemetry, OpenTelemetry } from "@ai-sdk/otel";
import * as ai from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { runTraced } from "../ai-traced.cjs";

const [telemetry, ...names] = process.argv.slice(2);
if (telemetry === "on") ai.registerTelemetry(new OpenTelemetry());
if (telemetry === "legacy") ai.registerTelemetry(new LegacyOpenTelemetry());
console.log(JSON.stringify(await runTraced(ai, MockLanguageModelV4, names, {}, app)));
