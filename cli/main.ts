import { SpangateError } from "../errors.ts";
import { VERSION } from "../names.ts";
import { verify } from "./verify.ts";

/** A command: prints, and returns its exit code. */
export interface Command {
  readonly summary: string;
  readonly help: string;
  run(args: readonly string[]): number;
}

const COMMANDS: Readonly<Record<string, Command>> = { verify };

const HELP = `Usage: spangate <command> [options]

Commands:
${Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`).join("\n")}

Options:
  -h, --help     this text, or that of a command
  -V, --version  the version

The gate itself is not a command: node --require spangate/register app.js
`;

/** Exit code for a command line that is not understood and for input that cannot be read. */
const USAGE = 2;

/** Runs `spangate <command>` and returns its exit code. */
export function main(argv: readonly string[]): number {
  const [name, ...args] = argv;
  try {
    if (name === undefined || name === "-h" || name === "--help" || name === "help") {
      process.stdout.write(HELP);
      return name === undefined ? USAGE : 0;
    }
    if (name === "-V" || name === "--version") {
      process.stdout.write(`${VERSION}\n`);
      return 0;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!command) throw new SpangateError("SG_USAGE", { problem: `there is no command "${name}"` });
    if (args.includes("-h") || args.includes("--help")) {
      process.stdout.write(command.help);
      return 0;
    }
    return command.run(args);
  } catch (thrown) {
    if (!(thrown instanceof SpangateError)) throw thrown;
    process.stderr.write(`${thrown.line}\n`);
    return USAGE;
  }
}
