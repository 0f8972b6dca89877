// A second preload: an operator whose processor cannot read the results of `lookup` and `chain`.
import { enforce } from "spangate";
import { GateProcessor } from "spangate/processors";

class Reader extends GateProcessor {
  name = "reader";

  filter({ tool }) {
    if (tool === "lookup" || tool === "chain") throw new Error("no reader for this");
    return undefined;
  }
}

enforce(process.env.SPANGATE_POLICY, { processors: [new Reader()] });
