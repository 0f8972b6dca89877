// node app.cjs <scenario>... : prints what happened as its last line.
"use strict";
const ai = require("ai");
const { MockLanguageModelV3 } = require("ai/test");
const { run } = require("../ai-scenario.cjs");

run(ai, MockLanguageModelV3, process.argv.slice(2)).then((report) => console.log(JSON.stringify(report)));
