import type { Lossy } from "../../policies/replay.ts";
import type { Placed } from "./reader.ts";

/** What a redacted value looks like in a record. */
const REDACTED = /\[REDACTED:|\[UNREADABLE\]/;

/** A call as its decision record has it. */
export interface CallOfRecord {
  readonly place: string;
  readonly call: {
    readonly tool: string; readonly arguments: unknown; readonly framework: string; readonly server?: string; readonly caller?: string; readonly roles?: readonly string[]; readonly tenant?: string;
    readonly on_behalf_of?: string; readonly agent?: string; readonly session?: string; readonly environment?: string; readonly time: string;
  };
  readonly before: { readonly effect: string; readonly rule: string };
  /** Why the arguments are not those of the call. */
  readonly lossy: Lossy | undefined;
}

/** The call that a decision record tells of; undefined for any other record. Baggage is not recorded. */
export function callOf({ record, place, value }: Placed): CallOfRecord | undefined {
  if (record.t !== "decision") return undefined;
  const { tool, framework, server, caller, roles, tenant, on_behalf_of: pseudonym, agent, session, environment, effect, rule, cut, ts } = record;
  // Version 1 wrote the arguments into the record itself.
  const kept = record.v === 1 ? { text: record.args } : typeof value === "object" ? value : undefined;
  const onBehalfOf = (typeof value === "object" ? value.on_behalf_of : undefined) ?? pseudonym;
  const text = cut === undefined ? kept?.text : undefined;
  return {
    place,
    call: {
      tool, framework, time: new Date(Number(BigInt(ts) / 1_000_000n)).toISOString(), arguments: text === undefined ? {} : (JSON.parse(text) as unknown),
      ...(server !== undefined && { server }), ...(caller !== undefined && { caller }), ...(roles && { roles }), ...(tenant !== undefined && { tenant }),
      ...(onBehalfOf !== undefined && { on_behalf_of: onBehalfOf }), ...(agent !== undefined && { agent }), ...(session !== undefined && { session }), ...(environment !== undefined && { environment }),
    },
    before: { effect, rule },
    lossy: cut !== undefined ? "cut" : value === "erased" ? "erased" : text === undefined ? "unknown" : REDACTED.test(text) ? "redacted" : undefined,
  };
}
