/** Entry of the one bundled file, `dist/spangate.js`: every subpath is a view of it, so there is one copy of all state. @module */
export * from "./exporters/index.ts";
export * from "./index.ts";
export { register } from "./instrumentation/register.ts";
export * from "./policies/index.ts";
/** For the parts that are loaded on first use. */
export { regexEngine } from "./policies/regex.ts";
export * from "./processors/index.ts";
