import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Facts } from "../../../policies/facts.ts";
import { compileCedar } from "../../../policies/engines/cedar.ts";
import type { EngineAnswer, Evaluate } from "../../../policies/engines/engine.ts";
import { compileRego } from "../../../policies/engines/rego.ts";

export function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));
}

/** A refund of 50 by somebody of support, in production. */
export function call(over: Partial<Facts> = {}): Facts {
  return {
    tool: "payments.refund", arguments: { amount: 50 }, framework: "ai", server: "", agent: "helper", session: "s1",
    caller: { id: "ann", roles: ["support"], tenant: "", on_behalf_of: "" }, environment: "production", session_taint: { score: 0, labels: [] }, context: {},
    time: new Date("2026-03-01T10:00:00.000Z"), action: { id: "", risk: "", effect_class: ["write"], reversible: false },
    target: { type: "", name: "", environment: "", sensitivity: "" }, risk: "", ...over,
  };
}

export const READ: Partial<Facts> = { tool: "orders.lookup", arguments: { order: "A-1042" }, action: { id: "", risk: "", effect_class: ["read"], reversible: true } };

export function caller(id: string, ...roles: string[]): Partial<Facts> {
  return { caller: { id, roles, tenant: "", on_behalf_of: "" } };
}

export function rego(name: string, entrypoint: string, data?: unknown): Evaluate {
  return compileRego({ id: "org", wasm: fixture(`rego/${name}.wasm`), entrypoint, data });
}

export function cedar(policies: string, more: { readonly schema?: string | object; readonly entities?: unknown } = {}): Evaluate {
  return compileCedar({ id: "org", policies, ...more });
}

/** The same rules in three forms. */
export const engines: Readonly<Record<"rego" | "cedar" | "typed", Evaluate>> = {
  rego: rego("spangate", "spangate/decision"),
  cedar: cedar(fixture("cedar/spangate.cedar").toString()),
  typed: cedar(fixture("cedar/typed.cedar").toString(), { schema: fixture("cedar/typed.cedarschema").toString() }),
};

/** What every engine must always return. */
export function assertAnswer({ effect, rule, reason }: EngineAnswer): void {
  assert.ok(["allow", "deny", "approve", "defer", "none"].includes(effect), effect);
  assert.ok(typeof rule === "string" && rule.length >= 1 && rule.length <= 256, rule);
  assert.ok(typeof reason === "string" && reason.length >= 1 && reason.length <= 500 && reason.isWellFormed(), reason);
}
