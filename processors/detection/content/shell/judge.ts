import { quote, TooComplex, type Report } from "../report.ts";
import { readPipelines, type ShellCommand, type ShellPipeline } from "./command.ts";
import { judgeConcealment } from "./conceal.ts";
import { judgeDestruction } from "./destroy.ts";
import { judgeFiles } from "./files.ts";
import { innerCode, isEncoded } from "./inner.ts";
import { judgeOptions } from "./launch.ts";
import { lexShell } from "./lexer.ts";
import type { ShellScript, ShellToken } from "./token.ts";
import { judgeNetwork } from "./network.ts";
import { judgePersistence } from "./persist.ts";
import { decodes, judgePipeline } from "./pipeline.ts";
import { judgePlatform } from "./platform.ts";
import { DOWNLOADERS, SHELLS } from "./programs.ts";
import { judgeShape } from "./shape.ts";

/** Scripts within scripts (`sh -c "sh -c ..."`) that are followed. */
const MAX_INNER = 6;
/** Steps that judging costs beside reading: a script, a command, each of its arguments, each of its redirections. */
const SCRIPT_COST = 16;
const COMMAND_COST = 16;
const ARGUMENT_COST = 8;
const REDIRECT_COST = 16;
/** Commands behind an `echo` in a pipe that may run what it prints, and characters of that. */
const MAX_BEHIND = 4;
const MAX_ECHOED = 65_536;

/** What is done with program code that a command carries (`python -c`); given by who judges code. */
export type JudgeCode = (code: string, report: Report) => void;

/** Judges a text as a shell would run it: all its commands, those of its substitutions, and those it passes to another shell. */
export function judgeShell(text: string, report: Report, judgeCode: JudgeCode): void {
  new ShellJudge(report, judgeCode).text(text, 0);
}

class ShellJudge {
  readonly #report: Report;
  readonly #judgeCode: JudgeCode;

  constructor(report: Report, judgeCode: JudgeCode) {
    this.#report = report;
    this.#judgeCode = judgeCode;
  }

  text(text: string, depth: number): void {
    if (depth > MAX_INNER) throw new TooComplex("shell");
    this.#script(lexShell(text, (steps) => this.#report.spend(steps)), depth);
  }

  #script(script: ShellScript, depth: number): void {
    this.#report.spend(SCRIPT_COST);
    const pipelines = readPipelines(script);
    judgeShape(script, pipelines, this.#report);
    for (const pipeline of pipelines) {
      judgePipeline(pipeline, this.#report);
      for (const [index, command] of pipeline.entries()) {
        this.#report.spend(COMMAND_COST + ARGUMENT_COST * command.args.length + REDIRECT_COST * command.redirects.length);
        judgeCommand(command, this.#report);
        this.#inner(command, depth);
        if (command.name === "echo" || command.name === "printf") this.#echoed(command, pipeline.slice(index + 1, index + 1 + MAX_BEHIND), depth);
      }
    }
    for (const nested of scriptsOf(script.tokens)) this.#script(nested, depth);
  }

  /** Scripts that the command takes as arguments. */
  #inner(command: ShellCommand, depth: number): void {
    for (const { language, text, word } of innerCode(command)) {
      this.#report.inside(word.start, word.end, () => {
        if (language === "shell") this.text(text, depth + 1);
        else this.#judgeCode(text, this.#report);
      });
    }
  }

  /** `echo 'rm -rf /' | sh`, and `echo cm0gLXJmIC8= | base64 -d | sh`: what comes out is judged as well. */
  #echoed({ args }: ShellCommand, behind: ShellPipeline, depth: number): void {
    const word = args.findLast(({ text }) => !text.startsWith("-"));
    const runs = behind.some(({ name }) => SHELLS.has(name) || /^(?:crontab|at|batch|xargs)$/.test(name));
    if (!word || !runs) return;
    const encoded = behind.some(({ name }) => name === "base64");
    const printed = encoded ? Buffer.from(word.text.slice(0, MAX_ECHOED), "base64").toString("latin1") : word.text.slice(0, MAX_ECHOED);
    this.#report.inside(word.start, word.end, () => this.text(printed, depth + 1));
  }
}

function judgeCommand(command: ShellCommand, report: Report): void {
  const { start, end } = command;
  if (command.hidden) report.add("shell.obfuscation", start, end, `hides ${quote(command.name || "its name")}`);
  if (isEncoded(command)) report.add("shell.decode_exec", start, end, "an encoded command");
  judgeSubstituted(command, report);
  judgeDestruction(command, report);
  judgeNetwork(command, report);
  judgePersistence(command, report);
  judgeConcealment(command, report);
  judgeOptions(command, report);
  judgePlatform(command, report);
  judgeFiles(command, report);
}

/** A substitution as the command itself, or as what a shell runs: `$(echo .. | base64 -d)`, `bash <(curl ..)`, `eval "$(curl ..)"`. */
function judgeSubstituted({ word, name, args, start, end }: ShellCommand, report: Report): void {
  const given = SHELLS.has(name) || /^(?:eval|source|\.|exec)$/.test(name) ? args.flatMap(({ scripts }) => scripts) : [];
  const own = word?.scripts.filter(({ kind }) => kind !== "process") ?? [];
  for (const script of [...given, ...own]) {
    const commands = readPipelines(script).flat();
    if (commands.some((command) => DOWNLOADERS.has(command.name))) report.add("shell.download_exec", start, end, "runs what it fetches");
    else if (commands.some(decodes)) report.add("shell.decode_exec", start, end, "runs what it decodes");
  }
}

function scriptsOf(tokens: readonly ShellToken[]): readonly ShellScript[] {
  return tokens.flatMap((token) => (token.kind === "word" ? token.scripts : token.kind === "redirect" ? token.target?.scripts ?? [] : []));
}
