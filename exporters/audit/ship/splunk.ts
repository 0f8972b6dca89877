import { setTimeout as sleep } from "node:timers/promises";
import type { Destination } from "./destination.ts";
import type { Endpoint } from "./endpoint.ts";
import { HttpError } from "./http.ts";
import { type Format, formatMessage } from "./message.ts";
import { messageDestination } from "./messages-out.ts";

/** How often Splunk is asked whether a request was indexed, and how many times, with one second between. */
const POLLS = 30;
const POLL = 1_000;
/** Codes of answers to requests that hold an event that will never be taken: invalid data format, event field required, event field blank. */
const INVALID_EVENT = new Set([6, 12, 13]);

export interface SplunkOptions {
  readonly index: string | undefined;
  readonly source: string;
  readonly sourcetype: string;
  readonly host: string | undefined;
  /** The token has indexer acknowledgement on. */
  readonly ack: boolean;
  readonly format: Format;
  /** Milliseconds between two questions. */
  readonly poll?: number;
}

/**
 * Splunk's HTTP Event Collector, event endpoint. With indexer acknowledgement an interval counts as delivered when
 * Splunk has indexed it; without, when it has answered that it took it, and it may then still lose it.
 */
export function splunkDestination(name: string, endpoint: Endpoint, { index, source, sourcetype, host, ack, format, poll = POLL }: SplunkOptions): Destination {
  const channel = crypto.randomUUID();
  const headers = { "Content-Type": "application/json", ...(ack && { "X-Splunk-Request-Channel": channel }) };
  return messageDestination(name, async (messages) => {
    const body = messages.map((message) => JSON.stringify({
      time: (message.time / 1_000).toFixed(3), source, sourcetype, ...(index !== undefined && { index }), ...(host !== undefined && { host }), event: formatMessage(format, message),
    })).join("\n");
    const answer = await endpoint.post(body, headers, "services/collector/event").catch((thrown: unknown) => {
      // A 400 is also what a wrong index or channel is answered with: nobody's records are at fault then.
      if (thrown instanceof HttpError && thrown.status === 400 && !INVALID_EVENT.has(codeOf(thrown))) throw new Error(`Splunk answered 400, code ${codeOf(thrown)}`, { cause: thrown });
      throw thrown;
    });
    const { code, ackId, text } = parse(answer.toString());
    if (code !== 0) throw new Error(`Splunk answered code ${String(code)}: ${String(text).slice(0, 200)}`);
    if (ack) await indexed(endpoint, channel, headers, ackId, poll);
    return 0;
  }, () => endpoint.close());
}

async function indexed(endpoint: Endpoint, channel: string, headers: Record<string, string>, ackId: unknown, poll: number): Promise<void> {
  if (typeof ackId !== "number") throw new Error("Splunk gave no ackId: indexer acknowledgement is off for this token");
  for (let asked = 0; asked < POLLS; asked++) {
    const { acks } = parse((await endpoint.post(JSON.stringify({ acks: [ackId] }), headers, `services/collector/ack?channel=${channel}`)).toString());
    if ((acks as Record<string, unknown> | undefined)?.[String(ackId)] === true) return;
    await sleep(poll, undefined, { ref: false });
  }
  throw new Error(`Splunk did not say within ${POLLS} questions that it had indexed the request`);
}

function codeOf(error: HttpError): number {
  const { code } = parse((error as HttpError & { body?: string }).body ?? "");
  return typeof code === "number" ? code : -1;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
