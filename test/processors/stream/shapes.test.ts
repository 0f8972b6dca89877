import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { everything, Stream } from "./stream.ts";

const detection = everything();
const TOKEN = "ghp_q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jfq7Rk2";
const [FIRST, SECOND] = [TOKEN.slice(0, 17), TOKEN.slice(17)];
const FOUND = "[github_token]";

class MessageChunk {
  readonly content: unknown;
  constructor(content: unknown) {
    this.content = content;
  }
  concat(): this {
    return this;
  }
}

interface Case {
  readonly name: string;
  /** A value of the stream with this text. */
  readonly make: (text: string) => unknown;
}

const DELTAS: readonly Case[] = [
  { name: "strings", make: (text) => text },
  { name: "parts of ai's fullStream", make: (text) => ({ type: "text-delta", id: "1", text }) },
  { name: "parts of ai's models and messages", make: (delta) => ({ type: "text-delta", id: "1", delta }) },
  { name: "reasoning", make: (delta) => ({ type: "reasoning-delta", id: "1", delta }) },
  { name: "events of OpenAI's Responses", make: (delta) => ({ type: "response.output_text.delta", item_id: "i", content_index: 0, delta }) },
  { name: "chunks of OpenAI's chat completions", make: (content) => ({ object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] }) },
  { name: "events of Anthropic", make: (text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }) },
  { name: "JSON of Anthropic's tool calls", make: (json) => ({ type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: json } }) },
  { name: "chunks of LangChain's messages", make: (content) => new MessageChunk(content) },
  { name: "their content blocks", make: (text) => new MessageChunk([{ type: "text", text }]) },
  { name: "messages of MCP prompts", make: (text) => ({ role: "user", content: [{ type: "text", text }] }) },
  { name: "text parts", make: (text) => ({ type: "text", text }) },
];

describe("a secret in two halves is found in", () => {
  for (const { name, make } of DELTAS) {
    test(name, async () => {
      const values = [make(`the key ${FIRST}`), make(`${SECOND} is it`)];
      const out = await new Stream(detection).all(values);
      assert.deepEqual(out, [make(`the key ${FOUND}`), make(" is it")]);
      assert.equal(JSON.stringify(values), JSON.stringify([make(`the key ${FIRST}`), make(`${SECOND} is it`)]), "the tool's own values are as they were");
    });
  }

  test("messages of ai that grow", async () => {
    const message = (text: string): object => ({ id: "m", role: "assistant", parts: [{ type: "step-start" }, { type: "text", text, state: "streaming" }] });
    const out = await new Stream(detection, { replaces: true }).all([message(`the key ${FIRST}`), message(`the key ${TOKEN}`), message(`the key ${TOKEN} is it`)]);
    assert.deepEqual(out, [message(`the key ${FOUND}`), message(`the key ${FOUND}`), message(`the key ${FOUND} is it`)]);
  });
});

describe("bytes", () => {
  const bytes = (...parts: (string | number)[]): Buffer => Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.from([part]) : Buffer.from(part))));
  const join = (out: readonly unknown[]): string => Buffer.concat(out as Buffer[]).toString();

  test("a secret in two halves is found, and a character in two halves put together", async () => {
    const out = await new Stream(detection).all([bytes("é ", FIRST), bytes(SECOND, " \u{1f600}".slice(0, 1), 0xf0, 0x9f), bytes(0x98, 0x80, " end")]);
    assert.equal(join(out), `é ${FOUND} \u{1f600} end`);
    assert.ok(out.every((value) => Buffer.isBuffer(value)));
  });

  test("keep their class, and what is not changed is the same value", async () => {
    const [first, second] = await new Stream(detection).all([new Uint8Array(bytes("so ")), new Uint8Array(bytes(TOKEN, " "))]);
    assert.ok(first instanceof Uint8Array && !Buffer.isBuffer(first) && second instanceof Uint8Array && !Buffer.isBuffer(second));
    const same = bytes("nothing here");
    assert.equal((await new Stream(detection).all([same]))[0], same);
  });

  test("that are no text are looked at each by itself, as is what is left of half a character", async () => {
    const [image, half] = [bytes("so ", 0xff, 0xd8, 0xff), bytes("so ", 0xf0, 0x9f)];
    assert.deepEqual(await new Stream(detection).push(image), [image]);
    assert.deepEqual(await new Stream(detection).all([half]), [bytes("so "), bytes(0xf0, 0x9f)]);
  });
});

