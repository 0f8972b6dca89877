// Preloaded after spangate: processors of the operator's own, one of which breaks in the way that is named.
import { enforce } from "spangate";

const [hook] = process.env.OPERATOR_HOOK.split(" ");
enforce(process.env.SPANGATE_POLICY, {
  processors: [{
    onStart() { if (hook === "onStart") throw new Error("broke"); },
    onEnding() { if (hook === "onEnding") throw new Error("broke"); },
    onEnd() { if (hook === "onEnd") throw new Error("broke"); },
    forceFlush: async () => {}, shutdown: async () => {},
  }],
});
