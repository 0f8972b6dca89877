import assert from "node:assert/strict";
import { AUDIT_INDEX } from "../../names.ts";
import { until } from "../dashboards/live.ts";
import { assertNothingLost, withRig } from "./loss-rig.ts";

for (const status of [500, 401, 503]) {
  withRig(`without a queue a backend that answers ${status} for a while loses no record`, ["collector"], async (rig) => {
    rig.backend.answer = () => ({ status });
    await rig.more();
    await until(() => "refused request", () => rig.backend.requests.length > 0 || undefined);
    assert.equal(rig.arrived().size, 0);
    rig.backend.answer = () => ({ status: 200 });
    await rig.more();
    await assertNothingLost(rig);
  });
}

withRig("without a queue a record that the backend refuses for good stands in nobody's way", ["collector"], async (rig) => {
  const refused = (spans: readonly { attributes: Readonly<Record<string, unknown>> }[]) => spans.some(({ attributes }) => attributes[AUDIT_INDEX] === "5");
  rig.backend.answer = (spans) => ({ status: refused(spans) ? 400 : 200 });
  await rig.more();
  await rig.endAgent();
  const missing = () => rig.written().filter((record) => !rig.arrived().has(record));
  await until(() => `record of ${missing().length}`, () => missing().length <= 1 || undefined);
  assert.match(missing().join(), /^\w+\/5$/);
});

withRig("what a backend refuses in part the collector only logs: it is lost", ["collector"], async (rig) => {
  rig.backend.answer = (spans) => ({ status: 200, body: { partialSuccess: { rejectedSpans: spans.length } } });
  await rig.more();
  await until(() => "request", () => rig.backend.requests.length > 0 || undefined);
  const [lost] = rig.written();
  rig.backend.answer = () => ({ status: 200 });
  await until(() => "later record", () => rig.arrived().size > 0 || undefined);
  assert.ok(!rig.arrived().has(lost as string));
});

withRig("what the queue holds is lost to a backend that answers 500, and counted: why there is none by default", ["collector", "audit-queue"], async (rig) => {
  rig.backend.answer = () => ({ status: 500 });
  await rig.more();
  await until(() => "count of what was lost", async () => {
    const lost = /^otelcol_exporter_send_failed_spans\S*\{.*exporter="otlp_http\/audit".*\} (\d+)/m.exec(await rig.collector.ownMetrics())?.[1];
    return Number(lost) > 0 || undefined;
  });
  const lost = rig.written()[0] as string;
  rig.backend.answer = () => ({ status: 200 });
  await until(() => "later record", () => rig.arrived().size > 0 || undefined);
  assert.ok(!rig.arrived().has(lost));
});
