import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import type { Destination } from "../../../../exporters/audit/ship/destination.ts";
import { elasticDestination } from "../../../../exporters/audit/ship/elastic.ts";
import { Endpoint } from "../../../../exporters/audit/ship/endpoint.ts";
import { Shipper } from "../../../../exporters/audit/ship/shipper.ts";
import { splunkDestination, type SplunkOptions } from "../../../../exporters/audit/ship/splunk.ts";
import { secretOf, webhookDestination } from "../../../../exporters/audit/ship/webhook.ts";
import type { AuditLog } from "../../../../exporters/audit/log.ts";
import { decision, openLog } from "../../../support/records.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { Receiver, type Received } from "./receiver.ts";
import { interval, textsOf } from "./sealed.ts";

interface Event {
  readonly event: string;
  readonly "spangate.audit.rec"?: string;
  readonly record?: { readonly tool?: string };
}

function start(t: TestContext, destination: Destination): { log: AuditLog; shipper: Shipper } {
  const log = openLog(temporaryFolder());
  interval(log, 4);
  const shipper = new Shipper(log, destination);
  t.after(() => {
    shipper.close();
    log.close();
  });
  return { log, shipper };
}

function at(receiver: Receiver, headers: Readonly<Record<string, string>> = {}): Endpoint {
  return new Endpoint({ url: new URL(receiver.url), headers, timeout: 2_000, tls: {} });
}

const textsIn = (events: readonly Event[]): string[] => [...new Set(events.flatMap((event) => event["spangate.audit.rec"] ?? []))];
const rejected = (log: AuditLog, name: string): string[] => readFileSync(join(log.folder, `rejected-${name}.jsonl`), "latin1").trimEnd().split("\n");

describe("webhook", () => {
  const secret = secretOf(`whsec_${Buffer.from("a secret of twenty-four").toString("base64")}`);
  const eventsIn = ({ body }: Received): Event[] => (JSON.parse(body) as { data: Event[] }).data;

  test("every record and checkpoint arrives, signed as Standard Webhooks has it", async (t) => {
    const receiver = await Receiver.start(t);
    const { log, shipper } = start(t, webhookDestination("hook", at(receiver), secret, "record"));
    await shipper.flush();
    assert.deepEqual(textsIn(receiver.requests.flatMap(eventsIn)), textsOf(log));
    assert.ok(receiver.requests.flatMap(eventsIn).some(({ event }) => event === "audit.checkpoint"));
    for (const { headers, body } of receiver.requests) {
      const expected = createHmac("sha256", "a secret of twenty-four").update(`${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`).digest("base64");
      assert.equal(headers["webhook-signature"], `v1,${expected}`);
      assert.ok(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1_000) < 60);
    }
  });

  test("what comes again has the same id", async (t) => {
    const receiver = await Receiver.start(t);
    let answers = 0;
    receiver.answer = (_, response) => void response.writeHead(answers++ === 0 ? 503 : 200).end();
    const { shipper } = start(t, webhookDestination("hook", at(receiver), secret, "record"));
    await shipper.flush();
    assert.ok(shipper.lag > 0);
    await shipper.flush();
    assert.equal(shipper.lag, 0);
    const [first, second] = receiver.requests;
    assert.equal(first?.headers["webhook-id"], second?.headers["webhook-id"]);
    assert.equal(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"])).size, receiver.requests.length - 1);
  });

  test("a record that is refused with 400, 413 or 422 is known by name", async (t) => {
    for (const status of [400, 413, 422]) {
      const receiver = await Receiver.start(t);
      receiver.answer = (request, response) => void response.writeHead(eventsIn(request).some(({ record }) => record?.tool === "tool_2") ? status : 200).end();
      const { log, shipper } = start(t, webhookDestination("hook", at(receiver), secret, "record"));
      await shipper.flush();
      assert.equal(shipper.lag, 0);
      assert.equal(rejected(log, "hook").length, 1);
      assert.match(rejected(log, "hook")[0] as string, /"tool":"tool_2"/);
    }
  });

  test("401, 404 and 410 are no reason to give a record up", async (t) => {
    for (const status of [401, 404, 410]) {
      const receiver = await Receiver.start(t);
      receiver.answer = (_, response) => void response.writeHead(status).end();
      const { log, shipper } = start(t, webhookDestination("hook", at(receiver), secret, "record"));
      await shipper.flush();
      assert.equal(shipper.lag, log.size);
    }
  });
});

