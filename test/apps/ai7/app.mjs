// node app.mjs <scenario>... : prints what happened as its last line.
import * as ai from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { run } from "../ai-scenario.cjs";

console.log(JSON.stringify(await run(ai, MockLanguageModelV4, process.argv.slice(2))));
