import type { OutboundRecord } from "./outbox.ts";

/**
 * Sends records in batches; a batch that is refused in part, or as a whole, is halved until those that are refused are
 * known by name.
 *
 * @param send resolves with how many were refused for good; rejects when all must be sent again
 * @returns indices of the records that were refused
 */
export async function deliverRecords(records: readonly OutboundRecord[], batch: number, send: (records: readonly OutboundRecord[]) => Promise<number>): Promise<number[]> {
  const refused: number[] = [];
  for (let at = 0; at < records.length; at += batch) refused.push(...(await halve(records.slice(at, at + batch), send)));
  return refused;
}

async function halve(records: readonly OutboundRecord[], send: (records: readonly OutboundRecord[]) => Promise<number>): Promise<number[]> {
  if ((await send(records)) === 0) return [];
  if (records.length === 1) return [(records[0] as OutboundRecord).record.i];
  const middle = records.length >> 1;
  return [...(await halve(records.slice(0, middle), send)), ...(await halve(records.slice(middle), send))];
}
