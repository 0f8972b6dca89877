import { existsSync, readdirSync } from "node:fs";
import { Option } from "commander";
import { type Bundle, exportBundle } from "../../exporters/audit/export/bundle.ts";
import { complianceReport } from "../../exporters/audit/report/compliance.ts";
import { gatherFacts } from "../../exporters/audit/report/facts.ts";
import { type Format, FORMATS } from "../../exporters/audit/report/mappings.ts";
import { compliancePage } from "../../exporters/audit/report/page.ts";
import { parsePeriod } from "../../exporters/audit/report/period.ts";
import { verifyDirectory } from "../../exporters/audit/verify/directory.ts";
import type { Report } from "../../exporters/audit/verify/report.ts";
import { parsePublicKey } from "../../exporters/audit/verify/trust.ts";
import { loadPolicy } from "../../policies/index.ts";
import { action, type AddCommand, EXIT, exitCodes, usage } from "../command.ts";
import { plural, print, progress } from "../output.ts";
import { output } from "../write.ts";
import { DIRECTORY, logsOf, several } from "./common.ts";

interface Options {
  readonly format: Format | "bundle";
  readonly period?: string;
  readonly policy?: readonly string[];
  readonly key?: readonly string[];
  readonly organisation?: string;
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export const exportAudit: AddCommand = (program) => {
  program.command("export").argument(...DIRECTORY)
    .summary("hand the log over: whole, or as a report")
    .description("bundle: a folder with records, tiles, checkpoints, cosignatures, keys, policies, lists and the report of the verification. The other formats: <output>.json and <output>.html, a page that maps counts to provisions. No arguments, no results, no values leave with either.")
    .addOption(new Option("--format <format>", "what to make").choices(["bundle", ...FORMATS]).default("bundle"))
    .requiredOption("-o, --output <path>", "the folder of the bundle, or the name of the report without its ending")
    .option("--period <period>", "reports: 2026, 2026-Q4 or 2026-11 (UTC); default: all that there is")
    .option("--policy <policy>", "a policy that was in force (repeatable); its processing activities go into reports", several)
    .option("--key <key>", "a key of the log, for the verification (repeatable); default: the log's own word", several)
    .option("--organisation <name>", "reports: whose logs these are")
    .option("--force", "write over files that are there")
    .option("--json", "what was written, as one JSON object on standard output")
    .addHelpText("after", exitCodes("written, and the verification says proven", "the verification does not say proven"))
    .action(action((directory: string, options: Options) => {
      logsOf(directory);
      const bar = progress("records");
      try {
        return options.format === "bundle" ? bundle(directory, options, bar.step) : report(directory, options.format, options, bar.step);
      } finally {
        bar.end();
      }
    }));
};

function bundle(directory: string, { output: out = "", policy = [], period, key, json }: Options, step: (records: number) => void): number {
  if (period !== undefined) throw usage("a bundle holds whole logs, since a part of one proves nothing; --period is for reports");
  if (existsSync(out) && readdirSync(out).length > 0) throw usage(`${out} is not empty; a bundle is made in a new folder`);
  const verified = verification(directory, key);
  const policies = policy.map((file) => loadPolicy(file)).map(({ source, digest }) => ({ name: `${source.name}@${source.version}`, digest, source }));
  const made: Bundle = exportBundle(directory, out, { policies, verified, now: Date.now(), step });
  const missing = made.policies.filter(({ file }) => file === undefined);
  print(json, made, () => [
    `${out}: ${plural(Object.keys(made.files).length, "file")}, ${plural(made.logs.reduce((sum, log) => sum + log.records, 0), "record")} of ${plural(made.logs.length, "log")}`,
    `verification: ${verified.outcome}`,
    ...(missing.length ? [`${plural(missing.length, "policy", "policies")} not at hand (give them with --policy):`, ...missing.map(({ policy: name, digest }) => `  ${name} ${digest.slice(0, 16)}…`)] : []),
  ].join("\n"));
  return verified.ok ? EXIT.ok : EXIT.found;
}

function report(directory: string, format: Format, { output: out = "", period: text, policy, key, organisation, force, json }: Options, step: (records: number) => void): number {
  const period = text === undefined ? undefined : parsePeriod(text);
  if (text !== undefined && !period) throw usage(`--period ${text}: a year, quarter or month, like 2026, 2026-Q4 or 2026-11`);
  const verified = verification(directory, key);
  const facts = gatherFacts(directory, period, step);
  const processing = policy?.map((file) => loadPolicy(file)).flatMap(({ source }) => source.audit.processing);
  const made = complianceReport({ format, period, facts, verified, processing, organisation, now: Date.now() });
  output(`${out}.json`, `${JSON.stringify(made, null, 2)}\n`, force);
  output(`${out}.html`, compliancePage(made), force);
  print(json, { format, period: period?.name, files: [`${out}.json`, `${out}.html`], verification: verified.outcome, decisions: facts.decisions.total }, () => [
    `${made.title}, ${period?.name ?? "all time"}: ${plural(facts.decisions.total, "decision")}`, `verification: ${verified.outcome}`,
  ].join("\n"));
  return verified.ok ? EXIT.ok : EXIT.found;
}

function verification(directory: string, key: readonly string[] = []): Report {
  const keys = key.map((one) => parsePublicKey(one) ?? fail(one));
  return verifyDirectory(directory, { keys, vaultKey: process.env["SPANGATE_VAULT_KEY"] || undefined });
}

function fail(key: string): never {
  throw usage(`--key ${key}: not an Ed25519 public key`);
}
