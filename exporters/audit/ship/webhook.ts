import type { Destination } from "./destination.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Format, formatMessage, type Message } from "./message.ts";
import { messageDestination } from "./messages-out.ts";

/**
 * A webhook as Standard Webhooks has it (https://www.standardwebhooks.com, 1.0): `webhook-id` is the same for the same
 * content, `webhook-timestamp` is in seconds, `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over
 * `<id>.<timestamp>.<body>`.
 */
export function webhookDestination(name: string, endpoint: Endpoint, secret: Buffer, format: Format): Destination {
  return messageDestination(name, async (messages) => {
    const body = JSON.stringify({ type: "spangate.audit", data: messages.map((message) => formatMessage(format, message)) });
    const id = idOf(messages);
    const timestamp = String(Math.floor(Date.now() / 1_000));
    await endpoint.post(body, { "Content-Type": "application/json", "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": sign(secret, id, timestamp, body) });
    return 0;
  }, () => endpoint.close());
}

export function sign(secret: Buffer, id: string, timestamp: string, body: string): string {
  const { createHmac } = process.getBuiltinModule("node:crypto");
  return `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

/** `whsec_` and base64, as Standard Webhooks hands secrets out; anything else is taken as it is. */
export function secretOf(text: string): Buffer {
  return text.startsWith("whsec_") ? Buffer.from(text.slice("whsec_".length), "base64") : Buffer.from(text);
}

/** A batch is named by its first and last message: with other bounds it is another one. */
function idOf(messages: readonly Message[]): string {
  const [first, last] = [messages[0]?.id ?? "", messages.at(-1)?.id ?? ""];
  return messages.length > 1 ? `${first}_${last}` : first;
}
