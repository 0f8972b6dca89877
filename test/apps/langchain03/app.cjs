// node app.cjs <conversation>... : prints what happened as its last line.
"use strict";
const lib = {
  chatModels: require("@langchain/core/language_models/chat_models"),
  messages: require("@langchain/core/messages"),
  runnables: require("@langchain/core/runnables"),
  tools: require("@langchain/core/tools"),
  langgraph: require("@langchain/langgraph"),
  prebuilt: require("@langchain/langgraph/prebuilt"),
  z: require("zod").z,
};
const { run } = require("../langchain-scenario.cjs");

run(lib, process.argv.slice(2)).then((report) => console.log(JSON.stringify(report)));
