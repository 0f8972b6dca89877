import { compilePatterns } from "./pattern.ts";
import type { Processing } from "./schema/audit.ts";

/** Tools that are remembered; names come from models. */
const MAX_REMEMBERED = 10_000;

/** Tool → the processing activity that its calls belong to: the first whose patterns match. */
export function compileProcessing(activities: readonly Processing[]): (tool: string) => Processing | undefined {
  if (activities.length === 0) return () => undefined;
  const compiled = activities.map((activity) => ({ activity, fits: compilePatterns(activity.tools) }));
  const known = new Map<string, Processing | undefined>();
  return (tool) => {
    if (known.has(tool)) return known.get(tool);
    const found = compiled.find(({ fits }) => fits(tool))?.activity;
    if (known.size < MAX_REMEMBERED) known.set(tool, found);
    return found;
  };
}