describe("Splunk", () => {
  const OPTIONS: SplunkOptions = { index: "audit", source: "spangate", sourcetype: "spangate:audit", host: undefined, ack: true, format: "record", poll: 1 };
  const eventsIn = ({ body }: Received): { time: string; index: string; event: Event }[] => body.split("\n").map((line) => JSON.parse(line) as { time: string; index: string; event: Event });
  const isEvents = ({ path }: Received): boolean => path === "/services/collector/event";

  /** Acknowledges after so many questions. */
  function splunk(receiver: Receiver, after = 2): { asked: number } {
    const state = { asked: 0 };
    let ids = 0;
    receiver.answer = (request, response) => {
      if (isEvents(request)) return void response.end(JSON.stringify({ text: "Success", code: 0, ackId: ids++ }));
      state.asked++;
      const { acks } = JSON.parse(request.body) as { acks: number[] };
      response.end(JSON.stringify({ acks: { [String(acks[0])]: state.asked % after === 0 } }));
    };
    return state;
  }

  test("an interval is delivered when Splunk has indexed it", async (t) => {
    const receiver = await Receiver.start(t);
    const state = splunk(receiver);
    const { log, shipper } = start(t, splunkDestination("splunk", at(receiver, { Authorization: "Splunk t0ken" }), OPTIONS));
    await shipper.flush();
    assert.equal(shipper.lag, 0);
    const sent = receiver.requests.filter(isEvents);
    assert.deepEqual(textsIn(sent.flatMap(eventsIn).map(({ event }) => event)), textsOf(log));
    assert.equal(state.asked, sent.length * 2);
    for (const { headers } of receiver.requests) assert.equal(headers.authorization, "Splunk t0ken");
    assert.equal(new Set(receiver.requests.map(({ headers }) => headers["x-splunk-request-channel"])).size, 1);
    assert.match(receiver.requests.find((request) => !isEvents(request))?.path ?? "", /^\/services\/collector\/ack\?channel=[0-9a-f-]{36}$/);
    assert.match(eventsIn(sent[0] as Received)[0]?.time ?? "", /^\d{10}\.\d{3}$/);
    assert.equal(eventsIn(sent[0] as Received)[0]?.index, "audit");
  });

  test("what it never acknowledges is sent again", async (t) => {
    const receiver = await Receiver.start(t);
    splunk(receiver, 1_000_000);
    const { log, shipper } = start(t, splunkDestination("splunk", at(receiver), OPTIONS));
    await shipper.flush();
    assert.equal(shipper.lag, log.size);
    splunk(receiver);
    await shipper.flush();
    assert.equal(shipper.lag, 0);
  });

  test("an event that it never takes is known by name; a wrong index is no fault of the events", async (t) => {
    const receiver = await Receiver.start(t);
    receiver.answer = (request, response) => {
      if (eventsIn(request).some(({ event }) => event.record?.tool === "tool_1")) response.writeHead(400).end(JSON.stringify({ text: "Invalid data format", code: 6 }));
      else response.end(JSON.stringify({ text: "Success", code: 0 }));
    };
    const first = start(t, splunkDestination("splunk", at(receiver), { ...OPTIONS, ack: false }));
    await first.shipper.flush();
    assert.equal(first.shipper.lag, 0);
    assert.equal(rejected(first.log, "splunk").length, 1);
    receiver.answer = (_, response) => void response.writeHead(400).end(JSON.stringify({ text: "Incorrect index", code: 7 }));
    const second = start(t, splunkDestination("splunk", at(receiver), { ...OPTIONS, ack: false }));
    await second.shipper.flush();
    assert.equal(second.shipper.lag, second.log.size);
  });

  test("a success that has no ackId where one was asked for is none", async (t) => {
    const receiver = await Receiver.start(t);
    receiver.answer = (_, response) => void response.end(JSON.stringify({ text: "Success", code: 0 }));
    const { log, shipper } = start(t, splunkDestination("splunk", at(receiver), OPTIONS));
    await shipper.flush();
    assert.equal(shipper.lag, log.size);
  });
});

