import type { Gauges } from "../exporters/metrics.ts";
import { COVERAGE } from "../exporters/instruments.ts";
import { GATED, MODULE, MODULE_VERSION, UNGATED_REASON } from "../names.ts";

/** Why a module that can run tools is not gated. */
export const REASONS = {
  loaded_before_us: ["it was loaded before spangate", "Load spangate first: put it in NODE_OPTIONS=--require spangate/register."],
  unknown_version: ["this version has not been proven; the guard is in place where its seam was found", "Use a version from the support matrix in the README, or run without SPANGATE_STRICT after testing it."],
  anchor_not_found: ["its code does not look as expected, no seam was found", "Use a version from the support matrix in the README."],
  patch_failed: ["its seam could not be replaced", "Use a version from the support matrix in the README."],
  bundled: ["a framework was bundled into this file", "Keep the framework external to the bundle (esbuild: --packages=external), or wrap its tools with guardTool."],
} as const;

export type Reason = keyof typeof REASONS;

export interface CoverageEntry {
  readonly module: string;
  readonly version: string;
  readonly gated: boolean;
  readonly reason: Reason | undefined;
  /** Folder or file. */
  readonly place: string;
}

/** Which tool-capable modules of this process are gated, which are not, and why. */
export class Coverage {
  readonly #entries = new Map<string, CoverageEntry>();
  readonly #onEntry: (entry: CoverageEntry) => void;

  /** @param onEntry told of every module as it is loaded, and again when another of its files is not gated */
  constructor(onEntry: (entry: CoverageEntry) => void) {
    this.#onEntry = onEntry;
  }

  /** One ungated file makes its module ungated: a guard with a hole is no guard. */
  add(entry: CoverageEntry): void {
    const key = `${entry.module}\0${entry.place}`;
    const known = this.#entries.get(key);
    if (known && (!known.gated || entry.gated)) return;
    this.#entries.set(key, entry);
    this.#onEntry(entry);
  }

  entries(): readonly CoverageEntry[] {
    return [...this.#entries.values()];
  }

  observe: Gauges = (record) => {
    const counts = new Map<string, { entry: CoverageEntry; count: number }>();
    for (const entry of this.entries()) {
      const key = `${entry.module}\0${entry.version}\0${entry.reason}`;
      counts.set(key, { entry, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    for (const { entry, count } of counts.values()) {
      record(COVERAGE, count, { [MODULE]: entry.module, [MODULE_VERSION]: entry.version, [GATED]: entry.gated, [UNGATED_REASON]: entry.reason ?? "" });
    }
  };

  /** The report for a terminal. */
  toString(): string {
    const entries = this.entries();
    if (entries.length === 0) return "spangate: coverage: no module that can run tools has been loaded";
    const lines = entries.map(({ module, version, gated, reason, place }) =>
      `  ${gated ? "gated    " : "NOT GATED"} ${module} ${version}${reason ? `: ${REASONS[reason][0]} (${place})` : ""}`);
    return ["spangate: coverage", ...lines].join("\n");
  }
}
