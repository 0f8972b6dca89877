/**
 * The policy language, version 1. Strict: an unknown key is an error, so that a misspelt rule is never a
 * rule that silently does nothing.
 *
 * @module
 */
import * as z from "zod/mini";
import { type Audit, audit } from "./audit.ts";
import { type Content, content, detection, type Detection, files, type Files, network, type Network, redact, type Redact, secrets, type Secrets } from "./data.ts";
import { doc } from "./doc.ts";
import { type Approvals, approvals, type Delegation, delegation, type Flow, flows, type Webhook, webhooks } from "./governance.ts";
import { injection, type Injection } from "./injection.ts";
import { limits, type Limits } from "./limits.ts";
import { type PolicyRule, rule } from "./rule.ts";
import { telemetry, type Telemetry } from "./telemetry.ts";
import { listOf, mode, type Mode, named, text } from "./units.ts";
import { type Case, type Engine, engines, risk, type RiskPolicy, selfTest, targets, type Target, type Tool, tools } from "./world.ts";

/** One file of a composed policy. */
export interface Layer {
  readonly name: string;
  readonly version: string;
  /** Undefined: this layer has no say in what none of its rules names, beyond closing what its parents left open. */
  readonly default?: "allow" | "deny" | undefined;
  /** It extends another: what that one's default says may be loosened after it only where it says so itself. */
  readonly closes: boolean;
  /** Paths of keys that a policy which extends this one may loosen. */
  readonly overridable: readonly string[];
  /** Indices of the layers it extends itself. Absent: the one before it, if any. */
  readonly parents?: readonly number[];
}

export interface LayeredRule extends PolicyRule {
  /** Index of the layer it stands in. */
  readonly layer: number;
}

/** A validated policy, composed with what it extends: defaults filled in, units resolved, patterns as lists. */
export interface Policy {
  readonly spangate: 1;
  readonly name: string;
  /** The policy's own version, free text. Default `0`. */
  readonly version: string;
  /** Default `enforce`. */
  readonly mode: Mode;
  /** The files it is composed of, the one that extends nothing first. */
  readonly layers: readonly Layer[];
  readonly rules: readonly LayeredRule[];
  readonly actions: readonly string[];
  readonly tools: Readonly<Record<string, Tool>>;
  readonly targets: readonly Target[];
  readonly risk: RiskPolicy;
  readonly engines: readonly Engine[];
  readonly limits: Limits;
  readonly detection: Detection;
  readonly redact?: Redact | undefined;
  readonly content?: Content | undefined;
  readonly secrets?: Secrets | undefined;
  readonly injection?: Injection | undefined;
  readonly network?: Network | undefined;
  readonly files?: Files | undefined;
  readonly flows: readonly Flow[];
  readonly approvals?: Approvals | undefined;
  readonly delegation?: Delegation | undefined;
  readonly webhooks: readonly Webhook[];
  readonly telemetry?: Telemetry | undefined;
  readonly audit: Audit;
  readonly self_test: readonly Case[];
}

/** A policy as an author writes it, in YAML or in code; docs/policy.md lists the forms of each key. */
export type PolicySource = Readonly<Record<string, unknown>>;

/** Sections that are validated and that nothing acts on yet. Whoever loads a policy with one of them is told. */
export const NOT_ENFORCED: readonly string[] = ["flows", "approvals", "delegation", "webhooks", "limits.memory"];

