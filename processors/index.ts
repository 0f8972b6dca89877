/** What decides: `spangate/processors`. @module */
export { ContainedProcessor } from "./foreign.ts";
export { GateProcessor, type Filtered } from "./gate-processor.ts";
export { invocationOf } from "./invocation.ts";
export { Pipeline } from "./pipeline.ts";
export { PolicyProcessor } from "./policy.ts";
export { RateLimitProcessor } from "./rate-limit.ts";
export { RedactionProcessor } from "./redaction/processor.ts";
export { currentArguments, type Effect, type Opinion, type Verdict } from "./verdict.ts";
