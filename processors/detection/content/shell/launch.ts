import { quote, type Report } from "../report.ts";
import { words } from "../words.ts";
import { hasOption, nameOf, plainName, textsOf, type ShellCommand } from "./command.ts";
import { SHELLS } from "./programs.ts";

/** git settings that name a program. */
const GIT_PROGRAMS = new RegExp(`^(?:${[
  "core\\.(?:sshcommand|pager|editor|fsmonitor|hookspath|gitproxy|askpass|attributesfile)", "pager\\.", "alias\\.", "diff\\.external",
  "sequence\\.editor", "[\\w.-]{1,64}\\.(?:textconv|clean|smudge|command|process|program|helper|driver)(?:=|$)",
  "credential\\.helper", "protocol\\.ext\\.allow", "gpg\\.program", "include\\.path",
].join("|")})`, "i");
const GIT_RUNNERS = /^--(?:upload-pack|receive-pack|open-files-in-pager)(?:=|$)/;
const GIT_VALUES = /^--(?:exec|config|template)=/;
const SSH_OPTIONS = /^(?:proxycommand|localcommand|permitlocalcommand|knownhostscommand|proxyusefdpass|pkcs11provider|securitykeyprovider|match)\b/i;
const TAR_OPTIONS = /^--(?:checkpoint-action|to-command|use-compress-program|rsh-command|info-script|new-volume-script)(?:=|$)/;
const AWK_RUNS = /\bsystem\s{0,4}\(|\|\s{0,4}getline|\|\s{0,4}"(?:\/bin\/)?(?:ba)?sh|\/inet\/(?:tcp|udp)/;
const EDITOR_RUNS = /^(?:\+|:)?!|:!|\bpy3?\s|:lua|\bsystem\(|--eval|shell-command/;
const CLIENT_RUNS = /^(?:--script=|\\!|\.shell\b|\.system\b|!sh|-z\s)/;
const EDITORS: ReadonlySet<string> = words("vim vi nvim view ex emacs less more man ed");
const CLIENTS: ReadonlySet<string> = words("strace gdb nmap tcpdump mysql psql sqlite sqlite3");

type Check = (command: ShellCommand, texts: readonly string[]) => string | undefined;

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["git", judgeGit],
  ...each(["ssh", "scp", "sftp", "rsync"], judgeSsh),
  ...each(["tar", "bsdtar", "gtar"], (command, texts) => {
    const wrapped = hasOption(command, "I") && texts.some((text) => text.includes(" "));
    return wrapped || texts.some((text) => TAR_OPTIONS.test(text)) ? "tar option that runs a program" : undefined;
  }),
  ...each(["awk", "gawk", "mawk", "nawk"], anyText(AWK_RUNS, "awk program that runs a command")),
  ...each(EDITORS, anyText(EDITOR_RUNS, "editor command that runs a program")),
  ...each(CLIENTS, anyText(CLIENT_RUNS, "option that runs a program")),
  ["zip", anyText(/^(?:-TT|--unzip-command)/, "zip option that runs a program")],
  ["env", anyText(/^(?:-S|--split-string)/, "env option that runs a command")],
  ["osascript", anyText(/do shell script/i, "AppleScript that runs a command")],
  ["sed", (_, texts) => (texts.some(isExecutingSed) ? "sed program that runs a command" : undefined)],
  ["find", (_, texts) => {
    const shell = texts.some((text, index) => /^-(?:exec|execdir|ok|okdir)$/.test(text) && SHELLS.has(nameOf({ text: texts[index + 1] ?? "" })));
    return shell ? "find that runs a shell" : undefined;
  }],
]);

function each(names: Iterable<string>, check: Check): [string, Check][] {
  return [...names].map((name) => [name, check]);
}

function anyText(pattern: RegExp, detail: string): Check {
  return (_, texts) => (texts.some((text) => pattern.test(text)) ? detail : undefined);
}

/** Options with which a harmless program runs another one (GTFOBins; CWE-88). */
export function judgeOptions(command: ShellCommand, report: Report): void {
  const detail = (CHECKS.get(command.name) ?? CHECKS.get(plainName(command.name)))?.(command, textsOf(command));
  if (detail !== undefined) report.add("shell.option_injection", command.start, command.end, detail);
}

function judgeGit(_: ShellCommand, texts: readonly string[]): string | undefined {
  const configures = texts[0] === "config";
  const set = configures ? texts.find((text, index) => index > 0 && !text.startsWith("-")) : texts.find((_, index) => texts[index - 1] === "-c");
  const value = configures ? texts.at(-1) ?? "" : set ?? "";
  if (set !== undefined && GIT_PROGRAMS.test(set) && namesProgram(value)) return `git setting ${quote(set)}`;
  const runs = texts.some((text) => GIT_RUNNERS.test(text) || text.startsWith("ext::") || (GIT_VALUES.test(text) && /[\s;|&`$]/.test(text)));
  return runs ? "git option that runs a program" : undefined;
}

function judgeSsh(_: ShellCommand, texts: readonly string[]): string | undefined {
  const options = texts.map((text, index) => (text.startsWith("-o") ? text.slice(2) : texts[index - 1] === "-o" ? text : ""));
  return options.some((option) => SSH_OPTIONS.test(option)) ? "ssh option that runs a program" : undefined;
}

/** `1e id`, `s/a/b/e`: GNU sed runs what the e stands for. */
function isExecutingSed(program: string): boolean {
  if (/^\d{0,9}e /.test(program)) return true;
  const delimiter = program.startsWith("s") ? program[1] : undefined;
  if (delimiter === undefined || /\w/.test(delimiter)) return false;
  return /^[gipmw0-9]{0,4}e[gipmw0-9]{0,4}$/.test(program.slice(program.lastIndexOf(delimiter) + 1));
}

/** `vim` is an editor somebody chose; `sh -c id` is not. */
function namesProgram(value: string): boolean {
  return /[\s;|&`$!/\\]|^(?:sh|bash)$/.test(value.slice(value.indexOf("=") + 1).trim());
}
