/**
 * spangate: enforcement for AI agents on Node. Most users preload `spangate/register` and never import this;
 * it is for tools that no framework calls, and for policies made in code.
 *
 * @module
 */
export { type ErrorCode, ERRORS, SpangateError } from "./errors.ts";
export { enforce, type EnforceOptions, flush, guardTool, guardToolSync, type ToolOptions } from "./instrumentation/tool.ts";
export { VERSION } from "./names.ts";
