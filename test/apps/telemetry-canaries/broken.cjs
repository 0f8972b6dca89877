// Preloaded after spangate: from now on what says the word in BROKEN_BY cannot be scanned.
"use strict";
const { inspect } = require("node:util");
const { detection } = globalThis[Symbol.for("spangate.runtime")].pipeline;
for (const method of ["scan", "rewrite"]) {
  const scan = detection[method].bind(detection);
  detection[method] = (value, ...rest) => {
    if (inspect(value, { depth: 9 }).includes(process.env.BROKEN_BY)) throw new Error("the scanner broke");
    return scan(value, ...rest);
  };
}
