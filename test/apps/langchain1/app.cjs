// node app.cjs <conversation>... : prints what happened as its last line.
"use strict";
const lib = {
  chatModels: require("@langchain/core/language_models/chat_models"),
  messages: require("@langchain/core/messages"),
  runnables: require("@langchain/core/runnables"),
  testing: require("@langchain/core/testing"),
  tools: require("@langchain/core/tools"),
  langgraph: require("@langchain/langgraph"),
  prebuilt: require("@langchain/langgraph/prebuilt"),
  langchain: require("langchain"),
  z: require("zod").z,
};
const { run } = require("../langchain-scenario.cjs");

run(lib, process.argv.slice(2)).then((report) => console.log(JSON.stringify(report)));
