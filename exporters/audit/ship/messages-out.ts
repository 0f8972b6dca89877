import type { Destination } from "./destination.ts";
import { isRefusal } from "./http.ts";
import { checkpointMessages, gapMessage, type Message, recordMessage } from "./message.ts";
import { deliverRecords } from "./refused.ts";

/** Messages in one request. */
const BATCH = 256;

/**
 * A destination that takes messages.
 *
 * @param send resolves with how many of them were refused for good; rejects when all must be sent again
 */
export function messageDestination(name: string, send: (messages: readonly Message[]) => Promise<number>, close?: () => void): Destination {
  // A request that is refused as a whole: all of them.
  const attempt = (messages: readonly Message[]): Promise<number> => send(messages).catch((thrown: unknown) => {
    if (isRefusal(thrown)) return messages.length;
    throw thrown;
  });
  return {
    name,
    async deliver(interval) {
      const refused = await deliverRecords(interval.records, BATCH, (records) => attempt(records.map((one) => recordMessage(one, interval.origin))));
      await attempt(checkpointMessages(interval));
      return refused;
    },
    async declare(gap) {
      await attempt([gapMessage(gap)]);
    },
    ...(close && { close }),
  };
}
