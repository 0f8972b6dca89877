import { readFileSync } from "node:fs";
import { detectResources, envDetector, type Resource, serviceInstanceIdDetector } from "@opentelemetry/resources";
import { suppressTracing } from "@opentelemetry/core";
import { AlwaysOnSampler, createAlwaysRecordSampler, ParentBasedSampler, type SpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { messageOf, SpangateError } from "../errors.ts";
import { AUDIT_FAILURES, AUDIT_LAG, TELEMETRY_REDACTIONS, WAITING, WAITING_AGE } from "../exporters/instruments.ts";
import type { DecisionBody, OutcomeBody, RecordBodies, RecordType } from "../exporters/audit/bodies.ts";
import { LogGauges } from "../exporters/audit/gauges.ts";
import { AuditLog } from "../exporters/audit/log.ts";
import type { Kept } from "../exporters/audit/safety.ts";
import type { Destination } from "../exporters/audit/ship/destination.ts";
import { loadDestinations } from "../exporters/audit/ship/destinations.ts";
import { otlpDestination, otlpLogsDestination } from "../exporters/audit/ship/otlp.ts";
import { Shipper } from "../exporters/audit/ship/shipper.ts";
import { createLogsTransport, createTransport } from "../exporters/audit/ship/transport.ts";
import { holdKey } from "../exporters/audit/signer.ts";
import { keepUp } from "../exporters/audit/upkeep/keep.ts";
import { keyRefresher } from "../exporters/audit/upkeep/refresh-key.ts";
import { Vault } from "../exporters/audit/vault.ts";
import type { DecisionLog } from "../exporters/decision-log/decision-log.ts";
import { Metrics } from "../exporters/metrics.ts";
import { MirrorProcessor } from "../exporters/mirror.ts";
import { AUDIT_DESTINATION, DEPLOYMENT, DETECTOR, SIGNAL, SOURCE, VERSION } from "../names.ts";
import type { CompiledPolicy } from "../policies/index.ts";
import { GateProcessor } from "../processors/gate-processor.ts";
import { createRedisStore, type RedisStore } from "../processors/limits/redis-store.ts";
import { Pipeline } from "../processors/pipeline.ts";
import { type Attached, attachedLate, attachHelpers } from "./attach.ts";
import { activeContext, runWith } from "./context.ts";
import { Coverage, type CoverageEntry, REASONS } from "./coverage.ts";
import { createDecisionLog } from "./decision-log.ts";
import { guardNetwork } from "./effects/network.ts";
import type { Environment } from "./environment.ts";
import { runOutsideFrames } from "./frame.ts";
import type { Framework } from "./frameworks/framework.ts";
import { Guard } from "./guard.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { Host, Written } from "./host.ts";
import { LimitGauges } from "./limit-gauges.ts";
import { PolicyGauges } from "./policy-gauges.ts";
import { PolicyTrust } from "./policy-trust.ts";
import { ProcessGauges } from "./process-gauges.ts";
import { Recorder } from "./recorder.ts";
import { say } from "../say.ts";
import { Outlets } from "./telemetry/outlets.ts";

const RUNTIME = Symbol.for("spangate.runtime");
/** How long after the first tool-capable module, or the first value taken out of telemetry, metrics wait for the application's own meter provider, in milliseconds. */
const METRICS_GRACE = 1_000;
/** How long after a segment ended, or the log was opened, it is compressed and pruned, in milliseconds: the call that ended it comes first. */
const UPKEEP_AFTER = 1_000;
/** Longest that a process that ends by itself goes on sending its log, in milliseconds, beside the request under way: the rest is safe on disk. */
const LAST_WORDS = 5_000;

/** Everything of spangate that one thread has one of. */
export class Runtime implements Host {
  readonly environment: Environment;
  readonly mirror: MirrorProcessor = new MirrorProcessor((problem) => this.report(`spangate: the application's ${problem}`));
  readonly metrics: Metrics;
  readonly #recorder: Recorder;
  readonly decisionLog: DecisionLog | undefined;
  readonly coverage: Coverage;
  readonly guard: Guard;
  readonly outlets: Outlets;
  readonly policyGauges: PolicyGauges;
  readonly #processGauges = new ProcessGauges();
  /** Undefined where any policy will do. */
  readonly trust: PolicyTrust | undefined;
  pipeline: Pipeline;
  provider: TracerProvider;
  readonly #limitStore: RedisStore | undefined;
  #attached: Attached | undefined;
  #log: AuditLog | undefined;
  #vault: Vault | undefined;
  /** Undefined until the log is open, and where a destination cannot be set up. */
  #shippers: readonly Shipper[] | undefined;
  readonly #destinations: readonly Destination[];
  #logGauges: LogGauges | undefined;
  #active = false;
  #measuring = false;
  readonly #reported = new Set<string>();

  constructor(environment: Environment, policy: CompiledPolicy, extra: readonly SpanProcessor[] = []) {
    this.environment = environment;
    this.trust = PolicyTrust.of(environment);
    this.trust?.signedOf(policy);
    // A mistake in it is told now, and not at the first call.
    this.#destinations = environment.destinations === undefined ? [] : loadDestinations(environment.destinations);
    this.decisionLog = createDecisionLog(environment, () => this.#resource(), (record) => this.outlets.log(record));
    this.policyGauges = new PolicyGauges(policy);
    this.coverage = new Coverage((entry) => this.#announce(entry));
    this.#limitStore = environment.limitStore && this.#openStore(environment.limitStore);
    const limitGauges = new LimitGauges(() => this.pipeline.limits.usage(), this.#limitStore);
    this.metrics = new Metrics({
      otlp: environment.otlpMetrics, prometheus: environment.prometheus, resource: () => this.#resource(),
      gauges: (observe) => {
        this.coverage.observe(observe);
        this.policyGauges.observe(observe);
        this.#processGauges.observe(observe);
        limitGauges.observe(observe);
        this.#logGauges?.observe(observe);
        this.pipeline.waiting.forEach((source, calls, longest) => {
          observe(WAITING, calls, { [SOURCE]: source });
          observe(WAITING_AGE, longest / 1_000, { [SOURCE]: source });
        });
        for (const shipper of this.#shippers ?? []) observe(AUDIT_LAG, shipper.lag, { [AUDIT_DESTINATION]: shipper.name });
      },
    });
    this.#recorder = new Recorder(this.metrics);
    this.pipeline = new Pipeline(policy, {
      extra, report: (problem) => this.report(`spangate: ${problem}`),
      waited: this.#recorder.waited, limits: { store: this.#limitStore, spent: this.#recorder.spent },
    });
    policy.engineClock.told = this.#recorder.evaluated;
    this.outlets = new Outlets(policy, this.pipeline.detection, {
      report: (problem) => this.report(problem),
      count: (signal, detector) => {
        this.#measure();
        this.metrics.record(TELEMETRY_REDACTIONS, 1, { [SIGNAL]: signal, [DETECTOR]: detector });
      },
    });
    this.provider = this.#createProvider();
    this.guard = new Guard(this);
    this.trust?.putInForce(policy);
    if (policy.source.network) guardNetwork(this);
  }

  /** The runtime of this thread, if spangate is in it. */
  static get current(): Runtime | undefined {
    return (globalThis as Record<symbol, Runtime | undefined>)[RUNTIME];
  }

  static set current(runtime: Runtime) {
    Object.defineProperty(globalThis, RUNTIME, { value: runtime, configurable: false, writable: false });
    process.on("exit", () => {
      runtime.#log?.close();
      runtime.decisionLog?.close();
    });
  }

  /**
   * Puts another policy in force, whole: calls already judged end under the one that judged them.
   *
   * @throws SG_POLICY_UNTRUSTED
   */
  replace(policy: CompiledPolicy, extra?: readonly SpanProcessor[]): void {
    this.trust?.signedOf(policy);
    const pipeline = this.pipeline.replace(policy, extra);
    this.outlets.replace(policy, pipeline.detection);
    this.pipeline = pipeline;
    policy.engineClock.told = this.#recorder.evaluated;
    this.policyGauges.inForce(policy);
    this.trusted(policy);
    this.provider = this.#createProvider();
    if (policy.source.network) guardNetwork(this);
    this.#connectStore();
    if (!this.#log) return;
    this.#log.safety = policy.source.audit;
    this.record("policy", { policy: `${policy.source.name}@${policy.source.version}`, digest: policy.digest, mode: policy.source.mode, safety: this.#log.safety });
  }

  /** How this policy was signed is what those after it are compared with. */
  trusted(policy: CompiledPolicy): void {
    this.trust?.putInForce(policy);
    if (this.#log) this.attempt(() => this.trust?.remember());
  }

  /** The functions for a framework's patched code. The first framework wakes the rest up. */
  helpers(framework: Framework): object {
    if (framework.id === "opentelemetry") return attachHelpers((attached, provider) => this.#meet(attached, provider), (classes) => this.outlets.meetClasses(classes));
    this.activate();
    return framework.bind(this.guard);
  }

  get deployment(): string | undefined {
    const known = this.#attached?.resource?.attributes[DEPLOYMENT];
    return typeof known === "string" ? known : this.environment.deployment;
  }

  /** Opens the log and starts what sends. Most processes that preload spangate never get here. */
  activate(): void {
    if (this.#active) return;
    this.#active = true;
    if (!this.#attached) this.#attachLate();
    this.#measure();
    this.#connectStore();
    try {
      this.log();
    } catch (thrown) {
      // In enforce mode every call is denied until the log can be written; the operator hears of it now.
      this.report(thrown instanceof SpangateError ? thrown.line : messageOf(thrown));
    }
  }

  log(): AuditLog {
    return (this.#log ??= this.#openLog());
  }

  vault(): Vault {
    return (this.#vault ??= Vault.open(this.environment.auditDirectory, this.environment.audit.vaultKey, true) as Vault);
  }

  record<T extends RecordType>(type: T, body: RecordBodies[T]): number | undefined {
    return (this.#keep((log) => log.append(type, body)) as Kept).index;
  }

  decide(make: () => Written<DecisionBody>, canWait: boolean): Kept | Promise<Kept> {
    return this.#keep((log) => {
      const { body, value } = make();
      return canWait ? log.appendLater("decision", body, value) : log.append("decision", body, value);
    });
  }

  conclude(make: () => Written<OutcomeBody>): void {
    void this.#keep((log) => {
      const { body, value } = make();
      return log.append("outcome", body, value);
    });
  }

  /** Writes to the log, and never throws: what cannot be written is counted, reported, and not safe. */
  #keep(write: (log: AuditLog) => Kept | Promise<Kept>): Kept | Promise<Kept> {
    try {
      // A record may start a timer that sends it; that is no request of the tool that runs.
      const kept = runOutsideFrames(() => write(this.log()));
      return kept instanceof Promise ? kept.then((settled) => this.#counted(settled)) : this.#counted(kept);
    } catch (thrown) {
      this.report(thrown instanceof SpangateError ? thrown.line : `spangate: ${messageOf(thrown)}`);
      return this.#counted({ index: undefined, safe: this.pipeline.policy.source.audit.mode !== "strict" });
    }
  }

  #counted(kept: Kept): Kept {
    if (!kept.safe || kept.index === undefined || this.#log?.problem) this.metrics.record(AUDIT_FAILURES, 1, {});
    return kept;
  }

  report(problem: string): void {
    if (this.#reported.has(problem)) return;
    if (this.#reported.size < 1_000) this.#reported.add(problem);
    say(problem);
  }

  attempt(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.report(thrown instanceof SpangateError ? thrown.line : `spangate: ${messageOf(thrown)}`);
    }
  }

  /** One attempt to send what is waiting. */
  async flush(): Promise<void> {
    await runOutsideFrames(async () => {
      await Promise.all((this.#shippers ?? []).map((shipper) => shipper.flush()));
      await Promise.all([this.metrics.flush(), this.decisionLog?.flush()]);
    });
  }

  /** The last words of a process that ends by itself. Calls are judged and recorded even after this. */
  async shutdown(): Promise<void> {
    if (!this.#measuring) return;
    await Promise.all([...(this.#shippers ?? []).map((shipper) => shipper.flush(LAST_WORDS)), this.metrics.shutdown(), this.decisionLog?.flush(LAST_WORDS)]);
  }

  /** Chooses where metrics go: the application may register its own meter provider a moment later. */
  #measure(): void {
    if (this.#measuring) return;
    this.#measuring = true;
    setTimeout(() => this.metrics.start(), METRICS_GRACE).unref();
  }

  #openStore(at: NonNullable<Environment["limitStore"]>): RedisStore {
    return createRedisStore({
      ...at, report: (problem) => this.report(problem),
      answered: (outcome, seconds) => this.#recorder.answered(outcome, seconds),
      // No request of the tool that runs, and no span in the traces of an application that watches its own Redis client.
      outside: (run) => runOutsideFrames(() => runWith(suppressTracing(activeContext()), run)),
    });
  }

  /** Before the first call, where there can be one that a limit applies to. */
  #connectStore(): void {
    if (this.#active && this.pipeline.policy.limits.length > 0) this.#limitStore?.connect();
  }

  #openLog(): AuditLog {
    const { source, digest } = this.pipeline.policy;
    const { auditDirectory, audit, serviceName } = this.environment;
    const keys = holdKey(auditDirectory, audit);
    this.trust?.remember();
    const log = AuditLog.open(auditDirectory, {
      ...source.audit, keys, origin: audit.origin ?? `spangate.local/${serviceName ?? "service"}`, rotated: () => this.#upkeepSoon(),
      opening: {
        pid: process.pid, thread: process.getBuiltinModule("node:worker_threads").threadId, boot: bootId(), node: process.version, spangate: VERSION, service: serviceName,
        mode: source.mode, policy: `${source.name}@${source.version}`, digest,
      },
    });
    const refreshKey = keyRefresher(log, auditDirectory, audit);
    startHeartbeat(this, log, this.coverage, () => this.attempt(refreshKey));
    this.#logGauges = new LogGauges(log);
    // The log is there; where it goes is another matter, and no reason to deny anything.
    this.attempt(() => (this.#shippers = this.#allDestinations().map((destination) => new Shipper(log, destination, (delivery) => this.#recorder.delivered(destination.name, delivery)))));
    this.#upkeepSoon();
    return log;
  }

  #upkeepSoon(): void {
    setTimeout(() => {
      const log = this.#log;
      if (!log) return;
      const options = { directory: this.environment.auditDirectory, audit: this.pipeline.policy.source.audit, destinations: this.#shippers?.map(({ name }) => name) ?? ["a destination that cannot be set up"] };
      this.attempt(() => void keepUp(log, options, (line) => this.report(line)));
    }, UPKEEP_AFTER).unref();
  }

  #allDestinations(): Destination[] {
    const { shipAudit: { traces, logs } } = this.environment;
    return [
      ...(traces ? [otlpDestination(createTransport(), this.#resource())] : []),
      ...(logs ? [otlpLogsDestination(createLogsTransport(), this.#resource())] : []),
      ...this.#destinations,
    ];
  }

  /**
   * Private: never registered, so nobody replaces it; always recording, so no sampler switches a processor
   * off; with limits of its own, so no variable cuts an attribute.
   */
  #createProvider(): TracerProvider {
    const root = this.#attached?.sampler ?? new AlwaysOnSampler();
    return new TracerProvider({
      sampler: createAlwaysRecordSampler(new ParentBasedSampler({ root })),
      spanLimits: { attributeCountLimit: 1_024, attributeValueLengthLimit: Infinity },
      spanProcessors: [...this.pipeline.processors.map((processor) => (processor instanceof GateProcessor ? processor : this.outlets.shield(processor))), this.mirror],
      ...(this.#attached?.resource && { resource: this.#attached.resource }),
    });
  }

  #meet(attached: Attached, provider: object): void {
    this.outlets.meetProvider(provider);
    this.#attach(attached);
  }

  #attach(attached: Attached): void {
    // A provider of ours, made from the same classes, is no application's.
    if (attached.processors.includes(this.mirror)) return;
    this.#attached = attached;
    this.mirror.targets = attached.processors.map((processor) => this.outlets.shield(processor));
    this.provider = this.#createProvider();
  }

  #attachLate(): void {
    const attached = attachedLate();
    if (attached) this.#attach(attached);
  }

  #resource(): Resource {
    return this.outlets.resource(this.#attached?.resource ?? detectResources({ detectors: [envDetector, serviceInstanceIdDetector] }));
  }

  /** Each module that can run tools is named as it is loaded, so that an operator sees at start what is gated. */
  #announce(entry: CoverageEntry): void {
    if (entry.gated) return this.report(`spangate: gating ${entry.module} ${entry.version}`);
    const [reason, remedy] = REASONS[entry.reason ?? "anchor_not_found"];
    const error = new SpangateError("SG_NOT_GATED", { module: `${entry.module} ${entry.version}`, reason: `${reason} (${entry.place})`, remedy });
    this.report(error.line);
    if (this.environment.strict) process.exit(1);
  }
}

/** Which boot of the machine this is: two processes with one pid are told apart by it. */
function bootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
}
