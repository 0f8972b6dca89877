import { quote, type Report } from "../report.ts";
import { hasOption, nameOf, textsOf, type ShellCommand } from "./command.ts";
import type { ShellWord } from "./lexer.ts";
import { plainName } from "./network.ts";
import { INTERPRETERS, SHELLS } from "./programs.ts";

/** Text inside a command that runs in turn. */
export interface InnerCode {
  readonly language: "shell" | "code";
  readonly text: string;
  readonly word: ShellWord;
}

/** git settings that name a program. */
const GIT_PROGRAMS = /^(?:core\.(?:sshcommand|pager|editor|fsmonitor|hookspath|gitproxy|askpass|attributesfile)|pager\.|alias\.|diff\.external|.*\.(?:textconv|clean|smudge|command|process|program|helper|driver)$|sequence\.editor|credential\.helper|protocol\.ext\.allow|gpg\.program|uploadpack\.|include\.path)/i;
const GIT_OPTIONS = /^--(?:upload-pack|receive-pack|exec|config|open-files-in-pager|template)(?:=|$)/;
const SSH_OPTIONS = /^(?:proxycommand|localcommand|permitlocalcommand|knownhostscommand|proxyusefdpass|pkcs11provider|securitykeyprovider|match)\b/i;

/** Options with which a harmless program runs another one (GTFOBins; CWE-88). */
export function judgeOptions(command: ShellCommand, report: Report): void {
  const { name } = command;
  const texts = textsOf(command);
  const tell = (detail: string): void => report.add("shell.option_injection", command.start, command.end, detail);
  switch (plainName(name)) {
    case "git": {
      const set = texts[0] === "config" ? texts.find((text, index) => index > 0 && !text.startsWith("-")) : texts.find((_, index) => texts[index - 1] === "-c");
      const value = texts[0] === "config" ? texts.at(-1) ?? "" : set ?? "";
      if (set && GIT_PROGRAMS.test(set) && runsProgram(value)) tell(`git setting ${quote(set)}`);
      if (texts.some((text) => /^--(?:upload-pack|receive-pack|open-files-in-pager)(?:=|$)/.test(text) || GIT_OPTIONS.test(text) && /[\s;|&`$]/.test(text)) || texts.some((text) => /^ext::/.test(text))) tell("git option that runs a program");
      return;
    }
    case "ssh": case "scp": case "sftp": case "rsync":
      if (texts.some((text, index) => SSH_OPTIONS.test(text.startsWith("-o") ? text.slice(2) : texts[index - 1] === "-o" ? text : ""))) tell("ssh option that runs a program");
      return;
    case "tar": case "bsdtar": case "gtar":
      if (texts.some((text) => /^--(?:checkpoint-action|to-command|use-compress-program|rsh-command|info-script|new-volume-script)(?:=|$)/.test(text)) || (hasOption(command, "I") && texts.some((text) => /\s/.test(text)))) tell("tar option that runs a program");
      return;
    case "zip": if (texts.some((text) => /^-T?T$|^--unzip-command/.test(text)) && texts.some((text) => /^(?:sh|bash)\b/.test(text))) tell("zip option that runs a program");
      return;
    case "awk": case "gawk": case "mawk": case "nawk":
      if (texts.some((text) => /\bsystem\s*\(|\|\s*getline|\|\s*"(?:\/bin\/)?(?:ba)?sh|\/inet\/(?:tcp|udp)/.test(text))) tell("awk program that runs a command");
      return;
    case "sed": if (texts.some(isExecutingSed)) tell("sed program that runs a command");
      return;
    case "vim": case "vi": case "nvim": case "view": case "ex": case "emacs": case "less": case "more": case "man": case "ed":
      if (texts.some((text) => /^(?:\+|:)?!|:!|py3?\s|:lua|\bsystem\(|--eval|shell-command/.test(text))) tell("editor command that runs a program");
      return;
    case "find": if (texts.some((text, index) => /^-(?:exec|execdir|ok|okdir)$/.test(text) && SHELLS.has(plainName(nameOf({ text: texts[index + 1] ?? "" }))))) tell("find that runs a shell");
      return;
    case "env": case "strace": case "gdb": case "nmap": case "tcpdump": case "mysql": case "psql": case "sqlite":
      if (texts.some((text) => /^(?:--script=.*[\\/]|\\!|\.shell\b|\.system\b|!sh|-z\s)/.test(text)) || (name === "env" && texts.some((text) => /^(?:-S|--split-string)/.test(text)))) tell(`${name} option that runs a program`);
      return;
    case "osascript": if (texts.some((text) => /do shell script/i.test(text))) tell("AppleScript that runs a command");
      return;
    default: if (name.startsWith("-o") && /proxycommand/i.test(name)) tell("an option in place of a command");
  }
}

/** `powershell -EncodedCommand`, in any of the forms that PowerShell completes. */
export function isEncoded({ name, args }: ShellCommand): boolean {
  return (name === "powershell" || name === "pwsh") && args.some(({ text }) => /^[-/]e(?:c|n[a-z]{0,15})?$/i.test(text));
}

/** Scripts that a command takes as arguments: `sh -c`, `eval`, `python -c`, `ssh host command`, `su -c`. */
export function innerCode(command: ShellCommand): readonly InnerCode[] {
  const { name, args, redirects } = command;
  const plain = plainName(name);
  const found: InnerCode[] = [];
  const add = (language: InnerCode["language"], word: ShellWord | undefined, text: string = word?.text ?? ""): void => {
    if (word && text !== "") found.push({ language, text, word });
  };
  if (SHELLS.has(name) || name === "su" || name === "sg" || name === "runuser" || name === "script") add("shell", args[args.findIndex(({ text }) => /^-[a-z]*c$|^\/[ck]$|^-command$/i.test(text)) + 1 || args.length]);
  if (isEncoded(command)) add("shell", args.at(-1), Buffer.from(args.at(-1)?.text ?? "", "base64").toString("utf16le"));
  if (name === "cmd" || name === "powershell" || name === "pwsh") {
    const from = args.findIndex(({ text }) => /^\/[ck]$|^-c(?:ommand)?$/i.test(text)) + 1;
    if (from > 0) add("shell", args[from], args.slice(from).map(({ raw, quoted, text }) => (quoted ? text : raw)).join(" "));
  }
  if (name === "eval" || name === "source" || name === ".") add("shell", args[0], args.map(({ text }) => text).join(" "));
  if (name === "ssh" || name === "watch" || name === "entr") add("shell", args.findLast(({ text }) => /[\s;|&]/.test(text)));
  if (name === "trap") add("shell", args[0]);
  const options = INTERPRETERS.get(plain);
  if (options) args.forEach((word, index) => (options.includes(args[index - 1]?.text ?? "") ? add("code", word) : undefined));
  for (const { text, target, body } of redirects) {
    if (SHELLS.has(name) && text === "<<<") add("shell", target);
    if (SHELLS.has(name) && body !== undefined) add("shell", target, body);
    if (options && body !== undefined) add("code", target, body);
  }
  return found;
}

/** `1e id`, `s/a/b/e`: GNU sed runs what the e stands for. */
function isExecutingSed(program: string): boolean {
  if (/^\d{0,9}e /.test(program)) return true;
  const delimiter = program.startsWith("s") ? program[1] : undefined;
  if (delimiter === undefined || /\w/.test(delimiter)) return false;
  const flags = program.slice(program.lastIndexOf(delimiter) + 1);
  return flags.length > 0 && flags.length < 8 && /^[gipmw0-9]{0,8}e[gipmw0-9]{0,8}$/.test(flags);
}

function runsProgram(value: string): boolean {
  return /[\s;|&`$!/\\]|^(?:sh|bash)$/.test(value.slice(value.indexOf("=") + 1).trim());
}
