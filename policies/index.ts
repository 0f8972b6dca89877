/** The policy language: `spangate/policies`. @module */
export type { Accept, Assembled } from "./assemble.ts";
export type { CompiledPolicy } from "./compile.ts";
export type { Facts } from "./facts.ts";
export type { Call, Invocation } from "./invocation.ts";
export type { CompiledLimit } from "./limit.ts";
export { definePolicy, loadPolicy, parsePolicy } from "./load.ts";
export type { Decision, Ruling } from "./ruling.ts";
export type { Budget, RateLimit } from "./schema/limits.ts";
export type { Audit, AuditMode, Durability, KeptValues, Processing } from "./schema/audit.ts";
export type { Policy, PolicySource } from "./schema/policy.ts";
export type { PolicyRule } from "./schema/rule.ts";
export type { Mode } from "./schema/units.ts";
