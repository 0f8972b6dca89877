/**
 * Every attribute name that spangate writes, in one place.
 *
 * `gen_ai.*`, `mcp.*`, `security_rule.*` and `error.type` follow the OpenTelemetry semantic conventions
 * (semantic-conventions-genai, status Development); `spangate.*` is ours.
 *
 * @module
 */

export const VERSION: string = "0.1.0";

export const OPERATION_NAME = "gen_ai.operation.name";
export const EXECUTE_TOOL = "execute_tool";
export const MCP_METHOD = "mcp.method.name";
/** The one method of MCP that runs a tool. */
export const TOOLS_CALL = "tools/call";
export const COMPONENT_NAME = "otel.component.name";
export const COMPONENT_TYPE = "otel.component.type";
export const TOOL_NAME = "gen_ai.tool.name";
export const TOOL_CALL_ID = "gen_ai.tool.call.id";
export const TOOL_CALL_ARGUMENTS = "gen_ai.tool.call.arguments";
export const AGENT_NAME = "gen_ai.agent.name";
export const REQUEST_MODEL = "gen_ai.request.model";
export const CONVERSATION_ID = "gen_ai.conversation.id";
export const DEPLOYMENT = "deployment.environment.name";
export const ERROR_TYPE = "error.type";
export const RULE_NAME = "security_rule.name";
export const RULESET_NAME = "security_rule.ruleset.name";
export const RULESET_VERSION = "security_rule.version";

export const DECISION = "spangate.decision";
export const REASON = "spangate.decision.reason";
export const SOURCE = "spangate.decision.source";
export const RUNS = "spangate.decision.runs";
export const MODE = "spangate.enforcement.mode";
export const FRAMEWORK = "spangate.framework";
export const POLICY_DIGEST = "spangate.policy.hash";
export const FLAGS = "spangate.flags";
export const SHADOW_SCOPE = "spangate.shadow.scope";
export const SHADOW_VERDICT = "spangate.shadow.verdict";
export const RELOAD_OUTCOME = "spangate.policy.reload.outcome";
export const REDACTIONS = "spangate.redaction.count";
export const DETECTOR = "spangate.redaction.detector";
export const SIGNAL = "spangate.telemetry.signal";
export const WITHHELD = "spangate.telemetry.withheld";
export const MODULE = "spangate.module";
export const MODULE_VERSION = "spangate.module.version";
export const GATED = "spangate.module.gated";
export const UNGATED_REASON = "spangate.module.reason";
/** Name of a span event: what a rule spoke against while the tool ran. */
export const EFFECT = "spangate.effect";
export const EFFECT_KIND = "spangate.effect.kind";
export const EFFECT_TARGET = "spangate.effect.target";
export const EFFECT_REFUSED = "spangate.effect.refused";
export const OUTCOME_STATUS = "spangate.outcome.status";
export const OUTCOME_MS = "spangate.outcome.ms";
/** Names of the log records that are no evidence; those of the audit log begin with `audit.`. */
export const DECISION_EVENT = "spangate.decision";
export const OUTCOME_EVENT = "spangate.outcome";
export const LOG_DROPPED = "spangate.log.dropped";
export const LIMIT_NAME = "spangate.limit.name";
export const LIMIT_PER = "spangate.limit.per";
export const CURRENCY = "spangate.budget.currency";
export const STORE_OUTCOME = "spangate.store.outcome";
export const ENGINE = "spangate.engine.id";
export const VERIFY_PATH = "spangate.verify.path";
export const VERIFY_OUTCOME = "spangate.verify.outcome";
export const VERIFY_STATE = "spangate.verify.state";
export const AUDIT_MODE = "spangate.audit.mode";
export const AUDIT_TYPE = "spangate.audit.type";
export const AUDIT_LOG = "spangate.audit.log";
export const AUDIT_INDEX = "spangate.audit.i";
export const AUDIT_LEAF = "spangate.audit.leaf";
export const AUDIT_RECORD = "spangate.audit.rec";
export const AUDIT_CHECKPOINT = "spangate.audit.cp";
export const AUDIT_FROM = "spangate.audit.from";
export const AUDIT_SIZE = "spangate.audit.size";
export const AUDIT_FRONTIER = "spangate.audit.frontier";
export const AUDIT_LEAVES = "spangate.audit.leaves";
export const AUDIT_PART = "spangate.audit.part";
export const AUDIT_TO = "spangate.audit.to";
export const AUDIT_REASON = "spangate.audit.reason";
export const AUDIT_DESTINATION = "spangate.audit.destination";
