import { Command, CommanderError } from "commander";
import { SpangateError } from "../errors.ts";
import { VERSION } from "../names.ts";
import { audit } from "./audit/group.ts";
import { EXIT, usage } from "./command.ts";
import { completion } from "./completion.ts";
import { diff } from "./diff.ts";
import { doctor } from "./doctor.ts";
import { dryRun } from "./dry-run.ts";
import { explain } from "./explain.ts";
import { info } from "./info.ts";
import { init } from "./init.ts";
import { inspect } from "./inspect.ts";
import { lint } from "./lint.ts";
import { packs } from "./packs.ts";
import { policy } from "./policy/group.ts";
import { schema } from "./schema.ts";
import { suggest } from "./suggest.ts";
import { test } from "./test.ts";
import { top } from "./top.ts";
import { validate } from "./validate.ts";
import { verify } from "./verify.ts";

/** Every command, in the order of the help. */
const COMMANDS = [init, validate, lint, explain, test, dryRun, diff, suggest, schema, packs, policy, inspect, verify, audit, doctor, top, info, completion];

/** The command line as a tree of commands; the documentation and the completion scripts are made from it. */
export function createProgram(): Command {
  const program = new Command("spangate")
    .description("Enforcement for AI agents: write, test and explain policies, read and verify the audit log.\nThe gate itself is no command: node --require spangate/register app.js")
    .version(VERSION, "-V, --version", "the version")
    .helpOption("-h, --help", "this text, or that of a command")
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureHelp({ helpWidth: 80 })
    .exitOverride();
  for (const add of COMMANDS) add(program);
  const quiet = (command: Command): void => {
    command.exitOverride().configureHelp({ helpWidth: 80 }).configureOutput({ writeErr: () => {} }).helpCommand(false);
    command.commands.forEach(quiet);
  };
  quiet(program);
  return program;
}

/** Runs `spangate <command>`; the exit code is left in `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  if (argv.length === 0) {
    process.stdout.write(program.helpInformation());
    process.exitCode = EXIT.usage;
    return;
  }
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (thrown) {
    // Help and version end this way too.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return;
    const command = commandOf(program, argv);
    if (thrown instanceof CommanderError && thrown.code === "commander.help") {
      process.stdout.write(command.helpInformation());
      process.exitCode = EXIT.usage;
      return;
    }
    const found = problemOf(thrown);
    const problem = found.code === "SG_USAGE" ? usage(found.message, nameOf(command)) : found;
    process.stderr.write(`${problem.line}\n`);
    process.exitCode = problem.code === "SG_USAGE" ? EXIT.usage : process.exitCode || EXIT.usage;
  }
}

/** The command that is meant, as far as its name is right. */
function commandOf(program: Command, argv: readonly string[]): Command {
  let command = program;
  for (const word of argv) {
    const next = command.commands.find((one) => one.name() === word);
    if (!next) break;
    command = next;
  }
  return command;
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

/** What to tell; anything but a wrong command line, a file or an error of ours is a fault, and thrown. */
function problemOf(thrown: unknown): SpangateError {
  if (thrown instanceof SpangateError) return thrown;
  if (thrown instanceof CommanderError) return usage(thrown.message.replace(/^error: /, "").replace(/\n/g, " ").replace(/\.$/, ""));
  if (thrown instanceof Error && "syscall" in thrown) return usage(thrown.message);
  throw thrown;
}
