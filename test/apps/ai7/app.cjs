// node app.cjs <scenario>... : prints what happened as its last line.
"use strict";
const ai = require("ai");
const { MockLanguageModelV4 } = require("ai/test");
const { run } = require("../ai-scenario.cjs");

run(ai, MockLanguageModelV4, process.argv.slice(2)).then((report) => console.log(JSON.stringify(report)));
