import type { Destination } from "./destination.ts";
import type { Endpoint } from "./endpoint.ts";
import { HttpError } from "./http.ts";
import { type Format, formatMessage } from "./message.ts";
import { messageDestination } from "./messages-out.ts";

/**
 * Elasticsearch, OpenSearch: `_bulk` into an index or a data stream. Documents are created and never replaced; their ids
 * are those of the messages, so that what is sent twice is there once.
 */
export function elasticDestination(name: string, endpoint: Endpoint, index: string, format: Exclude<Format, "cef">): Destination {
  return messageDestination(name, async (messages) => {
    const body = messages.map((message) => `${JSON.stringify({ create: { _index: index, _id: message.id } })}\n${JSON.stringify({ "@timestamp": new Date(message.time).toISOString(), ...(formatMessage(format, message) as object) })}\n`).join("");
    return refusedOf(await endpoint.post(body, { "Content-Type": "application/x-ndjson" }, "_bulk"), messages.length);
  }, () => endpoint.close());
}

interface Item {
  readonly create?: { readonly status?: number; readonly error?: { readonly type?: string; readonly reason?: string } };
}

/** The answer is 200 whatever became of the documents. */
function refusedOf(answer: Buffer, sent: number): number {
  const { errors, items } = JSON.parse(answer.toString()) as { readonly errors?: boolean; readonly items?: readonly Item[] };
  if (!Array.isArray(items) || items.length !== sent) throw new Error("the answer does not say what became of each document");
  if (errors === false) return 0;
  let refused = 0;
  for (const { create } of items as readonly Item[]) {
    const status = create?.status ?? 0;
    // 409: it is there already.
    if ((status >= 200 && status < 300) || status === 409) continue;
    // A document that fits no mapping never will; anything else is about the cluster, or who we are.
    if (status !== 400) throw new HttpError(status, undefined, ` for a document: ${create?.error?.type ?? "no type"}: ${(create?.error?.reason ?? "").slice(0, 200)}`);
    refused++;
  }
  return refused;
}
