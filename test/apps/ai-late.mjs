// A second preload: an operator whose processor takes its time. `lookup` and friends are allowed late, `send` never.
import { enforce } from "spangate";
import { GateProcessor } from "spangate/processors";

const DELAY = 300;

class LateProcessor extends GateProcessor {
  name = "late";

  judge({ tool, callId }) {
    const { promise, resolve } = Promise.withResolvers();
    if (tool !== "send") {
      setTimeout(() => {
        console.log(`opinion ${callId} ${Date.now()}`);
        resolve({ effect: "allow", rule: "late" });
      }, DELAY);
    }
    return promise;
  }
}

enforce(process.env.SPANGATE_POLICY, { processors: [new LateProcessor()] });
