import { messageOf } from "../../errors.ts";
import { usage } from "../command.ts";
import { type Check, failed, ok, skipped } from "./check.ts";

/** Port of the collector's health_check extension. */
const PORT = "13133";
const PATIENCE = 5_000;
const REMEDY = "Start the collector with the health_check extension in service.extensions, and an endpoint that this machine reaches.";

/** `host`, `host:port` or a URL, as the URL to ask. */
export function healthUrl(text: string): URL {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === "") throw usage(`--collector ${text}: neither a host nor an http URL`);
  if (url.port === "" && url.protocol === "http:" && !/:80(\/|$)/.test(text)) url.port = PORT;
  return url;
}

export const collector: Check = {
  name: "collector",
  async run({ collector: given }) {
    if (given === undefined) return [skipped("--collector <host> asks its health_check extension")];
    const { href } = healthUrl(given);
    try {
      const response = await fetch(href, { signal: AbortSignal.timeout(PATIENCE) });
      const body = await response.text();
      // `{"status":"Server available",...}`; an answer without it comes from somebody else.
      if (!response.ok) return [failed(`${href} answered ${response.status}: the collector is not ready`, "See its log: a pipeline did not start, or an exporter's queue is full.")];
      return [ok(`${href}: ${/"status":"([^"]+)"/.exec(body)?.[1] ?? "it answers"}`)];
    } catch (thrown) {
      const { cause } = thrown as { cause?: unknown };
      return [failed(`${href} cannot be reached: ${messageOf(cause ?? thrown)}`, REMEDY)];
    }
  },
};
