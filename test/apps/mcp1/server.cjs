"use strict";
const { serve } = require("../mcp-scenario.cjs");
const { sdk } = require("./sdk.cjs");

void serve(sdk);
