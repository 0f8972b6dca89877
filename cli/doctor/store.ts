import { type Check, ok, warning } from "./check.ts";

/** There is no store that processes share yet: each counts for itself. */
export const store: Check = {
  name: "limits",
  run({ policy }) {
    const { length } = policy?.limits ?? [];
    return [length === 0 ? ok("no rate limits and no budgets; they would be counted per process") : warning("rate limits and budgets are counted per process: there is no shared store", "With several processes, set SPANGATE_LIMITS_STORE, or divide each max by their number.")];
  },
};
