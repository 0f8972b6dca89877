import type { Invocation } from "./invocation.ts";
import type { CaseCall } from "./schema/world.ts";

/** The invocation that a case describes. */
export function invocationOfCase({ on_behalf_of: onBehalfOf, time, arguments: args = {}, framework = "test", ...call }: CaseCall): Invocation {
  return { ...call, arguments: args, framework, onBehalfOf, time: time === undefined ? Date.now() : Date.parse(time) };
}
