import type { Facts } from "../../../policies/facts.ts";

/** The facts of a call of which only the arguments matter. */
export function factsOf(args: unknown): Facts {
  return {
    tool: "t", arguments: args, framework: "", server: "", agent: "", session: "", caller: { id: "", roles: ["clerk"], tenant: "", on_behalf_of: "" },
    environment: "", context: { region: "eu" }, session_taint: { score: 0, labels: [] }, time: new Date("2026-01-30T23:30:00Z"), action: { id: "", risk: "", effect_class: [], reversible: false },
    target: { type: "", name: "", environment: "", sensitivity: "" }, risk: "",
  };
}
