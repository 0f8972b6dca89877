// node traced.mjs off|on <scenario>... : the same with the framework's telemetry; prints the spans too.
import * as app from "../telemetry.mjs";
import * as ai from "ai";
import { MockLanguageModelV2 } from "ai/test";
import { runTraced } from "../ai-traced.cjs";

const [telemetry, ...names] = process.argv.slice(2);
console.log(JSON.stringify(await runTraced(ai, MockLanguageModelV2, names, { experimental_telemetry: { isEnabled: telemetry === "on" } }, app)));