describe("order", () => {
  const delta = (id: string, text: string): object => ({ type: "text-delta", id, delta: text });

  test("values without text wait for the text before them", async () => {
    const stream = new Stream(detection);
    assert.deepEqual(await stream.push(delta("1", `key ${FIRST}`)), []);
    assert.deepEqual(await stream.push({ n: 1 }), []);
    assert.deepEqual(await stream.push(delta("1", SECOND)), []);
    assert.deepEqual(await stream.end(), [delta("1", `key ${FOUND}`), { n: 1 }, delta("1", "")]);
  });

  test("values without text before any are not kept back", async () => {
    assert.deepEqual(await new Stream(detection).push({ status: "loading", text: "Searching" }), [{ status: "loading", text: "Searching" }]);
  });

  test("texts that come by turns are told apart", async () => {
    const out = await new Stream(detection).all([delta("1", FIRST), delta("2", "other "), delta("1", SECOND), delta("2", "text")]);
    assert.deepEqual(out, [delta("1", FOUND), delta("2", "other "), delta("1", ""), delta("2", "text")]);
  });

  test("a text that ends lets go of what stands behind it", async () => {
    const stream = new Stream(detection);
    await stream.push(delta("1", "ann@example.org"));
    assert.deepEqual(await stream.push({ type: "text-end", id: "1" }), [delta("1", "[email]"), { type: "text-end", id: "1" }]);
  });

  test("a text that does not go on keeps back at most sixteen values", async () => {
    const stream = new Stream(detection);
    await stream.push(delta("1", "ann@example.org"));
    for (let n = 1; n < 16; n++) assert.deepEqual(await stream.push({ n }), []);
    assert.equal((await stream.push({ n: 16 })).length, 17);
  });
});

test("values that each show all of the text so far lose nothing to their neighbours, whoever yields them", async () => {
  const text = "The mail is ann@example.org, the key ghp_q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jfq7Rk2, and that is all.";
  const shown = await new Stream(detection).all(Array.from({ length: text.length - 20 }, (_, index) => text.slice(0, index + 21)));
  assert.equal(shown.at(-1), "The mail is [email], the key [github_token], and that is all.");
  for (const preview of shown as string[]) assert.ok("The mail is [email], the key [github_token], and that is all.".startsWith(preview), preview);
});

describe("values that take the place of each other", () => {
  const stream = (): Stream => new Stream(detection, { replaces: true });

  test("are not kept back where they end in prose, else until the next one", async () => {
    const own = stream();
    assert.deepEqual(await own.push("Reading 3 pages…"), ["Reading 3 pages…"]);
    assert.deepEqual(await own.push("Looking up jane@example.com"), []);
    assert.deepEqual(await own.push("Found 3 orders"), ["Looking up [email]", "Found 3 orders"]);
  });

  test("a secret in halves is found, and what is found in one is not joined to its neighbour", async () => {
    assert.deepEqual(await stream().all([`key ${FIRST}`, `${SECOND} ok`]), [`key ${FOUND}`, " ok"]);
    assert.deepEqual(await stream().all(["a", "ann@example.org", "c"]), ["a", "[email]", "c"]);
  });

  test("a preview shows nothing of a value that is not all there yet", async () => {
    const own = stream();
    const text = "The mail is ann@example.org, and that is all.";
    const shown: unknown[] = [];
    for (let length = 1; length <= text.length; length++) shown.push(...(await own.push(text.slice(0, length))));
    shown.push(...(await own.end()));
    assert.equal(shown.length, text.length);
    assert.equal(shown.at(-1), "The mail is [email], and that is all.");
    for (const preview of shown as string[]) assert.doesNotMatch(preview, /ann./);
  });
});
