import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { MOST_HELD, WINDOW } from "../../../processors/stream/settling.ts";
import { allDetectors, localesOf } from "../../support/all-detectors.ts";
import { cut, everything, replace, Stream } from "./stream.ts";

const detection = everything();
const TOKEN = "ghp_q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jfq7Rk2";
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const JWT = `${base64url({ alg: "RS256" })}.${base64url({ sub: Buffer.from(Array.from({ length: 1_000 }, (_, index) => (index * index * 31) & 255)).toString("base64") })}.${Buffer.from(Array.from({ length: 256 }, (_, index) => (index * 37) & 255)).toString("base64url")}`;
const PEM = `-----BEGIN PRIVATE KEY-----\n${Array.from({ length: 26 }, (_, line) => Buffer.from(Array.from({ length: 48 }, (_, index) => (line * 31 + index * 97) & 255)).toString("base64")).join("\n")}\n-----END PRIVATE KEY-----`;
const VALUES = [TOKEN, JWT, PEM, "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "ann@example.org", "jörg@bücher.example", "+49 30 901820", "postgres://app:hunter2secret@db.example.org/shop", "ｇｈｐ_q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jfq7Rk2", Buffer.from(`login ${TOKEN} now`).toString("base64")];
const WORDS = ["the", "weather", "was", "nice", "and", "we", "went", "home", "early", "because", "dinner", "été", "日本語", "\u{1f600}", "(quietly)", "so,"];

/** Words, and values among them: blanks around each, and a word behind it. */
const texts = fc.array(fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: fc.constantFrom(...VALUES.map((value) => `${value} then`)) }), { minLength: 1, maxLength: 120 }).map((words) => words.join(" "));
const cutTexts = fc.tuple(texts, fc.array(fc.nat(), { maxLength: 60 })).map(([text, places]) => [text, cut(text, places.map((place) => place % (text.length + 1)))] as const);
const redacted = (text: string): string => detection.rewrite(text, replace).value as string;

/** Whether a value of a stream by itself looks as if there was something that the whole does not have. */
function misleads(text: string, chunks: readonly string[]): boolean {
  const { findings } = detection.scan(text);
  let offset = 0;
  return chunks.some((chunk) => {
    const at = offset;
    offset += chunk.length;
    return detection.scan(chunk).findings.some(({ detector, places: [place] }) => !findings.some((whole) => whole.detector === detector && whole.places[0].start <= place.start + at && whole.places[0].end >= place.end + at));
  });
}

describe("a text that comes in pieces", () => {
  test("is redacted like the whole text, wherever it is cut, and every value stays one in its place", async () => {
    await fc.assert(fc.asyncProperty(cutTexts, async ([text, chunks]) => {
      fc.pre(!misleads(text, chunks));
      const out = await new Stream(detection).all(chunks);
      assert.equal(out.length, chunks.length);
      assert.equal(out.join(""), redacted(text));
    }), { numRuns: 300 });
  });

  test("with a value that only a piece by itself seems to have is redacted of that as well", async () => {
    assert.deepEqual(await new Stream(detection).all(["x", TOKEN]), ["x", "[github_token]"]);
  });

  test("prose is let go of up to its last word", async () => {
    const stream = new Stream(detection);
    const seen: string[] = [];
    for (const word of ["We ", "went ", "home ", "early, ", "and "]) seen.push((await stream.push(word)).join(""));
    assert.deepEqual(seen, ["", "We ", "went ", "home ", "early, "]);
    assert.deepEqual(await stream.end(), ["and "]);
  });

  test("stands for what it was where nothing is found in it: the same value", async () => {
    const value = { type: "text-delta", id: "1", delta: "nothing" };
    const [same] = await new Stream(detection).all([value]);
    assert.equal(same, value);
  });

  test("a number keeps back what stands behind it for a word that may speak for it", async () => {
    const stream = new Stream(everything(["us"]));
    assert.deepEqual(await stream.push("ten 536-22-1234 and "), []);
    assert.deepEqual(await stream.push("that is my "), []);
    assert.deepEqual([await stream.push("ssn "), await stream.end()].flat(), ["ten [us_ssn] and ", "that is my ", "ssn "]);
  });
});

