import type { CompiledPolicy } from "../../policies/index.ts";
import type { Telemetry } from "../../policies/schema/telemetry.ts";

/** What holds where a policy says nothing: like records, telemetry never shows what a detector knows. */
const STANDARD: Telemetry = { redact: "all", detectors: "all" };

export function sectionOf({ source }: CompiledPolicy): Telemetry {
  return source.telemetry ?? STANDARD;
}
