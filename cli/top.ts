import { setTimeout as wait } from "node:timers/promises";
import { duration } from "../policies/schema/units.ts";
import { action, type AddCommand, EXIT, exitCodes, usage } from "./command.ts";
import { figures, type Figures } from "./top/figures.ts";
import { frame } from "./top/frame.ts";
import { Scraper, scrapeUrl } from "./top/scrape.ts";
import { Screen } from "./top/screen.ts";

/** Where `OTEL_METRICS_EXPORTER=prometheus` listens unless it is told otherwise. */
const DEFAULT_URL = "http://localhost:9464/metrics";
/** Milliseconds; the endpoint gathers anew at each scrape. */
const SHORTEST_INTERVAL = 100;
/** Columns of a frame that goes into a file. */
const FILE_COLUMNS = 80;

interface Options {
  readonly interval: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

export const top: AddCommand = (program) => {
  program.command("top").argument("[url...]", "scrape endpoints, like localhost:9464; several are added up", [DEFAULT_URL])
    .summary("calls, denials, waits, limits and audit of running processes, live")
    .description("Reads the Prometheus endpoint of processes (OTEL_METRICS_EXPORTER=prometheus) and shows what happens now: calls, denials, what the gate adds, calls that wait for an answer, limits that fill up, audit records that wait or are lost, modules that are not gated. q or Ctrl-C ends it. Where standard output is no terminal, frames follow each other.")
    .option("--interval <duration>", "time between two scrapes, over which rates are taken", "2s")
    .option("--once", "one frame, after two scrapes, and end")
    .option("--json", "one JSON object a frame, on a line of its own")
    .addHelpText("after", exitCodes("frames were shown", "with --once: no endpoint answered", "the command line is wrong"))
    .action(action(async (urls: string[], { interval, once, json }: Options) => {
      const parsed = duration.safeParse(interval);
      if (!parsed.success || parsed.data < SHORTEST_INTERVAL) throw usage(`--interval ${interval}: not a duration of ${SHORTEST_INTERVAL}ms or more`);
      const scraper = new Scraper(urls.map(scrapeUrl));
      if (once) return showOnce(scraper, parsed.data, json);
      if (json || !process.stdout.isTTY) return followPlain(scraper, parsed.data, json);
      return follow(scraper, parsed.data);
    }));
};

async function showOnce(scraper: Scraper, interval: number, json: boolean | undefined): Promise<number> {
  const first = await scraper.scrape();
  // Rates need two; of nobody there are none.
  if (first.some(({ now }) => now)) await wait(interval);
  const shown = figures(await scraper.scrape());
  process.stdout.write(text(shown, json));
  return shown.endpoints.every(({ problem }) => problem !== undefined) ? EXIT.found : EXIT.ok;
}

async function followPlain(scraper: Scraper, interval: number, json: boolean | undefined): Promise<number> {
  // `| head` has read enough.
  process.stdout.on("error", () => process.exit(EXIT.ok));
  for (;;) {
    process.stdout.write(`${text(figures(await scraper.scrape()), json)}${json ? "" : "\n"}`);
    await wait(interval);
  }
}

/** Until the user has seen enough. */
async function follow(scraper: Scraper, interval: number): Promise<number> {
  const ended = new AbortController();
  let shown: Figures | undefined;
  let time = new Date();
  const draw = (): void => {
    if (shown) screen.draw(frame(shown, { ...screen.size, time }));
  };
  const screen = new Screen(process.stdout, process.stdin, () => ended.abort(), draw);
  try {
    while (!ended.signal.aborted) {
      const endpoints = await Promise.race([scraper.scrape(), aborted(ended.signal)]);
      if (!endpoints) break;
      shown = figures(endpoints);
      time = new Date();
      draw();
      await wait(interval, undefined, { signal: ended.signal }).catch(() => {});
    }
  } finally {
    screen.close();
  }
  // A scrape that nobody waits for any more must not keep the shell waiting.
  process.exit(EXIT.ok);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
}

function text(shown: Figures, json: boolean | undefined): string {
  return json ? `${JSON.stringify({ time: new Date().toISOString(), ...shown })}\n` : `${frame(shown, { columns: FILE_COLUMNS, time: new Date() }).join("\n")}\n`;
}
