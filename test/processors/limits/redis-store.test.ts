import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { createRedisStore } from "../../../processors/limits/redis-store.ts";

/* What a real server does not do at will; the rest is in test/stack/limits-store.test.ts. */

const WINDOW = { key: "k", max: 1, cost: 1, window: 1_000, step: 0, shadow: false };
/** Numbers as Redis writes a list of them. */
const list = (...numbers: number[]): string => `*${numbers.length}\r\n${numbers.map((number) => `:${number}\r\n`).join("")}`;

/** A store whose server answers each time that it is asked to count with the next of these. */
async function answering(answers: readonly string[], run: (judge: () => Promise<unknown>, asked: readonly string[]) => Promise<void>): Promise<void> {
  const asked: string[] = [];
  const server = createServer((socket) => socket.on("error", () => {}).on("data", (part) => {
    const text = part.toString();
    if (text.includes("HELLO")) socket.write("%1\r\n$5\r\nproto\r\n:3\r\n");
    else if (text.includes("LOAD")) socket.write("-NOPERM this user may not\r\n");
    else socket.write(answers[asked.push(text) - 1] ?? "-ERR no answer is left\r\n");
  })).listen(0, "127.0.0.1");
  await once(server, "listening");
  const store = createRedisStore({ url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, timeout: 20_000, outside: (call) => call() });
  try {
    await run(() => store.judge("p", [WINDOW], false), asked);
  } finally {
    store.close();
    server.close();
  }
}

/** What a request says of when nobody waits for it any more: the argument behind the id and whether the call runs anyway. */
const lastOf = (request: string | undefined): number => Number(/:\d+\r\n\$1\r\n[01]\r\n\$\d+\r\n(\d+)\r\n/.exec(request ?? "")?.[1]);

test("a server whose clock was set on is asked again, without a time, and counts", async () => {
  const [then, now] = [1_700_000_000_000_000, 1_800_000_000_000_000];
  await answering([list(then, 0, 1, 1), list(now), list(now, 1, 0, 1), list(now, 1, 0, 1)], async (judge, asked) => {
    assert.deepEqual(await judge(), { exceeded: -1, counted: true, spent: [1] });
    assert.deepEqual(await judge(), { exceeded: 0, counted: false, spent: [1] });
    await judge();
    const lasts = asked.map(lastOf);
    assert.deepEqual([lasts[0], lasts[2]], [0, 0]);
    // 20 s, and one of grace, after the time that the server told; and then by its new clock.
    assert.ok((lasts[1] ?? 0) >= then + 21_000_000 && (lasts[1] ?? 0) < then + 200_000_000, String(lasts[1]));
    assert.ok((lasts[3] ?? 0) >= now + 21_000_000, String(lasts[3]));
  });
});

test("a server that finds every call too late is none that can be asked", () => answering([list(1), list(1)], (judge) => assert.rejects(judge(), /cannot be asked/)));

const wrong = [list(1, 2, 1, 1), list(1, -1, 1, 1), list(1, 0, 0, 1), list(1, 0, 1), list(1, 0, 1, 1, 1), list(), "+OK\r\n", "*4\r\n:1\r\n:0\r\n:1\r\n$1\r\n1\r\n", ":1\r\n", "_\r\n"];
for (const answer of wrong) test(`${JSON.stringify(answer)} is no verdict`, () => answering([answer], (judge) => assert.rejects(judge(), /cannot be asked/)));
