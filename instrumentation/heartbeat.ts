import type { HeartbeatBody } from "../exporters/audit/bodies.ts";
import type { AuditLog } from "../exporters/audit/log.ts";
import type { Coverage, CoverageEntry } from "./coverage.ts";
import type { Host } from "./host.ts";

/** Modules that are named; the metric spangate.coverage counts them all. */
const MAX_NAMED = 50;

/**
 * Records the state of enforcement as often as the policy says, so that silence is noticed, and so is a process that
 * sends spans and does not enforce. Never keeps a process alive.
 *
 * @param before called before each, for what is looked after as often
 */
export function startHeartbeat(host: Host, log: AuditLog, coverage: Coverage, before: () => void = () => {}): void {
  const next = (): void => {
    const { source } = host.pipeline.policy;
    setTimeout(() => {
      before();
      host.record("heartbeat", heartbeat(host, log, coverage));
      next();
    }, source.audit.heartbeat).unref();
  };
  next();
}

function heartbeat({ pipeline: { policy: { source, digest } } }: Host, log: AuditLog, coverage: Coverage): HeartbeatBody {
  const entries = coverage.entries();
  return {
    mode: source.mode, policy: `${source.name}@${source.version}`, digest, gated: names(entries, true), ungated: names(entries, false),
    decisions: log.decisions, lost: log.lost, interval: source.audit.heartbeat / 1_000,
  };
}

function names(entries: readonly CoverageEntry[], gated: boolean): string[] {
  const found = [...new Set(entries.filter((entry) => entry.gated === gated).map(({ module, version }) => `${module}@${version}`))];
  return found.length > MAX_NAMED ? [...found.slice(0, MAX_NAMED), `and ${found.length - MAX_NAMED} more`] : found;
}
