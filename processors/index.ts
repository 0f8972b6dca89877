/** What decides: `spangate/processors`. @module */
export { ContainedProcessor } from "./foreign.ts";
export { GateProcessor, type Filtered } from "./gate-processor.ts";
export { invocationOf } from "./invocation.ts";
export { LimitProcessor } from "./limits/processor.ts";
export { Pipeline } from "./pipeline.ts";
export { PolicyProcessor } from "./policy.ts";
export { RedactionProcessor } from "./redaction/processor.ts";
export { currentArguments, type Effect, type Opinion, type Verdict } from "./verdict.ts";
