import { type Check, ok, warning } from "./check.ts";

/** There is no store that processes share yet: each counts for itself. */
export const store: Check = {
  name: "limits",
  run({ policy }) {
    const { length } = policy?.source.limits.rate ?? [];
    return [length === 0 ? ok("no rate limits; they would be counted per process") : warning("rate limits are counted per process: there is no shared store", "With several processes, divide each max by their number.")];
  },
};