describe("Elastic", () => {
  interface Document { readonly id: string; readonly source: Event & { readonly "@timestamp": string } }
  const documentsIn = ({ body }: Received): Document[] => {
    const lines = body.trimEnd().split("\n").map((line) => JSON.parse(line) as unknown);
    return Array.from({ length: lines.length / 2 }, (_, index) => ({ id: (lines[index * 2] as { create: { _id: string; _index: string } }).create._id, source: lines[index * 2 + 1] as Document["source"] }));
  };

  /** An index that creates a document once, and answers each as it is told. */
  function elastic(receiver: Receiver, statusOf: (one: Document) => number = () => 201): Map<string, Document> {
    const documents = new Map<string, Document>();
    receiver.answer = (request, response) => {
      const items = documentsIn(request).map((one) => {
        const status = documents.has(one.id) ? 409 : statusOf(one);
        if (status === 201) documents.set(one.id, one);
        return { create: { _id: one.id, status, ...(status >= 300 && { error: { type: "some_exception", reason: "because" } }) } };
      });
      response.end(JSON.stringify({ took: 1, errors: items.some(({ create }) => create.status >= 300), items }));
    };
    return documents;
  }

  const textsOfDocuments = (documents: Map<string, Document>): string[] => textsIn([...documents.values()].map(({ source }) => source));

  test("each message is a document, once, however often it is sent", async (t) => {
    const receiver = await Receiver.start(t);
    const documents = elastic(receiver);
    const destination = elasticDestination("elastic", at(receiver), "logs-spangate-default", "record");
    const { log, shipper } = start(t, destination);
    await shipper.flush();
    const before = documents.size;
    const again = new Shipper(log, { ...destination, name: "again" });
    await again.flush();
    assert.equal(again.lag, 0);
    assert.equal(documents.size, before);
    assert.deepEqual(textsOfDocuments(documents), textsOf(log));
    assert.ok(receiver.requests.every(({ path, headers }) => path === "/_bulk" && headers["content-type"] === "application/x-ndjson"));
    assert.match([...documents.values()][0]?.source["@timestamp"] ?? "", /^\d{4}-\d\d-\d\dT.*Z$/);
    again.close();
  });

  test("a record above the limit of attributes is one text like any other: a field that is a text here and an object there fits no mapping", async (t) => {
    const receiver = await Receiver.start(t);
    const documents = elastic(receiver);
    const { log, shipper } = start(t, elasticDestination("elastic", at(receiver), "i", "record"));
    log.append("decision", decision("long", { reason: "x".repeat(3_000) }));
    log.flush();
    await shipper.flush();
    assert.ok(textsOf(log).some((text) => text.length > 3_000));
    assert.deepEqual(textsOfDocuments(documents), textsOf(log));
    assert.ok([...documents.values()].every(({ source }) => !("spangate.audit.rec.0" in source)));
  });

  test("a document that fits no mapping is refused by name, and the others are there", async (t) => {
    const receiver = await Receiver.start(t);
    const documents = elastic(receiver, ({ source }) => (source.record?.tool === "tool_3" ? 400 : 201));
    const { log, shipper } = start(t, elasticDestination("elastic", at(receiver), "i", "record"));
    await shipper.flush();
    assert.equal(shipper.lag, 0);
    assert.match(rejected(log, "elastic").join("\n"), /^[^\n]*"tool":"tool_3"[^\n]*$/);
    assert.deepEqual([...textsOfDocuments(documents), ...rejected(log, "elastic")].sort(), textsOf(log).sort());
  });

  for (const status of [403, 404, 429, 503]) {
    test(`a document that is answered ${status} is sent again`, async (t) => {
      const receiver = await Receiver.start(t);
      elastic(receiver, ({ source }) => (source.record?.tool === "tool_3" ? status : 201));
      const { log, shipper } = start(t, elasticDestination("elastic", at(receiver), "i", "record"));
      await shipper.flush();
      assert.ok(shipper.lag > 0);
      const documents = elastic(receiver);
      await shipper.flush();
      assert.equal(shipper.lag, 0);
      assert.ok(textsOfDocuments(documents).some((text) => text.includes("tool_3")));
      assert.ok(log.size > 0);
    });
  }

  for (const [name, body] of [["is no JSON", "<html>"], ["says nothing of the documents", "{}"], ["speaks of fewer", '{"errors":false,"items":[]}']] as const) {
    test(`an answer that ${name} confirms nothing`, async (t) => {
      const receiver = await Receiver.start(t);
      receiver.answer = (_, response) => void response.end(body);
      const { log, shipper } = start(t, elasticDestination("elastic", at(receiver), "i", "record"));
      await shipper.flush();
      assert.equal(shipper.lag, log.size);
    });
  }
});
