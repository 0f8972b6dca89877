import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** A part of the ports for each process, so that two which look at the same time find others. */
const PART = 500;
const FIRST = 20_000 + (process.pid % 24) * PART;
const given = new Set<number>();

/**
 * A port of the loopback that nothing listens on, each only once: below Linux's range for outgoing connections, which begins at
 * 32768, so that none of those is given it while the server that it is for is away.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, FIRST + PART);
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer().listen(port, "127.0.0.1");
    const free = await Promise.race([once(server, "listening").then(() => true), once(server, "error").then(() => false)]).catch(() => false);
    server.close();
    if (free) return port;
  }
}
