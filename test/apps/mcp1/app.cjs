"use strict";
const { main } = require("../mcp-scenario.cjs");
const { sdk } = require("./sdk.cjs");

void main(sdk, process.argv.slice(2));