test("each shipped detector's example is found wherever it is cut", async () => {
  const detectors = [...(await allDetectors()).keys()];
  const all = everything(localesOf(detectors));
  const [before, after] = ["The weather in the old town was nice and everybody went out to see the parade on time. ", " Then all of us went home again, where dinner was waiting and the evening was long and calm."];
  let cuts = 0;
  for (const { id, matches } of detectors) {
    for (const example of matches) {
      const text = before + example + after;
      const expected = all.rewrite(text, replace).value as string;
      if (expected === text) continue;
      for (const part of [0.2, 0.5, 0.8]) {
        cuts++;
        const out = await new Stream(all).all(cut(text, [before.length + Math.ceil(part * example.length)]));
        assert.equal(out.join(""), expected, `${id}: ${JSON.stringify(example)} cut at ${part}`);
      }
    }
  }
  assert.ok(cuts > 1_000);
});

describe("the bound", () => {
  const marked = [{ id: "marked", category: "secret", triggers: ["=END"], pattern: "B(?: \\d)* ?[a-z]*=END", needs_context: false, score: 1, matches: ["B 1=END"], misses: ["B"], overridable: false }] as const;
  const custom = everything([], marked);
  /** A value that shows only by its end what it is. */
  const spaced = (length: number): string => `B${" 1".repeat((length - 5) / 2)}=END`;
  const pieces = async (text: string, size: number): Promise<string> =>
    (await new Stream(custom, { eager: false }).all(cut(text, Array.from({ length: Math.floor(text.length / size) }, (_, index) => size * (index + 1))))).join("");

  test(`a value of ${WINDOW - 1} code units with blanks comes out in no part`, async () => {
    assert.equal(await pieces(`so ${spaced(WINDOW - 1)} it is`, 1), "so [marked] it is");
  });

  test("of a longer one the beginning is let go of", async () => {
    const value = spaced(WINDOW + 9);
    const out = await pieces(`so ${value} it is`, 1);
    assert.match(out, /^so B( 1){1,5} ?\[marked\] it is$/);
  });

  test("of a value without a break nothing is let go of before its end", async () => {
    const encoded = Buffer.from(`${"x ".repeat(15_000)}${TOKEN}`).toString("base64");
    const text = `so ${encoded} it is`;
    const expected = redacted(text);
    assert.equal(expected, "so [github_token] it is");
    assert.equal((await new Stream(detection).all(cut(text, Array.from({ length: 80 }, (_, index) => 500 * (index + 1))))).join(""), expected);
  });

  test("more is let go of, and that is declared", async () => {
    const stream = new Stream(custom, { eager: false });
    const incomplete: string[] = [];
    const { detection: own } = stream;
    const { within } = own;
    own.within = (piece, step) => {
      incomplete.push(...piece.scan(() => ({ findings: [], incomplete: [] })).incomplete.map(({ kind }) => kind));
      return within.call(own, piece, step) as ReturnType<typeof step>;
    };
    const chunk = "a".repeat(1_024);
    for (let count = 0; count < MOST_HELD; count += chunk.length) assert.deepEqual(await stream.push(chunk), []);
    assert.equal((await stream.push(chunk)).length, MOST_HELD / chunk.length);
    assert.deepEqual([...new Set(incomplete)], ["too_large"]);
  });

  test("a key that is recognised by its beginning is held to its end, in whatever pieces", async () => {
    for (const size of [1, 7, 64, 300]) {
      const text = `the key: ${PEM} and no more`;
      const out = await new Stream(detection).all(cut(text, Array.from({ length: Math.floor(text.length / size) }, (_, index) => size * (index + 1))));
      assert.equal(out.join(""), redacted(text), `pieces of ${size}`);
    }
  });
});

test("the work grows with the length of a stream and not with its square", async () => {
  const stream = new Stream(detection);
  const scan = detection.scan.bind(detection);
  let longest = 0;
  detection.scan = (value) => {
    longest = Math.max(longest, (value as string).length);
    return scan(value);
  };
  try {
    for (let count = 0; count < 3_000; count++) await stream.push("and so it goes on and on, word after word, ");
    assert.ok(longest < 4_096, `looked at ${longest} code units at once`);
  } finally {
    detection.scan = scan;
  }
});
