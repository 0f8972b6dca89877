import type { Report } from "../report.ts";
import { words } from "../words.ts";
import { hasOption, nameOf, textsOf, type ShellCommand } from "./command.ts";
import { CONNECTORS, RESOLVERS, SENDERS, SHELLS } from "./programs.ts";
import { judgeUpload } from "./upload.ts";

/** The pseudo files with which bash opens a connection. */
const SOCKET = /\/dev\/(?:tcp|udp)\//;
/** Programs of Windows that run code from an address. */
const PROXY_RUNNERS: ReadonlySet<string> = words("mshta regsvr32 rundll32 msiexec installutil wmic cscript wscript");
const REMOTE_CODE = /https?:|javascript:|vbscript:|^\/i:|\\\\/i;
/** Programs of Windows that fetch a file, and the option with which they do. */
const ODD_DOWNLOADERS: ReadonlyMap<string, RegExp> = new Map([
  ["certutil", /^[-/](?:urlcache|verifyctl|decode)$/i],
  ["bitsadmin", /^\/(?:transfer|addfile|setnotifycmdline)$/i],
]);

/** One command that connects to somebody. */
export function judgeNetwork(command: ShellCommand, report: Report): void {
  const { name } = command;
  const tell = (rule: string, detail: string): void => report.add(rule, command.start, command.end, detail);
  if (opensSocket(command) || command.args.some(({ text }) => text.includes("/dev/") && SOCKET.test(text))) tell("shell.reverse_shell", "a socket as a file");
  if (CONNECTORS.has(name) && connectsShell(command, textsOf(command))) tell("shell.reverse_shell", `${name} with a shell`);
  if (SENDERS.has(name)) judgeUpload(command, report);
  const option = ODD_DOWNLOADERS.get(name);
  if (option && textsOf(command).some((text) => option.test(text))) tell("shell.download_exec", `${name} as a downloader`);
  if (PROXY_RUNNERS.has(name) && textsOf(command).some((text) => REMOTE_CODE.test(text))) tell("shell.download_exec", `${name} with code from elsewhere`);
  const lookup = RESOLVERS.has(name) && command.args.some(({ scripts, text }) => scripts.length > 0 && text.includes("."));
  if (lookup) tell("shell.exfiltration", "a name made of a command's output is looked up");
}

/** A redirection from or to the network. */
export function opensSocket({ redirects }: ShellCommand): boolean {
  return redirects.some(({ target }) => SOCKET.test(target?.text ?? ""));
}

/** `nc -e /bin/sh`, `socat tcp:x exec:sh`, `telnet x | sh`. */
function connectsShell(command: ShellCommand, texts: readonly string[]): boolean {
  if (command.name === "telnet") return command.after.startsWith("|");
  const given = hasOption(command, "ec", "exec", "sh-exec", "lua-exec") && texts.some((text) => SHELLS.has(nameOf({ text })));
  return given || texts.some((text) => /^(?:exec|system|shell):/i.test(text));
}
