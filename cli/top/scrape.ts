import { messageOf } from "../../errors.ts";
import { usage } from "../command.ts";
import { parseExposition } from "./exposition.ts";
import type { Endpoint } from "./figures.ts";
import { isOurs, read, type Reading } from "./reading.ts";

/** Longest wait for an answer, in milliseconds. */
const PATIENCE = 5_000;

/** `host:port` or a URL, as the URL to scrape; /metrics where no path is said. */
export function scrapeUrl(text: string): string {
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`);
  if (!url || text.includes("://") !== /^https?:\/\//.test(text)) throw usage(`${text} is neither host:port nor an http URL`);
  if (url.pathname === "/") url.pathname = "/metrics";
  return url.href;
}

/** Asks every endpoint at once. One that does not answer is told of, and asked again the next time. */
export class Scraper {
  readonly #urls: readonly string[];
  readonly #last = new Map<string, Reading>();

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  scrape(): Promise<Endpoint[]> {
    return Promise.all(this.#urls.map(async (url) => {
      try {
        const now = await readingOf(url);
        const before = this.#last.get(url);
        this.#last.set(url, now);
        return { url, now, before };
      } catch (thrown) {
        // Rates over the gap would be those of nobody knows when.
        this.#last.delete(url);
        return { url, problem: problemOf(thrown) };
      }
    }));
  }
}

async function readingOf(url: string): Promise<Reading> {
  const response = await fetch(url, { headers: { accept: "text/plain;version=0.0.4" }, signal: AbortSignal.timeout(PATIENCE) });
  const text = await response.text();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  const samples = parseExposition(text);
  if (samples.length > 0 && !isOurs(samples)) throw new Error("no metric of spangate there");
  return read(samples, performance.now());
}

/** `fetch` hides the reason in a cause. */
function problemOf(thrown: unknown): string {
  const { cause } = thrown as { cause?: { code?: string } };
  return cause?.code === "ECONNREFUSED" ? "nobody listens there" : messageOf(cause ?? thrown);
}
