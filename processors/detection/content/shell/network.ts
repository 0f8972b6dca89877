import { sensitivityOf } from "../path/sensitive.ts";
import { quote, type Report } from "../report.ts";
import { hasOption, textsOf, type ShellCommand, type ShellPipeline } from "./command.ts";
import { decodeAnsi } from "./ansi.ts";
import type { ShellWord } from "./lexer.ts";
import { DECODERS, DOWNLOADERS, INTERPRETERS, RESOLVERS, SENDERS, SHELLS } from "./programs.ts";

/** Options that send a body, a form field or a file, of curl, wget, httpie and PowerShell; compared in lower case where they are long. */
const SENDING: ReadonlyMap<string, "body" | "form" | "file"> = new Map([
  ["-d", "body"], ["--data", "body"], ["--data-binary", "body"], ["--data-urlencode", "body"], ["--data-ascii", "body"], ["--json", "body"],
  ["-F", "form"], ["--form", "form"], ["-T", "file"], ["--upload-file", "file"], ["--post-file", "file"], ["--body-file", "file"], ["-infile", "file"],
]);
/** Programs that are a bare connection. */
const CONNECTORS: ReadonlySet<string> = new Set(["nc", "ncat", "netcat", "socat", "telnet"]);
/** A here-document, here-string, pipe or file that a shell is connected to over the network. */
const SOCKET = /\/dev\/(?:tcp|udp)\//;

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
    flow.network ||= isNetworkInput(command);
    flow.download ||= DOWNLOADERS.has(command.name);
    flow.decoded ||= decodes(command);
    flow.shell ||= SHELLS.has(command.name);
    flow.echoed &&= command.name === "echo" || command.name === "printf";
    if (!flow.secret && holdsSecrets(command)) flow.secret = command;
  }
}

