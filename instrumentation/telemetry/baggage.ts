import { type BaggageEntry, type Context, propagation } from "@opentelemetry/api";
import type { Clean } from "./item.ts";

/**
 * A context whose baggage may leave the process; the same context where there is nothing to take out. What the
 * process itself reads of its baggage stays as it is.
 */
export function cleanBaggage(context: Context, clean: Clean): Context {
  const entries = propagation.getBaggage(context)?.getAllEntries() ?? [];
  if (entries.length === 0) return context;
  const values = Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
  const parts = [values, ...entries.map(([, { metadata }]) => metadata?.toString())] as const;
  const cleaned = clean(parts);
  if (cleaned === parts) return context;
  const [kept, ...metadata] = cleaned;
  if (typeof kept !== "object") return propagation.deleteBaggage(context);
  const order = Object.keys(values);
  const remains = Object.entries(kept).map(([key, value], index): [string, BaggageEntry] => {
    const at = entries.findIndex(([name]) => name === order[index]);
    const original = entries[at]?.[1].metadata;
    const text = metadata[at];
    if (original === undefined || text === undefined) return [key, { value: String(value) }];
    return [key, { value: String(value), metadata: text === original.toString() ? original : { ...original, toString: () => text } }];
  });
  return propagation.setBaggage(context, propagation.createBaggage(Object.fromEntries(remains)));
}

/** Without its baggage, which could not be looked at. */
export function withoutBaggage(context: Context): Context {
  return propagation.deleteBaggage(context);
}
