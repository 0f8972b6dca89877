// node app.cjs <scenario>... : prints what happened as its last line.
"use strict";
const ai = require("ai");
const { MockLanguageModelV2 } = require("ai/test");
const { run } = require("../ai-scenario.cjs");

run(ai, MockLanguageModelV2, process.argv.slice(2)).then((report) => console.log(JSON.stringify(report)));
