import assert from "node:assert/strict";
import { assertNothingLost, withRig } from "./loss-rig.ts";

for (const [how, configurations] of Object.entries({ "without a queue": ["collector"], "with its queue on disk": ["collector", "audit-queue"], "writing files": ["collector", "audit-file"] })) {
  withRig(`a collector ${how} that is killed and restarted in mid-flight loses no record`, configurations, async (rig) => {
    for (const signal of ["SIGKILL", "SIGTERM", "SIGKILL"] as const) {
      await rig.more();
      await rig.collector.stop(signal);
      await rig.more();
      await rig.collector.start();
    }
    await rig.more();
    await rig.endAgent();
    await assertNothingLost(rig);
  });
}

withRig("the queue keeps what the agent no longer can: backend away, agent gone, collector killed", ["collector", "audit-queue"], async (rig) => {
  rig.backend.answer = () => ({ status: 503 });
  await rig.more();
  await rig.endAgent();
  await rig.collector.stop("SIGKILL");
  rig.backend.answer = () => ({ status: 200 });
  assert.equal(rig.arrived().size, 0);
  await rig.collector.start();
  await assertNothingLost(rig);
});
