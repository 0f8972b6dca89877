import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { messageOf } from "../../errors.ts";
import type { CompiledPolicy } from "../../policies/index.ts";
import type { Detection } from "../../processors/detection/detection.ts";
import { Guards } from "./guards.ts";
import type { LogRecord } from "./log-record.ts";
import { guardClasses, guardProvider } from "./providers.ts";
import { shield } from "./shield.ts";
import { type Signal, Telemetry } from "./telemetry.ts";

const require = createRequire(import.meta.url);

/** Where it is told what becomes of telemetry. */
export interface OutletsOptions {
  /** Tells the operator, each thing once. */
  readonly report: (problem: string) => void;
  /** A value was taken out by this detector; `unreadable`: an item could not be looked at. */
  readonly count: (signal: Signal, detector: string) => void;
}

/** The ways on which telemetry leaves this thread, and who stands on them. */
export class Outlets {
  readonly #options: OutletsOptions;
  readonly #guards = new Guards(() => this.#telemetry, (provider) => this.meetProvider(provider));
  #telemetry: Telemetry;

  /** @throws SpangateError SG_DETECTOR_UNKNOWN */
  constructor(policy: CompiledPolicy, detection: Detection, options: OutletsOptions) {
    this.#options = options;
    this.#telemetry = this.#make(policy, detection);
  }

  /** @throws SpangateError SG_DETECTOR_UNKNOWN; what was in force stays in force */
  replace(policy: CompiledPolicy, detection: Detection): void {
    this.#telemetry = this.#make(policy, detection);
  }

  /** Classes of OpenTelemetry by their names, as a module is loaded. */
  meetClasses(classes: object): void {
    guardClasses(classes, this.#guards);
  }

  /** A file of OpenTelemetry that was loaded before us. Asking for it again runs nothing: it is there. */
  meetLoaded(url: string): void {
    try {
      guardClasses(require(fileURLToPath(url)), this.#guards);
    } catch (thrown) {
      this.#options.report(`spangate: ${url} was loaded before spangate and is out of reach: ${messageOf(thrown)}`);
    }
  }

  /** A provider of the application's. */
  meetProvider(provider: unknown): void {
    try {
      const name = guardProvider(provider, this.#guards);
      if (name !== undefined && this.#telemetry.scope !== "off") this.#options.report(`spangate: what the application's ${name} exports is not redacted: it is not as that of OpenTelemetry's SDK`);
    } catch (thrown) {
      this.#options.report(`spangate: what the application's provider exports is not redacted: ${messageOf(thrown)}`);
    }
  }

  /** A processor as our own spans may be shown to it. */
  shield(processor: SpanProcessor): SpanProcessor {
    return shield(processor, this.#guards);
  }

  /** A resource as we may send it ourselves. */
  resource<T extends object>(resource: T): T {
    return this.#telemetry.ownResource(resource);
  }

  /** A log record as we may send it ourselves. */
  log<T extends LogRecord>(record: T): T {
    return this.#telemetry.ownLog(record);
  }

  #make(policy: CompiledPolicy, detection: Detection): Telemetry {
    const { report, count } = this.#options;
    return new Telemetry(policy, detection, {
      onRedacted: count,
      onWithheld: (signal, problem) => {
        count(signal, "unreadable");
        report(`spangate: an item of ${signal} could not be looked at and was withheld but for its ids, times and numbers: ${problem}`);
      },
    });
  }
}
