import { globSync } from "node:fs";
import { join } from "node:path";
import type { Detector } from "../../processors/detection/detector.ts";
import { ROOT } from "./run.ts";

/** Every detector that any file of processors/detection/detectors exports, and the file; some files put together the lists of others. */
export async function allDetectors(): Promise<ReadonlyMap<Detector, string>> {
  const detectors = new Map<Detector, string>();
  for (const file of globSync("processors/detection/detectors/*.ts", { cwd: ROOT }).sort()) {
    for (const exported of Object.values((await import(join(ROOT, file))) as Record<string, unknown>)) {
      const list = typeof exported === "function" && exported.length === 0 ? (exported as () => unknown)() : exported;
      if (Array.isArray(list)) for (const detector of list as Detector[]) if (!detectors.has(detector)) detectors.set(detector, file);
    }
  }
  return detectors;
}

/** All countries that a detector belongs to. */
export function localesOf(detectors: Iterable<Detector>): string[] {
  return [...new Set(Array.from(detectors).flatMap(({ locale }) => locale ?? []))];
}
