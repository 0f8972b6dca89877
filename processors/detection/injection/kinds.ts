import { INJECTION } from "../detectors/injection.ts";
import type { InjectionDetector } from "./kind.ts";

/** Id of a detector → the detector. */
export function injectionKinds(): ReadonlyMap<string, InjectionDetector> {
  return new Map(INJECTION.map((detector) => [detector.id, detector]));
}
