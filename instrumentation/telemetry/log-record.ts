import { attributesOf, type Kind, noAttributes, UNREADABLE } from "./item.ts";

/** What of a log record can hold text. The same in sdk-logs 0.x and 3.x. */
export interface LogRecord {
  readonly severityText?: string | undefined;
  readonly eventName?: string | undefined;
  readonly body?: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly droppedAttributesCount?: number;
}

/** A log record: body (a text or any structure), attributes, the name of an event, the text of its severity. */
export const LOG_RECORD: Kind<LogRecord> = {
  changes(record, clean) {
    const parts = [record.severityText, record.eventName, record.body, record.attributes] as const;
    const cleaned = clean(parts);
    if (cleaned === parts) return undefined;
    const [severityText, eventName, body, attributes] = cleaned;
    return {
      ...(severityText !== parts[0] && { severityText }), ...(eventName !== parts[1] && { eventName }), ...(body !== parts[2] && { body }),
      ...(attributes !== parts[3] && { attributes: attributesOf(attributes) }),
    };
  },

  withheld(record) {
    return {
      body: UNREADABLE, attributes: noAttributes(), severityText: undefined, eventName: record.eventName === undefined ? undefined : UNREADABLE,
      droppedAttributesCount: (record.droppedAttributesCount ?? 0) + Object.keys(record.attributes ?? {}).length,
    };
  },
};
