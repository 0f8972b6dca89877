import { sensitivityOf } from "../path/sensitive.ts";
import type { Report } from "../report.ts";
import { words } from "../words.ts";
import { decodeAnsi } from "./ansi.ts";
import { hasOption, plainName, textsOf, type ShellCommand, type ShellPipeline } from "./command.ts";
import { opensSocket } from "./network.ts";
import { CONNECTORS, DOWNLOADERS, INTERPRETERS, RESOLVERS, SENDERS, SHELLS } from "./programs.ts";

/** Programs that always turn a text into another one; the others do with an option. */
const DECODERS: ReadonlySet<string> = words("rev tr gunzip zcat uudecode");
const DECODING: ReadonlyMap<string, readonly [letters: string, long: string]> = new Map([
  ["base64", ["dD", "decode"]], ["base32", ["dD", "decode"]], ["openssl", ["dA", "d"]], ["xxd", ["r", "revert"]],
]);
/** Programs whose output is secrets as a whole. */
const TELLERS: ReadonlySet<string> = words("env printenv history mysqldump pg_dump pg_dumpall mongodump");
/** Senders that send their input only where an option says so. */
const ASKING: ReadonlySet<string> = words("curl wget http https httpie iwr irm");
const STANDARD_INPUT = /^(?:@-|-d@-|-T-|-)$|=@-$|\/dev\/stdin|^\$input$/i;

/** What the commands in front of a pipe were seen to do. */
interface Flow {
  network: boolean;
  download: boolean;
  decoded: boolean;
  shell: boolean;
  /** All of them only print what they were given. */
  echoed: boolean;
  secret: ShellCommand | undefined;
}

/** What travels between commands: code that is fetched and run, and data that leaves. */
export function judgePipeline(pipeline: ShellPipeline, report: Report): void {
  if (pipeline.length < 2) return;
  const flow: Flow = { network: false, download: false, decoded: false, shell: false, echoed: true, secret: undefined };
  const start = pipeline[0]?.start ?? 0;
  for (const [index, command] of pipeline.entries()) {
    if (index > 0) judgeSink(command, flow, (rule, detail) => report.add(rule, start, command.end, detail));
    flow.network ||= (CONNECTORS.has(command.name) && command.args.length > 0) || opensSocket(command);
    flow.download ||= DOWNLOADERS.has(command.name);
    flow.decoded ||= decodes(command);
    flow.shell ||= SHELLS.has(command.name);
    flow.echoed &&= command.name === "echo" || command.name === "printf";
    if (!flow.secret && holdsSecrets(command)) flow.secret = command;
  }
}

/** A command with a pipe in front of it. */
function judgeSink(command: ShellCommand, flow: Flow, tell: (rule: string, detail: string) => void): void {
  const { name } = command;
  if (runsInput(command)) {
    if (flow.network) tell("shell.reverse_shell", `a connection piped into ${name}`);
    else if (flow.download) tell("shell.download_exec", `fetched and piped into ${name}`);
    else if (flow.decoded) tell("shell.decode_exec", `decoded and piped into ${name}`);
    else if (!flow.echoed) tell("shell.pipe_to_shell", `piped into ${name}`);
  } else if (CONNECTORS.has(name) && flow.shell) tell("shell.reverse_shell", `a shell piped into ${name}`);
  else if ((SENDERS.has(name) && readsInput(command)) || (RESOLVERS.has(name) && command.wrappers.includes("xargs"))) {
    if (flow.secret) tell("shell.exfiltration", `${flow.secret.name} into ${name}`);
    else tell("shell.upload", `piped into ${name}`);
  }
}

/** A shell or interpreter without a script of its own runs its standard input. */
function runsInput(command: ShellCommand): boolean {
  const texts = textsOf(command);
  if (command.name === "iex" || command.name === "invoke-expression") return true;
  const asked = texts.includes("/dev/stdin");
  if (SHELLS.has(command.name)) return asked || texts.includes("-s") || (!texts.includes("-c") && texts.every((text) => text.startsWith("-") || text === ""));
  return INTERPRETERS.has(plainName(command.name)) && (asked || texts.length === 0 || texts[0] === "-");
}

function readsInput(command: ShellCommand): boolean {
  return !ASKING.has(command.name) || textsOf(command).some((text) => STANDARD_INPUT.test(text));
}

/** Whether what comes out is not what one reads in the command. */
export function decodes(command: ShellCommand): boolean {
  const texts = textsOf(command);
  const { name } = command;
  if (DECODERS.has(name)) return true;
  if (name === "printf" || (name === "echo" && texts.some((text) => /^-[a-z]{0,3}e/.test(text)))) {
    return texts.some((text) => /\\(?:x[0-9a-f]{2}|[0-7]{3})/i.test(text) && decodeAnsi(text) !== text);
  }
  const option = DECODING.get(name);
  return option !== undefined && (hasOption(command, ...option) || texts.includes("-base64"));
}

function holdsSecrets(command: ShellCommand): boolean {
  if (TELLERS.has(command.name) || (command.name === "set" && command.args.length === 0)) return true;
  const read = [...command.args, ...command.redirects.flatMap(({ target }) => (target ? [target] : []))];
  return read.some(({ text }) => /^(?:secret|settings)$/.test(sensitivityOf(text) ?? ""));
}
