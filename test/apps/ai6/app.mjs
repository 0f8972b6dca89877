// node app.mjs <scenario>... : prints what happened as its last line.
import * as ai from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { run } from "../ai-scenario.cjs";

console.log(JSON.stringify(await run(ai, MockLanguageModelV3, process.argv.slice(2))));
