/** Entry of the one bundled file, `dist/spangate.js`: every subpath is a view of it, so there is one copy of all state. @module */
export { main } from "./cli/main.ts";
export * from "./exporters/index.ts";
export * from "./index.ts";
export { register } from "./instrumentation/register.ts";
export * from "./policies/index.ts";
export * from "./processors/index.ts";
