import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { messageOf } from "../../errors.ts";
import { type Check, type Context, failed, type Finding, ok, warning } from "./check.ts";
import { ask, type Cost } from "./otlp.ts";

const COST: Cost = { meanwhile: "Entries of the decision log wait in memory meanwhile; what is more is dropped and counted.", refused: "Entries that are refused are dropped and counted." };

/** What `SPANGATE_LOG` asks for. */
export const decisionLog: Check = {
  name: "decision log",
  async run(context) {
    const places = context.environment.decisionLog;
    if (!places) return [ok("none is asked for: the audit log has every decision")];
    return [...places.lines.map((file) => (file === undefined ? ok("lines on standard error") : writable(resolve(context.cwd, file)))), ...(await overOtlp(context, places.otlp))];
  },
};

/** Lines are appended to the file; it is made where it is missing, its folder is not. */
function writable(file: string): Finding {
  const remedy = "Make the folder, and let this user write there; until then lines are dropped and counted.";
  try {
    if (!existsSync(file)) accessSync(dirname(file), constants.W_OK | constants.X_OK);
    else if (!statSync(file).isDirectory()) accessSync(file, constants.W_OK);
    else return failed(`${file} is a folder`, "Name a file.");
    return ok(`lines in ${file}`);
  } catch (thrown) {
    return failed(`${file} cannot be written: ${messageOf(thrown)}`, remedy);
  }
}

async function overOtlp(context: Context, otlp: "own" | "application" | undefined): Promise<readonly Finding[]> {
  if (otlp === undefined) return [];
  if (otlp === "application") {
    return [warning("log records only through the application's own logger provider, since OTEL_LOGS_EXPORTER is none", "Where the application has none they are dropped: take the variable away, or use SPANGATE_LOG=json.")];
  }
  const who = ok("log records through the application's logger provider, where it registers one; else to the OTLP endpoint for logs");
  // The check of the endpoint has asked it, and says what came of it.
  return context.environment.shipAudit.logs ? [who] : [who, await ask(context, "LOGS", COST)];
}
