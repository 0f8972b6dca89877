import { SpangateError } from "../errors.ts";
import { VERSION } from "../names.ts";
import { action, type AddCommand, EXIT, exitCodes } from "./command.ts";
import type { Check, Context, Finding, Status } from "./doctor/check.ts";
import { clock } from "./doctor/clock.ts";
import { collector, healthUrl } from "./doctor/collector.ts";
import { decisionLog } from "./doctor/decision-log.ts";
import { directory } from "./doctor/directory.ts";
import { keys } from "./doctor/keys.ts";
import { logs } from "./doctor/logs.ts";
import { node } from "./doctor/node.ts";
import { otlp } from "./doctor/otlp.ts";
import { copies, coverage } from "./doctor/packages.ts";
import { reach } from "./doctor/reach.ts";
import { findingOf, policy, readSettings, settings } from "./doctor/settings.ts";
import { store } from "./doctor/store.ts";
import { plural, print, style, wrap } from "./output.ts";

/** In this order: a later check may use what an earlier one found (the clock is compared with that of the endpoint). */
const CHECKS: readonly Check[] = [node, settings, policy, keys, directory, logs, otlp, decisionLog, collector, clock, store, copies, coverage, reach];
const STYLES = { ok: "green", warning: "yellow", failed: "red", skipped: "dim" } as const;
const WIDTH = 80;
/** Columns of the word that a line begins with. */
const WORD = 10;

interface Options {
  readonly collector?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

export const doctor: AddCommand = (program) => {
  program.command("doctor")
    .summary("look for what would keep the gate from working here")
    .description("Looks at Node, settings, policy, keys, audit directory, logs, OTLP endpoint, decision log, clock, packages, and whether the preload reaches workers and children. Run it as the user, in the folder and with the environment of the service. Changes nothing; sends one span and one log record to the OTLP endpoint.")
    .option("--collector <address>", "ask a collector's health_check extension, like localhost:13133")
    .option("--strict", "warnings count like failures")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("no check failed", "a check failed (with --strict, or warned)", "the command line is wrong"))
    .action(action(async ({ collector: address, strict, json }: Options) => {
      if (address !== undefined) healthUrl(address);
      const context: Context = { cwd: process.cwd(), env: process.env, collector: address, environment: readSettings(process.env).environment, policy: undefined, backendClock: undefined };
      const checks: { name: string; findings: readonly Finding[] }[] = [];
      for (const check of CHECKS) checks.push({ name: check.name, findings: await attempt(check, context) });
      const counts = count(checks.flatMap(({ findings }) => findings));
      const isOk = counts.failed === 0 && !(strict && counts.warning > 0);
      print(json, { ok: isOk, spangate: VERSION, counts, checks }, () => [...checks.map(section), summary(counts, isOk)].join("\n\n"));
      return isOk ? EXIT.ok : EXIT.found;
    }));
};

/** A check that throws has found something as well. */
async function attempt(check: Check, context: Context): Promise<readonly Finding[]> {
  try {
    return await check.run(context);
  } catch (thrown) {
    if (thrown instanceof SpangateError && thrown.code === "SG_USAGE") throw thrown;
    return [findingOf(thrown)];
  }
}

function count(findings: readonly Finding[]): Record<Status, number> {
  const of = (status: Status): number => findings.filter((finding) => finding.status === status).length;
  return { ok: of("ok"), warning: of("warning"), failed: of("failed"), skipped: of("skipped") };
}

function section({ name, findings }: { readonly name: string; readonly findings: readonly Finding[] }): string {
  return [style("bold", name), ...findings.map(({ status, says, remedy }) => [
    `  ${style(STYLES[status], status.padEnd(WORD - 2))}${wrap(says, WIDTH - WORD, WORD)}`,
    ...(remedy === undefined ? [] : [`${" ".repeat(WORD)}${style("cyan", "→")} ${wrap(remedy, WIDTH - WORD - 2, WORD + 2)}`]),
  ].join("\n"))].join("\n");
}

function summary({ ok, warning, failed, skipped }: Record<Status, number>, isOk: boolean): string {
  return `${isOk ? style("green", "OK") : style("red", "NOT OK")}: ${plural(ok, "check")} ok, ${plural(warning, "warning")}, ${failed} failed, ${skipped} skipped`;
}
