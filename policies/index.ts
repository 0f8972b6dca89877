/** The policy language: `spangate/policies`. @module */
export { compilePolicy, type CompiledPolicy, type CompiledRate, type Ruling } from "./compile.ts";
export { definePolicy, loadPolicy, parsePolicy } from "./load.ts";
export { DETECTOR_IDS, type DetectorId, type Durability, type Mode, type Policy, type PolicyRule, type PolicySource, type RateLimit } from "./schema.ts";
