import { readFileSync } from "node:fs";
import { callOf } from "../exporters/audit/calls.ts";
import { readRecords } from "../exporters/audit/reader.ts";
import { invocationOfCase } from "../policies/case.ts";
import { explain as explainCall, type Explanation, type ExplainedRule } from "../policies/explain.ts";
import { loadPolicy } from "../policies/index.ts";
import type { CaseCall } from "../policies/schema/world.ts";
import { parseCall } from "./calls.ts";
import { action, type AddCommand, AUDIT_DIRECTORY, EXIT, usage } from "./command.ts";
import { effect, filled, print, style, table } from "./output.ts";

interface Options {
  readonly call?: string;
  readonly record?: string;
  readonly audit: string;
  readonly json?: boolean;
}

export const explain: AddCommand = (program) => {
  program.command("explain").argument("<policy>", "a policy file, or the name of a pack")
    .summary("why a call is decided as it is")
    .description("Tells which rules matched a call, which one decided, and what would have changed it.")
    .option("--call <json>", 'the call: {"tool": "refund", "arguments": {"amount": 5}, "roles": ["clerk"]}; @file reads it from a file')
    .option("--record <log:index>", "the call of a decision record, or just the index where there is one log")
    .option("--audit <directory>", "where the record is looked for", AUDIT_DIRECTORY)
    .option("--json", "one JSON object on standard output")
    .action(action((file: string, options: Options) => {
      const { call, note } = callFrom(options);
      const explanation = explainCall(loadPolicy(file), invocationOfCase(call));
      print(options.json, { ...explanation, ...(note && { note }) }, () => text(explanation, call, note));
      return EXIT.ok;
    }));
};

function callFrom({ call, record, audit }: Options): { call: CaseCall; note?: string } {
  if ((call === undefined) === (record === undefined)) throw usage("explain takes either --call or --record");
  if (call !== undefined) return { call: call.startsWith("@") ? parseCall(readFileSync(call.slice(1), "utf8"), call.slice(1)) : parseCall(call, "--call") };
  const wanted = record as string;
  let other: string | undefined;
  for (const placed of readRecords(audit)) {
    if (placed.place !== wanted && !(wanted === String(placed.record.i) && placed.record.t === "decision")) {
      if (wanted === String(placed.record.i)) other = placed.record.t;
      continue;
    }
    const found = callOf(placed);
    if (!found) throw usage(`record ${wanted} is a ${placed.record.t}, and no decision`);
    const was = `recorded: ${found.before.effect} by ${found.before.rule}`;
    return { call: found.call as CaseCall, note: found.lossy ? `${was}; its arguments were ${found.lossy} in the log` : was };
  }
  throw usage(`there is no decision record ${wanted} in ${audit}${other === undefined ? "" : `: it is of type ${other}`}; spangate inspect lists the decisions`);
}

function text(explanation: Explanation, call: CaseCall, note: string | undefined): string {
  const { facts, rules, otherRules, otherwise, shadow } = explanation;
  const known = [
    ["caller", [call.caller, call.roles?.join(", "), call.tenant, call.on_behalf_of && `for ${call.on_behalf_of}`].filter(Boolean).join("; ")], ["agent", call.agent], ["session", call.session],
    ["arguments", call.arguments && JSON.stringify(call.arguments)], ["effect class", facts.action.effect_class.join(", ")], ["action", facts.action.id], ["risk", `${facts.action.risk || "not known"}; effective ${facts.risk}`],
    ["target", [facts.target.type, facts.target.name, facts.target.environment, facts.target.sensitivity].filter(Boolean).join(", ")],
  ].filter(([, value]) => value) as string[][];
  return [
    `${call.tool}: ${effect(explanation.effect)} by ${style("bold", explanation.rule)}`,
    `  ${explanation.reason}`,
    ...(note ? [`  ${style("dim", note)}`] : []),
    ...(explanation.arguments === undefined ? [] : [`  runs with ${JSON.stringify(explanation.arguments)}`]),
    ...(shadow ? [`  shadow rules would ${effect(shadow.effect)} it, by ${shadow.rule}`] : []),
    "", style("bold", "what is known of the call"), ...known.map(([name, value]) => filled(`  ${(name as string).padEnd(12)}`, value as string)),
    "", style("bold", "rules that name this tool"),
    ...(rules.length ? [table(rules.map(ruleRow))] : ["  none"]), `  ${style("dim", `${otherRules} other rules name other tools`)}`,
    ...(otherwise.length ? ["", style("bold", "what would change it"), ...otherwise.map((one) => `  ${effect(one.effect)} by ${one.rule}, ${one.without ? `without ${one.without}` : `if its ${one.if?.join(" and ")} held`}`)] : []),
  ].join("\n");
}

function ruleRow({ id, effect: says, matched, decided, shadow, checks, policy }: ExplainedRule): string[] {
  const marks = { yes: style("green", "✓"), no: style("dim", "✗"), unsure: style("yellow", "?") };
  const why = checks.filter(({ holds }) => holds !== "yes").map(({ key, holds }) => (holds === "no" ? `not ${key}` : `${key} cannot be judged`));
  return [marks[matched], id, says ? effect(says) : "", policy, `${decided ? style("bold", "decides") : ""}${shadow ? " shadow" : ""}${why.length ? why.join(", ") : ""}`.trim()];
}
