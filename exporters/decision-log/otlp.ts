import { type Logger, type LoggerProvider, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import { messageOf } from "../../errors.ts";
import { AUDIT_INDEX, OUTCOME_MS, VERSION } from "../../names.ts";
import { say } from "../../say.ts";
import { isRefusal } from "../audit/ship/http.ts";
import type { LogRecord } from "../audit/ship/log-record.ts";
import { SCOPE } from "../audit/ship/span.ts";
import { createLogsTransport, type Send } from "../audit/ship/transport.ts";
import type { Entry, Sink } from "./entry.ts";
import { registeredLoggerProvider } from "./provider.ts";
import { type DecisionRecord, recordOf } from "./record.ts";

/** How long entries are gathered, in milliseconds: the application may register its own logger provider a moment later. */
const DELAY = 1_000;
/** Entries in one request. */
const BATCH = 512;
/** Entries that are made ready before the application has its turn: a new name has to be searched. */
const AT_ONCE = 32;
/** Entries that wait, for a provider or for a backend that is down; further ones are dropped and counted. Some ten megabytes. */
const MOST_WAITING = 10_000;
/** Longest pause after a failure, in milliseconds. */
const LONGEST_PAUSE = 30_000;
/** How long one request may take, in milliseconds, where the environment does not say: a process that ends waits for it. */
const TIMEOUT = 3_000;
/** Different problems that are told. */
const MOST_TOLD = 10;
const DROPPED = "they are dropped and counted";

interface Waiting {
  readonly entry: Entry;
  /** Entries before it that are lost. */
  readonly dropped: number;
}

export interface OtlpOptions {
  /** Of what we send ourselves. */
  readonly resource: () => Resource;
  /** A record as it may leave the process. The application's own processors are guarded elsewhere. */
  readonly clean: (record: LogRecord) => LogRecord;
  /** Runs what is no part of the tool call around it. */
  readonly detached: <T>(run: () => T) => T;
  /** Whether we may send at all; without it the application's provider is the only way. */
  readonly own: boolean;
  /** For tests. */
  readonly send?: Send<LogRecord>;
  readonly provider?: () => LoggerProvider | undefined;
}

/**
 * Entries as OpenTelemetry log records: through the logger provider that the application has registered, at once, and
 * where there is none straight to the OTLP endpoint for logs, a batch at a time. A queue of our own, since the SDK's
 * processor drops without a word what its queue or its backend does not take, and takes a record that was refused in a
 * successful answer for one that arrived.
 */
export class Otlp implements Sink {
  readonly #options: OtlpOptions;
  readonly #provider: () => LoggerProvider | undefined;
  #waiting: Waiting[] = [];
  #underWay: readonly Waiting[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #deadline = Infinity;
  #failures = 0;
  /** The first delay is over, and who had a provider has registered it. */
  #settled = false;
  #emitting = false;
  #logger: readonly [provider: LoggerProvider, logger: Logger] | undefined;
  #send: Send<LogRecord> | undefined;
  #resource: Resource | undefined;
  readonly #told = new Set<string>();

  constructor(options: OtlpOptions) {
    this.#options = options;
    this.#send = options.send;
    this.#provider = options.provider ?? registeredLoggerProvider;
  }

  write(entry: Entry): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push({ entry, dropped: this.#dropped });
    this.#dropped = 0;
    this.#options.detached(() => this.#next());
  }

  async flush(patience: number = Infinity): Promise<void> {
    this.#deadline = performance.now() + patience;
    await this.#options.detached(() => this.#go());
    this.#deadline = Infinity;
  }

  close(): void {
    const lost = this.#dropped + countOf(this.#waiting) + countOf(this.#underWay);
    if (lost > 0) say(`spangate: ${lost} ${lost === 1 ? "entry of the decision log was" : "entries of the decision log were"} not sent over OTLP; the audit log is not concerned`);
  }

  #next(): void {
    if (this.#provider()) this.#emit();
    else if (this.#settled && !this.#sending && this.#failures === 0 && this.#waiting.length >= BATCH) void this.#go();
    else this.#later();
  }

  #later(): void {
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => void this.#go(), Math.min(DELAY * 2 ** this.#failures, LONGEST_PAUSE)).unref();
  }

  async #go(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#settled = true;
    if (this.#waiting.length === 0 && !this.#sending) return;
    if (this.#provider()) return this.#emit();
    if (!this.#options.own) {
      this.#lose(this.#waiting.splice(0));
      return this.#tell("the application has no logger provider, and OTEL_LOGS_EXPORTER is none", DROPPED);
    }
    await (this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined)));
    this.#later();
  }

  /** Into the application's pipeline, with its resource, its processors and its exporters. */
  #emit(): void {
    // A processor may call a tool, whose entry then has to wait.
    if (this.#emitting) return this.#later();
    this.#emitting = true;
    for (const one of this.#waiting.splice(0)) {
      const { time, spanContext, ...record } = recordOf(one.entry, one.dropped);
      try {
        const context = spanContext ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT;
        this.#loggerOf(this.#provider() as LoggerProvider).emit({ ...record, timestamp: time, observedTimestamp: time, context });
      } catch (thrown) {
        this.#lose([one]);
        this.#tell(`the application's logger provider: ${messageOf(thrown)}`, DROPPED);
      }
    }
    this.#emitting = false;
  }

  /** A provider may be registered in the place of another one. */
  #loggerOf(provider: LoggerProvider): Logger {
    if (this.#logger?.[0] !== provider) this.#logger = [provider, provider.getLogger(SCOPE.name, VERSION)];
    return this.#logger[1];
  }

  /** Batch after batch until nothing is left or one fails, which is then tried again later. */
  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0 && performance.now() < this.#deadline) {
      this.#underWay = this.#waiting.splice(0, BATCH);
      try {
        this.#refused(await this.#transport()(await this.#leaving(this.#underWay)));
        this.#failures = 0;
      } catch (thrown) {
        if (isRefusal(thrown)) {
          this.#lose(this.#underWay);
          this.#tell(messageOf(thrown), DROPPED);
          continue;
        }
        this.#failures++;
        this.#waiting.unshift(...this.#underWay);
        return this.#tell(messageOf(thrown), `${MOST_WAITING} wait, what is more is dropped and counted`);
      } finally {
        this.#underWay = [];
      }
    }
  }

  #transport(): Send<LogRecord> {
    return (this.#send ??= createLogsTransport(TIMEOUT));
  }

  async #leaving(batch: readonly Waiting[]): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    for (const one of batch) {
      records.push(this.#clean(one));
      // The application has its turn.
      if (records.length % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return records;
  }

  #clean({ entry, dropped }: Waiting): LogRecord {
    const { time, spanContext, attributes, ...record } = recordOf(entry, dropped);
    const [named, counted] = apart(attributes);
    this.#resource ??= this.#options.resource();
    const cleaned = this.#options.clean({
      ...record, attributes: named, hrTime: time, hrTimeObserved: time, resource: this.#resource, instrumentationScope: SCOPE, droppedAttributesCount: 0, ...(spanContext && { spanContext }),
    });
    return { ...cleaned, attributes: { ...cleaned.attributes, ...counted } };
  }

  /** In an answer that is a success: nobody knows which ones. */
  #refused(count: number): void {
    if (count === 0) return;
    this.#dropped += count;
    this.#tell("the backend refused some in a successful answer", DROPPED);
  }

  #lose(lost: readonly Waiting[]): void {
    this.#dropped += countOf(lost);
  }

  /** Each problem once; who reads the log sees what was dropped. */
  #tell(problem: string, consequence: string): void {
    if (this.#told.has(problem) || this.#told.size >= MOST_TOLD) return;
    this.#told.add(problem);
    say(`spangate: entries of the decision log cannot be sent over OTLP (${problem}); ${consequence}, the audit log is not concerned`);
  }
}

function countOf(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { dropped }) => sum + 1 + dropped, 0);
}

/** Numbers of our own making apart: nobody could put anything into them, and they would make each record one that has to be searched. */
function apart({ [AUDIT_INDEX]: index, [OUTCOME_MS]: ms, ...named }: DecisionRecord["attributes"]): readonly [named: DecisionRecord["attributes"], counted: DecisionRecord["attributes"]] {
  return [named, { ...(index !== undefined && { [AUDIT_INDEX]: index }), ...(ms !== undefined && { [OUTCOME_MS]: ms }) }];
}
