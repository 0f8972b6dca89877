import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { RecordBodies, RecordType } from "../../../../exporters/audit/bodies.ts";
import { formatRecord, parseRecord, type AuditRecord } from "../../../../exporters/audit/record.ts";
import { leafHash } from "../../../../exporters/audit/tree/hash.ts";
import { cef } from "../../../../exporters/audit/ship/cef.ts";
import { checkpointMessages, formatMessage, gapMessage, type Message, recordMessage } from "../../../../exporters/audit/ship/message.ts";
import { ocsf } from "../../../../exporters/audit/ship/ocsf.ts";
import { openLog, decision } from "../../../support/records.ts";
import { ROOT, temporaryFolder } from "../../../support/run.ts";
import { interval, intervalsOf, sent } from "./sealed.ts";

function message<T extends RecordType>(type: T, body: RecordBodies[T], index = 7): Message {
  const text = formatRecord(index, "p".repeat(44), "0123456789abcdef0123456789abcdef", type, body);
  const record = parseRecord(text);
  assert.ok(typeof record !== "string", String(record));
  return recordMessage({ text, record, leaf: leafHash(text) }, "spangate.test/logs/0123456789abcdef0123456789abcdef");
}

function all(): Message[] {
  const log = openLog(temporaryFolder());
  interval(log, 300);
  const intervals = intervalsOf(sent(log));
  log.close();
  const trace = { trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331" };
  return [
    ...intervals.flatMap((one) => [...one.records.slice(0, 2).map((record) => recordMessage(record, one.origin)), ...checkpointMessages(one)]),
    ...["allow", "modify", "approve", "defer", "deny"].flatMap((effect) => [true, false].map((runs) => message("decision", decision("wipe", { effect, runs, caller: "ann", agent: "helper", session: "s1", effect_class: ["read"] })))),
    message("outcome", { ref: 6, ...trace, tool: "wipe", status: "error", ms: 12.7, error: "TypeError" }),
    message("halt", { reason: "ENOSPC" }),
    message("close", { decisions: 3 }),
    gapMessage({ log: "l", origin: "o/l", from: 3, to: 9, reason: "missing", note: undefined, end: { size: 9, leaf: "", segment: "", offset: 0, frontier: "" } }),
  ];
}

describe("OCSF", () => {
  const schema = JSON.parse(readFileSync(`${ROOT}test/fixtures/ocsf/1.5.0.json`, "utf8")) as {
    base: Fields; profiles: Record<string, string[]>; classes: Record<string, Fields & { category: number; activities: Record<string, string> }>; objects: Record<string, Fields>;
    enums: { severity_id: number[]; status_id: number[]; action: Record<string, string>; disposition: Record<string, string> };
  };
  interface Fields { readonly required: readonly string[]; readonly known: readonly string[] }
  interface Event extends Record<string, unknown> { readonly class_uid: number; readonly activity_id: number; readonly metadata: { readonly profiles?: readonly string[] } }

  test("every message is an event of a known class, with what must be there and nothing that may not", () => {
    const classes = new Set<number>();
    for (const one of all()) {
      const event = ocsf(one) as Event;
      const described = schema.classes[String(event.class_uid)];
      assert.ok(described, `class ${String(event.class_uid)}`);
      classes.add(event.class_uid);
      const profiles = (event.metadata.profiles ?? []).flatMap((profile) => schema.profiles[profile] ?? assert.fail(profile));
      for (const key of [...schema.base.required, ...described.required]) assert.ok(event[key] !== undefined, `${key} is missing`);
      for (const key of Object.keys(event)) assert.ok([...schema.base.known, ...described.known, ...profiles].includes(key), `${key} does not belong into class ${String(event.class_uid)}`);
      assert.equal(event["category_uid"], described.category);
      assert.equal(event["type_uid"], event.class_uid * 100 + event.activity_id);
      const activity = described.activities[String(event.activity_id)];
      assert.ok(activity !== undefined && (activity === "" || activity === event["activity_name"]));
      for (const [name, fields] of Object.entries(schema.objects)) {
        const object = event[name] as Record<string, unknown> | undefined;
        if (object === undefined) continue;
        for (const key of fields.required) assert.ok(key in object, `${name}.${key} is missing`);
        for (const key of Object.keys(object)) assert.ok(fields.known.includes(key), `${name}.${key}`);
      }
      assert.ok(schema.enums.severity_id.includes(event["severity_id"] as number));
      if (event["status_id"] !== undefined) assert.ok(schema.enums.status_id.includes(event["status_id"] as number));
      if (event["action_id"] !== undefined) assert.equal(schema.enums.action[event["action_id"] as number], event["action"]);
      if (event["disposition_id"] !== undefined) assert.equal(schema.enums.disposition[event["disposition_id"] as number], event["disposition"]);
      assert.ok(Number.isSafeInteger(event["time"]));
      assert.deepEqual(event["unmapped"], one.evidence);
    }
    assert.deepEqual([...classes].sort(), [0, 6002, 6003]);
  });

  const outcomes = [["allow", true, "Allowed"], ["modify", true, "Modified"], ["deny", false, "Denied"], ["deny", true, "Observed"], ["approve", false, "Denied"], ["allow", false, "Denied"]] as const;
  for (const [effect, runs, action] of outcomes) {
    test(`a call judged ${effect} that ${runs ? "runs" : "does not run"} is ${action}`, () => {
      const event = ocsf(message("decision", decision("wipe", { effect, runs }))) as { action: string; status_id: number };
      assert.equal(event.action, action);
      assert.equal(event.status_id, runs ? 1 : 2);
    });
  }
});

describe("CEF", () => {
  /** What a parser of the format makes of a line: the header, and the extension. */
  function parse(line: string): { header: string[]; extension: Record<string, string> } {
    assert.doesNotMatch(line, /[\r\n]/);
    const fields = line.split(/(?<!\\)(?:\\\\)*\|/);
    assert.equal(fields.length >= 8, true);
    const [, ...rest] = /^((?:[^|\\]|\\[\\|])*)\|((?:[^|\\]|\\[\\|])*)\|((?:[^|\\]|\\[\\|])*)\|((?:[^|\\]|\\[\\|])*)\|((?:[^|\\]|\\[\\|])*)\|((?:[^|\\]|\\[\\|])*)\|(\d+)\|(.*)$/.exec(line) ?? assert.fail(line);
    const text = rest.pop() as string;
    const extension: Record<string, string> = {};
    // A key stands at the beginning or behind a space, and the equals sign behind it is not escaped.
    const keys = [...text.matchAll(/(?:^| )([A-Za-z0-9]+)=/g)].filter(({ index, 0: whole }) => text[index + whole.length - 2] !== "\\");
    keys.forEach((key, at) => {
      const value = text.slice(key.index + key[0].length, keys[at + 1]?.index);
      extension[key[1] as string] = value.replace(/\\(.)/g, (_, char: string) => ({ n: "\n", r: "\r" })[char] ?? char);
    });
    return { header: rest.map((field) => (field as string).replace(/\\([\\|])/g, "$1")), extension };
  }

  test("a record comes out again, with its log, its leaf and who did what", () => {
    const one = message("decision", decision("wipe", { caller: "ann", effect: "deny" }));
    const { header, extension } = parse(cef(one));
    assert.deepEqual(header.filter((_, at) => at !== 3), ["CEF:0", "spangate", "spangate", "audit.decision", "Tool call: deny", "6"]);
    assert.equal(extension["cs5"], one.evidence["spangate.audit.rec"]);
    assert.equal(extension["cs2"], one.evidence["spangate.audit.leaf"]);
    assert.equal(extension["cs1"], one.evidence["spangate.audit.log"]);
    assert.deepEqual([extension["act"], extension["suser"], extension["dproc"], extension["cn1"], extension["outcome"]], ["deny", "ann", "wipe", "7", "failure"]);
  });

  test("a checkpoint comes out again, its leaves in their order", () => {
    for (const one of all().filter(({ event }) => event === "audit.checkpoint")) {
      const { extension } = parse(cef(one));
      assert.equal(extension["cs2"], one.evidence["spangate.audit.cp"]);
      assert.equal(extension["cs3"], one.evidence["spangate.audit.frontier"]);
      const leaves = Array.from({ length: 6 }, (_, at) => one.evidence[`spangate.audit.leaves.${at}`] ?? "").join("");
      assert.equal(`${extension["cs4"] ?? ""}${extension["cs5"] ?? ""}${extension["cs6"] ?? ""}`, leaves);
    }
  });

  test("a long record is split over two strings, and a longer one is cut, which its label says", () => {
    const middle = message("decision", decision("t", { reason: "x".repeat(5_000) }));
    const split = parse(cef(middle)).extension;
    assert.equal((split["cs5"] ?? "") + (split["cs6"] ?? ""), middle.evidence["spangate.audit.rec"]);
    const cut = parse(cef(message("decision", decision("t", { reason: "x".repeat(9_000) })))).extension;
    assert.equal(cut["cs5Label"], "record (cut)");
    assert.equal(cut["cs5"]?.length, 4_000);
  });

  test("nothing that a call can name breaks out of its field", () => {
    const hostile = fc.string({ unit: fc.constantFrom("|", "\\", "=", "\n", "\r", " ", "a", "cs1", "act=allow"), maxLength: 20 });
    fc.assert(fc.property(hostile, hostile, (tool, caller) => {
      const one = message("decision", decision(tool, { caller, effect: "deny" }));
      const { header, extension } = parse(cef(one));
      assert.equal(header.length, 7);
      assert.equal(extension["act"], "deny");
      assert.equal(extension["dproc"], tool);
      assert.equal(extension["suser"], caller);
      assert.equal(extension["cs5"], one.evidence["spangate.audit.rec"]);
    }));
  });
});

test("the format `record` has the names of the OTLP attributes, and the record parsed", () => {
  const one = message("decision", decision("wipe"));
  const formatted = formatMessage("record", one) as Record<string, unknown> & { record: AuditRecord };
  assert.equal(formatted["spangate.audit.rec"], one.evidence["spangate.audit.rec"]);
  assert.equal(formatted["event"], "audit.record");
  assert.equal(formatted.record.i, 7);
  assert.deepEqual(formatted.record, JSON.parse(one.evidence["spangate.audit.rec"] as string));
});
