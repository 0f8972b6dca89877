import { quote, TooComplex, type Report } from "../report.ts";
import { nameOf, readPipelines, type ShellCommand, type ShellPipeline } from "./command.ts";
import { judgeDestruction } from "./destroy.ts";
import { judgeFiles } from "./files.ts";
import { innerCode, isEncoded, judgeOptions, type InnerCode } from "./launch.ts";
import { lexShell, type ShellScript, type ShellToken } from "./lexer.ts";
import { judgeNetwork, judgePipeline } from "./network.ts";
import { judgePersistence } from "./persist.ts";
import { judgePlatform } from "./platform.ts";
import { DECODERS, DOWNLOADERS, SHELLS } from "./programs.ts";

/** Scripts within scripts (`sh -c "sh -c ..."`) that are followed. */
const MAX_INNER = 6;

/** What is done with program code that a command carries (`python -c`); given by who judges code. */
export type JudgeCode = (code: string, report: Report) => void;

/** Judges a text as a shell would run it: all its commands, those of its substitutions, and those it passes to another shell. */
export function judgeShell(text: string, report: Report, judgeCode: JudgeCode, depth = 0): void {
  if (depth > MAX_INNER) throw new TooComplex("shell");
  judgeScript(lexShell(text, (steps) => report.spend(steps)), report, judgeCode, depth);
}

function judgeScript(script: ShellScript, report: Report, judgeCode: JudgeCode, depth: number): void {
  const pipelines = readPipelines(script);
  forkBomb(script, pipelines, report);
  fetchedExpression(script, report);
  for (const pipeline of pipelines) {
    judgePipeline(pipeline, report);
    for (const command of pipeline) {
      report.spend(1 + command.args.length);
      judgeCommand(command, report);
      for (const inner of innerCode(command)) judgeInner(inner, report, judgeCode, depth);
      judgeEchoed(command, pipeline, report, judgeCode, depth);
    }
  }
  for (const nested of scriptsOf(script.tokens)) judgeScript(nested, report, judgeCode, depth);
}

function judgeCommand(command: ShellCommand, report: Report): void {
  const { word, start, end } = command;
  if (command.hidden) report.add("shell.obfuscation", start, end, `hides ${quote(command.name || "its name")}`);
  if (isEncoded(command)) report.add("shell.decode_exec", start, end, "an encoded command");
  substituted(command, report);
  judgeDestruction(command, report);
  judgeNetwork(command, report);
  judgePersistence(command, report);
  judgeOptions(command, report);
  judgePlatform(command, report);
  judgeFiles(command, report);
  if (word && /^\(\)\s*\{/.test(word.text)) report.add("shell.function_import", start, end, "a function definition as a value (shellshock)");
}

/** A substitution as the command itself, or as what a shell runs: `$(echo .. | base64 -d)`, `bash <(curl ..)`, `eval "$(curl ..)"`. */
function substituted(command: ShellCommand, report: Report): void {
  const runs = command.word && (SHELLS.has(command.name) || /^(?:eval|source|\.|exec)$/.test(command.name)) ? command.args.flatMap(({ scripts }) => scripts) : [];
  const scripts = [...runs, ...(command.word?.scripts ?? []).filter(({ kind }) => kind !== "process")];
  for (const script of scripts) {
    const names = readPipelines(script).flat();
    const tell = (rule: string, detail: string): void => report.add(rule, command.start, command.end, detail);
    if (names.some(({ name }) => DOWNLOADERS.has(name))) tell("shell.download_exec", "runs what it fetches");
    else if (names.some(({ name, args }) => DECODERS.has(name) && args.some(({ text }) => /^-(?:[dDrA]|-decode)/.test(text)) || name === "printf" && args.some(({ raw }) => raw.includes("\\x")))) tell("shell.decode_exec", "runs what it decodes");
  }
}

function judgeInner({ language, text, word }: InnerCode, report: Report, judgeCode: JudgeCode, depth: number): void {
  report.inside(word.start, word.end, () => {
    if (language === "shell") judgeShell(text, report, judgeCode, depth + 1);
    else judgeCode(text, report);
  });
}

/** `echo 'rm -rf /' | sh`, and `echo cm0gLXJmIC8= | base64 -d | sh`: what comes out is judged as well. */
function judgeEchoed(command: ShellCommand, pipeline: ShellPipeline, report: Report, judgeCode: JudgeCode, depth: number): void {
  if (command.name !== "echo" && command.name !== "printf") return;
  const behind = pipeline.slice(pipeline.indexOf(command) + 1);
  const word = command.args.findLast(({ text }) => !text.startsWith("-"));
  if (!word || (behind.length === 0 && command.before === "")) return;
  const decoded = behind.some(({ name }) => name === "base64") ? Buffer.from(word.text, "base64").toString("latin1") : word.text;
  const runs = behind.some(({ name }) => SHELLS.has(name) || /^(?:crontab|at|batch|xargs)$/.test(name));
  if (runs) report.inside(word.start, word.end, () => judgeShell(decoded.slice(0, 65_536), report, judgeCode, depth + 1));
}

/** `:(){ :|:& };:` under any name: a function that pipes into itself. */
function forkBomb({ tokens }: ShellScript, pipelines: readonly ShellPipeline[], report: Report): void {
  for (let at = 0; at + 2 < tokens.length; at++) {
    const [name, open, close] = [tokens[at], tokens[at + 1], tokens[at + 2]] as [ShellToken, ShellToken, ShellToken];
    if (name.kind !== "word" || open.kind !== "operator" || open.text !== "(" || close.kind !== "operator" || close.text !== ")") continue;
    const self = nameOf(name);
    if (self === "") report.add("shell.function_import", name.start, close.end, "a function without a name");
    const bomb = pipelines.some((pipeline) => pipeline.length > 1 && pipeline.filter((command) => command.name === self).length > 1);
    if (bomb) report.add("shell.destructive", name.start, close.end, "a function that starts itself without end");
  }
}

/** `Invoke-Expression (New-Object Net.WebClient).DownloadString(..)`: PowerShell, whose parentheses are none of a shell's. */
function fetchedExpression({ tokens }: ShellScript, report: Report): void {
  const words = tokens.filter((token) => token.kind === "word");
  const run = words.find((word) => /^(?:iex|invoke-expression)$/i.test(word.text));
  if (!run) return;
  const fetched = words.find(({ text }) => /download(?:string|file|data)|net\.webclient|invoke-(?:webrequest|restmethod)|^(?:iwr|irm|curl|wget)$|frombase64string/i.test(text));
  if (fetched) report.add("shell.download_exec", run.start, fetched.end, "runs what it fetches");
}

function scriptsOf(tokens: readonly ShellToken[]): readonly ShellScript[] {
  return tokens.flatMap((token) => (token.kind === "word" ? token.scripts : token.kind === "redirect" ? token.target?.scripts ?? [] : []));
}