/** Every key of a policy file, in the order of the documentation. */
export const policyShape: Readonly<Record<string, z.ZodMiniType>> = {
  spangate: doc(z.literal(1, { error: "must be 1, the version of the policy language" }), "Version of the language.", { example: "spangate: 1" }),
  name: doc(named(), "Stands in every record.", { example: "name: support-agent" }),
  version: doc(z._default(text(64), "0"), "Yours, free text; stands in every record.", { example: 'version: "2026-11"', merge: "layer" }),
  extends: doc(z.optional(listOf(text(1_024))), "Policies that this one is composed with: a file (a path that starts with `.` or `/`, or ends in `.yaml`), the name of a pack, or a list of them. What they deny stays denied.", { example: "extends: [./org.yaml, defence-in-depth]", merge: "layer" }),
  mode: doc(z._default(mode, "enforce"), "`observe`: nothing is blocked, would-be verdicts are recorded.", { example: "mode: observe", merge: "stricter", order: ["observe", "enforce"] }),
  default: doc(z.optional(z.enum(["allow", "deny"])), "What happens to a call that no rule names.", { example: "default: deny", merge: "layer", absent: "`deny`; where the policy extends another, that one's" }),
  overridable: doc(z._default(z.array(text(256)), []), "Keys, as dotted paths, that a policy which extends this one may loosen; of rules and other things with an id each has a key `overridable` of its own.", { example: "overridable: [default, limits.deadline]", merge: "layer" }),
  rules: doc(z._default(z.array(rule), []), "What is allowed and what is not. Deny overrides; then the highest priority; then the strictest.", { example: "rules: [{ id: reads, tool: \"get_*\", effect: allow }]", merge: "by-id" }),
  actions: doc(z._default(listOf(text(1_024)), []), "Action registries: names of those we ship (`spangate packs`), or folders with a manifest.", { example: "actions: [kubernetes, ./actions]", merge: "union" }),
  tools: doc(z._default(tools, {}), "What you know of tools, by name or pattern: `action`, `effect_class`, `risk`, `arguments` (a JSON Schema, 2020-12), `target`. Of several patterns that match, classes add up, the highest risk counts, and of action and target the first that is written. A child adds; it changes none of what its parents say.", { example: "tools: { transfer: { effect_class: write, risk: high, arguments: { type: object, required: [iban] }, target: { type: account, from: iban } } }" }),
  targets: doc(z._default(targets, []), "What you know of the things that calls act on. The first entry that matches counts.", { example: "targets: [{ type: kubernetes.namespace, name: \"prod-*\", environment: production, sensitivity: restricted }]", merge: "union" }),
  risk: doc(z.prefault(risk, {}), "How risk class and sensitivity make the effective risk that rules can name.", { example: "risk: { unknown_action: critical }" }),
  engines: doc(z._default(engines, []), "Policies in Rego (compiled to WebAssembly) or Cedar that judge beside the rules. What they deny is denied; what they allow is allowed where no rule speaks against it.", { example: "engines: [{ id: org, engine: rego, file: ./policy.wasm }]", merge: "by-id" }),
  limits: doc(z.prefault(limits, {}), "Rates, sizes, durations and budgets.", { example: "limits: { input: 1MB }" }),
  detection: doc(z.prefault(detection, {}), "What redaction, secrets and records look for. Records and spans are always searched with every detector.", { example: "detection: { locales: [de, fr] }" }),
  redact: doc(z.optional(redact), "Takes sensitive values out. Without this section tools and models see everything; records and spans never do.", { example: "redact: { in: [results] }" }),
  content: doc(z.optional(content), "Rules on what arguments contain: shell, SQL, paths, URLs, code.", { example: "content: { rules: { \"shell.*\": block } }" }),
  secrets: doc(z.optional(secrets), "What happens to a call that carries a credential.", { example: "secrets: { action: block }" }),
  injection: doc(z.optional(injection), "What happens to results and arguments that carry orders to the agent.", { example: "injection: { results: block }" }),
  network: doc(z.optional(network), "Hosts that calls may name and reach. Judged are the URLs and hosts in their arguments, and every connection, request, datagram and DNS query of this process while a tool runs: by the name, and by the address that it is about to use. A file that extends one with this section keeps its defaults, too. docs/network.md shows it.", { example: "network: { allow: [api.example.com] }" }),
  files: doc(z.optional(files), "Paths that calls may name.", { example: "files: { roots: [/srv/data] }" }),
  flows: doc(z._default(flows, []), "What may be called after a session has read something.", { example: "flows: [{ id: mail-then-send, from: read_mail, to: send_*, effect: approve }]", merge: "by-id" }),
  approvals: doc(z.optional(approvals), "Who answers `approve`.", { example: "approvals: { approvers: [shift-lead] }" }),
  delegation: doc(z.optional(delegation), "Agents that call agents.", { example: "delegation: { max_depth: 2 }" }),
  webhooks: doc(z._default(webhooks, []), "Who is told.", { example: "webhooks: [{ id: soc, url: https://soc.example.com/hook, on: [deny] }]", merge: "by-id" }),
  telemetry: doc(z.optional(telemetry), "What this process tells of itself over OpenTelemetry, whoever makes the spans, log records and metrics: what a detector knows is taken out before it leaves.", { example: "telemetry: { redact: all }", absent: "`redact: all` with every detector" }),
  audit: doc(z.prefault(audit, {}), "The audit log.", { example: "audit: { mode: strict, durability: disk }" }),
  self_test: doc(z._default(selfTest, []), "Calls and what must become of them. A policy that fails one is not put in force.", { example: "self_test: [{ call: { tool: run_shell }, expect: deny }]", merge: "layer" }),
};

/** One file, before it is composed. */
export const policyFile: z.ZodMiniType<Record<string, unknown>> = z.strictObject(policyShape);
