"use strict";
const { shutdown } = require("./sdk.cjs");
const api = require("@opentelemetry/api");
const { run } = require("./run.cjs");

run(api).finally(shutdown);
