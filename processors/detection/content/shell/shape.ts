import type { Report } from "../report.ts";
import { nameOf, type ShellPipeline } from "./command.ts";
import type { ShellScript } from "./token.ts";

const FETCHED = /download(?:string|file|data)|net\.webclient|invoke-(?:webrequest|restmethod)|^(?:iwr|irm|curl|wget)$|frombase64string/i;

/** What only shows in a script as a whole: functions that start themselves, and PowerShell that runs what it fetches. */
export function judgeShape(script: ShellScript, pipelines: readonly ShellPipeline[], report: Report): void {
  judgeFunctions(script, pipelines, report);
  judgeExpression(script, report);
}

/** `:(){ :|:& };:` under any name: a function that pipes into itself. And one without a name, as shellshock has it. */
function judgeFunctions({ tokens }: ShellScript, pipelines: readonly ShellPipeline[], report: Report): void {
  let repeated: ReadonlySet<string> | undefined;
  for (let at = 0; at + 2 < tokens.length; at++) {
    const [name, open, close] = [tokens[at], tokens[at + 1], tokens[at + 2]];
    if (name?.kind !== "word" || open?.kind !== "operator" || open.text !== "(" || close?.kind !== "operator" || close.text !== ")") continue;
    repeated ??= namesPipedIntoThemselves(pipelines);
    if (nameOf(name) === "") report.add("shell.function_import", name.start, close.end, "a function without a name");
    else if (repeated.has(nameOf(name))) report.add("shell.destructive", name.start, close.end, "a function that starts itself without end");
  }
}

function namesPipedIntoThemselves(pipelines: readonly ShellPipeline[]): ReadonlySet<string> {
  const repeated = new Set<string>();
  for (const pipeline of pipelines) {
    const seen = new Set<string>();
    for (const { name } of pipeline) {
      if (seen.has(name)) repeated.add(name);
      seen.add(name);
    }
  }
  return repeated;
}

/** `Invoke-Expression (New-Object Net.WebClient).DownloadString(..)`: PowerShell, whose parentheses are none of a shell's. */
function judgeExpression({ tokens }: ShellScript, report: Report): void {
  const run = tokens.find((token) => token.kind === "word" && /^(?:iex|invoke-expression)$/i.test(token.text));
  const fetched = run && tokens.find((token) => token.kind === "word" && FETCHED.test(token.text));
  if (run && fetched) report.add("shell.download_exec", Math.min(run.start, fetched.start), Math.max(run.end, fetched.end), "runs what it fetches");
}
