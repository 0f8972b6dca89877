import { randomUUID } from "node:crypto";
import { SpangateError } from "../../errors.ts";
import { createRedisStore, placeOf, type RedisStore, textOf } from "../../processors/limits/redis-store.ts";
import { plural } from "../output.ts";
import { type Check, failed, type Finding, ok, warning } from "./check.ts";

/** How long anything may take here, in milliseconds: it is no call that waits. */
const PATIENCE = 5_000;
/** Requests of which the middle one tells how far away the store is. */
const ROUNDS = 11;

/** Where rates and budgets are counted, and whether that would work. */
export const store: Check = {
  name: "limits",
  async run({ policy, environment: { limitStore } }) {
    const { length } = policy?.limits ?? [];
    if (limitStore) return await examine(limitStore);
    return [length === 0 ? ok("no rate limits and no budgets; they would be counted per process") : warning("rate limits and budgets are counted per process: there is no shared store", "With several processes, set SPANGATE_LIMITS_STORE, or divide each max by their number.")];
  },
};

async function examine({ url, timeout }: { readonly url: string; readonly timeout: number }): Promise<Finding[]> {
  const lost: string[] = [];
  let opened: RedisStore | undefined;
  try {
    opened = createRedisStore({ url, timeout: PATIENCE, outside: (run) => run(), lost: (error) => lost.push(textOf(error)) });
    // A user of the server need not be allowed to ask this.
    const info = String(await opened.send(["INFO"]).catch((thrown: unknown) => { if (!/^NOPERM/.test(textOf(thrown))) throw thrown; }));
    const { counted, took } = await probe(opened);
    return [serverOf(url, info), ...(counted ? [ok("the script that counts works")] : [failed("the script that counts gives no sense", "It must be a Redis 6 or newer, or a Valkey, of its own.")]), distance(took, timeout), eviction(info)];
  } catch (thrown) {
    if (thrown instanceof SpangateError) return [failed(`${thrown.code}: ${thrown.message}`, thrown.remedy)];
    const cause = (thrown as Error).cause ?? thrown;
    return [failure(placeOf(url), lost.at(0) ?? textOf(cause))];
  } finally {
    opened?.close();
  }
}

/** Counts two calls where one fits, in windows that are nobody's and soon forgotten, and looks how long that takes. */
async function probe(store: RedisStore): Promise<{ readonly counted: boolean; readonly took: number }> {
  const times: number[] = [];
  let counted = true;
  for (let round = 0; round < ROUNDS; round++) {
    const windows = [{ key: `doctor:${randomUUID()}`, max: 1, cost: 1, window: PATIENCE, step: 0, shadow: false }];
    const started = performance.now();
    const first = await store.judge("spangate doctor", windows, false);
    times.push(performance.now() - started);
    const second = await store.judge("spangate doctor", windows, false);
    counted &&= first.exceeded === -1 && first.counted && second.exceeded === 0 && !second.counted;
  }
  return { counted, took: times.toSorted((a, b) => a - b)[ROUNDS >> 1] as number };
}

function serverOf(url: string, info: string): Finding {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
  const valkey = field("valkey_version");
  const { protocol } = new URL(url);
  return ok(`${valkey === undefined ? "Redis" : "Valkey"} ${valkey ?? field("redis_version") ?? "of an unknown version"} at ${placeOf(url)}${protocol === "rediss:" ? ", over TLS" : ""}`);
}

function distance(took: number, timeout: number): Finding {
  const says = `it answers within ${took.toFixed(1)} ms; a call waits ${plural(timeout, "millisecond")} at most`;
  return took * 3 < timeout ? ok(says) : warning(says, "Set SPANGATE_LIMITS_TIMEOUT to several times of what it takes, or put it nearer: what is late is denied.");
}

/** A server that makes room by throwing keys away forgets what was counted. */
function eviction(info: string): Finding {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy === undefined) return warning("it does not tell what it does when its memory is full", "See that its maxmemory-policy is noeviction.");
  if (policy === "noeviction") return ok("it evicts nothing when its memory is full");
  return warning(`its maxmemory-policy is ${policy}: when its memory is full it forgets what was counted`, "maxmemory-policy noeviction, in a server of its own: calls are then denied until there is room.");
}

function failure(place: string, problem: string): Finding {
  if (/WRONGPASS|NOAUTH|AUTH|password/.test(problem)) return failed(`${place} refuses user and password: ${problem}`, "Mend them in SPANGATE_LIMITS_STORE; special characters are percent-encoded.");
  if (/NOPERM/.test(problem)) return failed(`${place} does not let this user do what is needed: ${problem}`, "docs/limits.md has the ACL rule.");
  if (/ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ENET|ETIMEDOUT|[Tt]imeout/.test(problem)) return failed(`nothing answers at ${place}: ${problem}`, "Start the server, or mend SPANGATE_LIMITS_STORE; see what stands between.");
  if (/RESP|Socket closed|no greeting|reading 'resolve'|unknown command 'HELLO'/i.test(problem)) return failed(`what answers at ${place} is no Redis that can be used: ${problem}`, "It must be a Redis 6 or newer, or a Valkey: rediss:// where it speaks TLS, redis:// where it does not.");
  return failed(`${place} cannot be used: ${problem}`, "Mend what it names.");
}
