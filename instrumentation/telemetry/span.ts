import { type Link, type SpanContext, SpanStatusCode, type TraceState } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { attributesOf, type Kind, noAttributes, UNREADABLE } from "./item.ts";

/** Parts before those of the events. */
const OWN = 4;
/** Parts of an event, and of a link. */
const EACH = 2;

/** A span: name, status message, attributes, events and links with theirs, and trace states. Ids, times and counts stay as they are. */
export const SPAN: Kind<ReadableSpan> = {
  changes(span, clean) {
    const { events, links } = span;
    const context = span.spanContext();
    const parts: unknown[] = [span.name, span.status.message, stateOf(context), span.attributes];
    for (const event of events) parts.push(event.name, event.attributes);
    for (const link of links) parts.push(stateOf(link.context), link.attributes);
    const cleaned = clean(parts);
    if (cleaned === parts) return undefined;

    const changes: Record<string, unknown> = { name: cleaned[0], attributes: attributesOf(cleaned[3]) };
    if (cleaned[1] !== parts[1]) changes["status"] = { ...span.status, message: cleaned[1] };
    if (cleaned[2] !== parts[2]) changes["spanContext"] = constant(withState(context, cleaned[2]));
    if (events.length > 0) changes["events"] = events.map((event, index) => ({ ...event, name: cleaned[OWN + EACH * index], ...attributes(cleaned[OWN + EACH * index + 1]) }));
    const from = OWN + EACH * events.length;
    if (links.length > 0) changes["links"] = links.map((link, index) => ({ ...link, context: withState(link.context, cleaned[from + EACH * index]), ...attributes(cleaned[from + EACH * index + 1]) }));
    return changes;
  },

  /** Of a span that may not even be one. */
  withheld(span) {
    const { status, links = [], attributes: own = {}, events = [], droppedAttributesCount: attributesBefore = 0, droppedEventsCount: eventsBefore = 0 } = span as Partial<ReadableSpan>;
    return {
      name: UNREADABLE, attributes: noAttributes(), status: { code: status?.code ?? SpanStatusCode.UNSET }, events: [], spanContext: constant(withState(span.spanContext(), undefined)),
      links: links.map(({ context }): Link => ({ context: withState(context, undefined) })),
      droppedAttributesCount: attributesBefore + Object.keys(own).length, droppedEventsCount: eventsBefore + events.length,
    };
  },
};

function attributes(cleaned: unknown): { attributes: object } | undefined {
  return cleaned === undefined ? undefined : { attributes: attributesOf(cleaned) };
}

function stateOf({ traceState }: SpanContext): string | undefined {
  return traceState?.serialize();
}

/** A trace state is text of anybody's; what is left of it can still be written, and no more. */
function withState(context: SpanContext, text: unknown): SpanContext {
  const { traceState, ...rest } = context;
  if (traceState === undefined || text === traceState.serialize()) return context;
  if (text === undefined) return rest;
  const state: TraceState = { serialize: () => String(text), get: () => undefined, set: () => state, unset: () => state };
  return { ...rest, traceState: state };
}

function constant<T>(value: T): () => T {
  return () => value;
}
