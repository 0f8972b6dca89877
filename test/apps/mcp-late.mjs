// A second preload: an operator whose processor takes its time. `slow` is allowed late, `never` never, and what
// `secret` returns is kept back.
import { enforce } from "spangate";
import { GateProcessor } from "spangate/processors";

const DELAY = 300;

class LateProcessor extends GateProcessor {
  name = "late";

  judge({ tool }) {
    if (tool === "never") return new Promise(() => {});
    if (tool === "slow") return new Promise((resolve) => setTimeout(resolve, DELAY, { effect: "allow", rule: "late" }));
  }

  filter({ tool }) {
    if (tool === "secret") throw new Error("not for models");
  }
}

enforce(process.env.SPANGATE_POLICY, { processors: [new LateProcessor()] });
