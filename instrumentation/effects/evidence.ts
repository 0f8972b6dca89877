import { VIOLATIONS } from "../../exporters/instruments.ts";
import * as names from "../../names.ts";
import { clip, describeText } from "../evidence.ts";
import type { Frame } from "../frame.ts";
import type { Host } from "../host.ts";

/** Different effects of one call that are written down; the record of the last one says that more are only counted. */
const MAX_NOTED = 100;

/** Something that a running tool tried to do outside of this process, and that a rule speaks against. */
export interface Effect {
  readonly kind: "network";
  readonly rule: string;
  /** What it was directed at: a host or an address. */
  readonly target: string;
  /** False where the policy only observes: it was done. */
  readonly refused: boolean;
}

const noted = new WeakMap<Frame, Set<string>>();

/**
 * Writes an effect down: as a record of its own, since work that a tool leaves running outlives the outcome of its
 * call, and as an event of the call's span. The same effect of the same call is written and counted once.
 */
export function noteEffect(host: Host, frame: Frame, { kind, rule, target, refused }: Effect): void {
  const known = noted.get(frame) ?? new Set();
  noted.set(frame, known);
  // A name may carry a secret; an address is what it is.
  const shown = process.getBuiltinModule("node:net").isIP(target) ? target : describeText(clip(target), host.pipeline.detection);
  const key = `${rule} ${shown}`;
  if (known.has(key)) return;
  host.metrics.record(VIOLATIONS, 1, { [names.TOOL_NAME]: frame.tool, [names.RULE_NAME]: rule, [names.SOURCE]: "network", [names.MODE]: refused ? "enforce" : "observe" });
  if (known.size >= MAX_NOTED) return;
  known.add(key);
  const context = frame.span?.spanContext();
  host.record("effect", {
    decision: frame.decision, trace: context?.traceId ?? "", span: context?.spanId ?? "", tool: clip(frame.tool), kind, rule,
    target: shown, refused, late: frame.over || undefined, last: known.size >= MAX_NOTED || undefined,
  });
  if (!frame.over) frame.span?.addEvent(names.EFFECT, { [names.EFFECT_KIND]: kind, [names.RULE_NAME]: rule, [names.EFFECT_TARGET]: shown, [names.EFFECT_REFUSED]: refused });
}