/** A command with a pipe in front of it. */
function judgeSink(command: ShellCommand, flow: Flow, tell: Tell): void {
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

/** One command that connects to somebody. */
export function judgeNetwork(command: ShellCommand, report: Report): void {
  const tell = (rule: string, detail: string): void => report.add(rule, command.start, command.end, detail);
  const texts = textsOf(command);
  if (texts.some((text) => SOCKET.test(text)) || command.redirects.some(({ target }) => SOCKET.test(target?.text ?? ""))) tell("shell.reverse_shell", "a socket as a file");
  if (CONNECTORS.has(command.name) && command.name !== "telnet") {
    const runs = hasOption(command, "ec", "exec", "sh-exec", "lua-exec") && texts.some((text) => isShell(text)) || texts.some((text) => /^(?:exec|system|shell):/i.test(text));
    if (runs) tell("shell.reverse_shell", `${command.name} with a shell`);
  }
  if (command.name === "telnet" && command.after.startsWith("|")) tell("shell.reverse_shell", "telnet as the input of a command");
  if (SENDERS.has(command.name)) judgeUpload(command, tell);
  if (command.name === "certutil" && texts.some((text) => /^[-/](?:urlcache|verifyctl|decode)$/i.test(text))) tell("shell.download_exec", "certutil as a downloader");
  if (command.name === "bitsadmin" && texts.some((text) => /^\/(?:transfer|addfile|setnotifycmdline)$/i.test(text))) tell("shell.download_exec", "bitsadmin as a downloader");
  if (/^(?:mshta|regsvr32|rundll32|msiexec|installutil|wmic|cscript|wscript)$/.test(command.name) && texts.some((text) => /https?:|javascript:|vbscript:|^\/i:|\\\\/i.test(text))) tell("shell.download_exec", `${command.name} with code from elsewhere`);
  const lookup = RESOLVERS.has(command.name) && command.args.some(({ scripts, text }) => scripts.length > 0 && text.includes("."));
  if (lookup) tell("shell.exfiltration", "a name made of a command's output is looked up");
}

type Tell = (rule: string, detail: string) => void;

function judgeUpload(command: ShellCommand, tell: Tell): void {
  for (const { file, word } of sentBy(command)) {
    const is = file === undefined ? undefined : sensitivityOf(file);
    if (is === "secret" || is === "settings") tell("shell.exfiltration", `sends ${quote(file as string)}`);
    else if ((file !== undefined && file !== "-") || word.scripts.length > 0) tell("shell.upload", `sends ${quote(word.raw)}`);
  }
}

interface Sent {
  /** The file whose content goes out, if it is one. */
  readonly file: string | undefined;
  readonly word: ShellWord;
}

function sentBy({ name, args }: ShellCommand): readonly Sent[] {
  if (name === "scp" || name === "rsync" || name === "sftp" || name === "rclone") {
    return args.filter(({ text }) => !text.startsWith("-") && !/^[\w.@-]+:/.test(text)).map((word) => ({ file: word.text, word }));
  }
  return args.flatMap((option, index) => {
    const [key, inline] = splitOption(option.text);
    const kind = SENDING.get(key);
    const word = inline === undefined ? args[index + 1] : option;
    if (!kind || !word) return [];
    const value = inline ?? word.text;
    const mark = kind === "file" ? 0 : kind === "form" ? value.search(/=[@<]/) + 2 : value.indexOf("@") + 1;
    const named = kind === "file" || (kind === "form" ? mark > 1 : value.startsWith("@") || (key === "--data-urlencode" && mark > 0));
    return [{ file: named ? value.slice(mark) : undefined, word }];
  });
}

/** `--data=x`, `-dx` and `-d x` alike. */
function splitOption(text: string): readonly [key: string, value: string | undefined] {
  if (text.startsWith("--")) {
    const equals = text.indexOf("=");
    return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
  }
  if (/^-[dFT]./.test(text)) return [text.slice(0, 2), text.slice(2)];
  return text.length > 2 ? [text.toLowerCase(), undefined] : [text, undefined];
}

/** A shell or interpreter without a script of its own runs its standard input. */
function runsInput(command: ShellCommand): boolean {
  const texts = textsOf(command);
  if (command.name === "iex" || command.name === "invoke-expression") return true;
  if (SHELLS.has(command.name)) return !texts.includes("-c") && texts.every((text) => text.startsWith("-") || text === "") || texts.includes("-s") || texts.includes("/dev/stdin");
  if (!INTERPRETERS.has(plainName(command.name))) return false;
  return texts.length === 0 || texts[0] === "-" || texts.includes("/dev/stdin");
}

/** `python3.12` is python. */
export function plainName(name: string): string {
  return name.replace(/[.\d]+$/, "");
}

function readsInput(command: ShellCommand): boolean {
  if (/^(?:curl|wget|http|https|httpie|iwr|irm)$/.test(command.name)) return textsOf(command).some((text) => /^(?:@-|-d@-|-T-|-F.*=@-|-)$|=@-$|\/dev\/stdin|^\$input$/i.test(text));
  return true;
}

function isNetworkInput({ name, redirects, args }: ShellCommand): boolean {
  return (CONNECTORS.has(name) && args.length > 0) || redirects.some(({ target }) => SOCKET.test(target?.text ?? ""));
}

function decodes(command: ShellCommand): boolean {
  const texts = textsOf(command);
  if (command.name === "rev" || command.name === "tr") return true;
  if (command.name === "printf" || (command.name === "echo" && texts.some((text) => /^-[a-z]*e/.test(text)))) return texts.some((text) => /\\(?:x[0-9a-f]{2}|[0-7]{3})/i.test(text) && decodeAnsi(text) !== text);
  if (command.name === "xxd") return hasOption(command, "r", "revert");
  if (command.name === "gunzip" || command.name === "zcat" || command.name === "uudecode") return true;
  return DECODERS.has(command.name) && (hasOption(command, "dDA", "decode", "d") || texts.includes("-base64"));
}

function holdsSecrets(command: ShellCommand): boolean {
  if (/^(?:env|printenv|history|mysqldump|pg_dump|pg_dumpall|mongodump)$/.test(command.name) || (command.name === "set" && command.args.length === 0)) return true;
  return command.args.some(({ text }) => /^(?:secret|settings)$/.test(sensitivityOf(text) ?? "")) || command.redirects.some(({ target }) => target !== undefined && sensitivityOf(target.text) === "secret");
}

function isShell(text: string): boolean {
  return SHELLS.has(text.slice(Math.max(text.lastIndexOf("/"), text.lastIndexOf("\\")) + 1).replace(/\.exe$/i, "").toLowerCase());
}
