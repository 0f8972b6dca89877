import { quote, type Report } from "../report.ts";
import { words } from "../words.ts";
import { hasOption, targetsOf, textsOf, type ShellCommand } from "./command.ts";

/** Folders whose loss takes the system or somebody's work with it. */
const PRECIOUS: ReadonlySet<string> = words(`
  / /* /. /.. ~ ~/ ~/* ~/.* $HOME /home /root /etc /usr /var /bin /sbin /lib /lib64 /boot /opt /srv /sys /dev /users /system /library
  /data /mnt /media
`);
const HOME_CHILD = /^(?:~|\$HOME|\/home\/[^/]{1,64}|\/root|\/users\/[^/]{1,64})\/?\*?$/i;
const DEVICE = /^\/dev\/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|loop|md|dm-|mapper\/|mem|kmem)/;
/** `C:\`, `C:\*`, `C:\Windows`, `%SystemRoot%`. */
const WINDOWS_ROOT = /^(?:[a-z]:(?:[\\/]{1,2}(?:windows|users|program files))?|%(?:systemroot|windir|systemdrive|userprofile)%)[\\/]{0,2}\*{0,2}$/i;
const HERE = /^(?:\.\/?|\*|\.\/\*|\.\.\/?\*?)$/;
const NARROWING = /^-(?:i?name|i?path|i?regex|mtime|mmin|size|empty|maxdepth|newer|type|user)$/;
/** Tools that write to a disk below its file systems. */
const DISK_TOOLS: ReadonlySet<string> = words("shred wipefs blkdiscard hdparm sgdisk parted fdisk mkswap");

type Tell = (rule: string, detail: string) => void;
type Judge = (command: ShellCommand, tell: Tell) => void;

const JUDGES: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ...["rm", "rmdir", "unlink", "trash", "srm"].map((name): [string, Judge] => [name, judgeRemoval]),
  ...["del", "erase", "rd", "remove-item", "ri"].map((name): [string, Judge] => [name, judgeWindowsRemoval]),
  ...["chmod", "chown", "chgrp", "setfacl", "icacls", "takeown"].map((name): [string, Judge] => [name, judgeRights]),
  ...["shutdown", "reboot", "halt", "poweroff", "init", "telinit", "stop-computer"].map((name): [string, Judge] => [name, judgeShutdown]),
  ...["vssadmin", "wbadmin", "bcdedit", "cipher"].map((name): [string, Judge] => [name, judgeRecovery]),
  ["find", judgeFind],
  ["git", judgeGit],
  ["dd", (command, tell) => {
    if (textsOf(command).some((text) => text.startsWith("of=") && DEVICE.test(text.slice(3)))) tell("shell.destructive", "overwrites a device");
  }],
  ["format", (command, tell) => {
    if (targetsOf(command).some((text) => /^[a-z]:$/i.test(text))) tell("shell.destructive", "formats a drive");
  }],
  ["diskpart", (_, tell) => tell("shell.destructive", "repartitions drives")],
  ["mv", (command, tell) => {
    if (targetsOf(command).slice(0, -1).some(isPrecious)) tell("shell.destructive", "moves a system folder away");
  }],
  ["kill", (command, tell) => {
    if (targetsOf(command).includes("1") || textsOf(command).includes("-1")) tell("shell.shutdown", "ends every process");
  }],
]);

/** Commands that wipe data, file systems or the rights on them. */
export function judgeDestruction(command: ShellCommand, report: Report): void {
  const { name, start, end } = command;
  const tell: Tell = (rule, detail) => report.add(rule, start, end, detail);
  JUDGES.get(name)?.(command, tell);
  if (name.startsWith("mkfs") || name === "newfs") tell("shell.destructive", "makes a new file system");
  if (DISK_TOOLS.has(name) && targetsOf(command).some((text) => DEVICE.test(text))) tell("shell.destructive", `${name} on a device`);
  for (const { text, target } of command.redirects) {
    if (text.includes(">") && target && DEVICE.test(target.text)) tell("shell.destructive", "writes over a device");
  }
}

function judgeRemoval(command: ShellCommand, tell: Tell): void {
  const targets = targetsOf(command);
  const recursive = hasOption(command, "rR", "recursive");
  if (hasOption(command, "", "no-preserve-root")) return tell("shell.destructive", "without the guard of the root folder");
  const hit = targets.find(isPrecious) ?? windowsRoot(command);
  if (hit !== undefined && (recursive || hit.includes("*"))) tell("shell.destructive", `removes ${quote(hit)}`);
  else if (recursive && targets.some((text) => HERE.test(text))) tell("shell.wide_delete", "removes everything here");
}

function judgeWindowsRemoval(command: ShellCommand, tell: Tell): void {
  if (windowsRoot(command) !== undefined) tell("shell.destructive", "deletes a drive or system folder");
}

function judgeFind(command: ShellCommand, tell: Tell): void {
  const texts = textsOf(command);
  const runs = texts.some((text, index) => /^-(?:exec|execdir|ok)$/.test(text) && /(?:^|\/)(?:rm|shred|unlink)$/.test(texts[index + 1] ?? ""));
  if (!texts.includes("-delete") && !runs) return;
  const from = targetsOf(command)[0] ?? ".";
  if (isPrecious(from)) tell("shell.destructive", `deletes below ${quote(from)}`);
  else if (!texts.some((text) => NARROWING.test(text))) tell("shell.wide_delete", "deletes everything found");
}

function judgeRights(command: ShellCommand, tell: Tell): void {
  const targets = targetsOf(command);
  const recursive = hasOption(command, "R", "recursive") || targets.some((text) => /^\/t$/i.test(text));
  if (recursive && (targets.some(isPrecious) || windowsRoot(command) !== undefined)) tell("shell.destructive", "changes the rights of a system folder");
  const mode = targets[0] ?? "";
  if (command.name !== "chmod") return;
  if (/^[ugoa]{0,4}\+[rwx]{0,3}s/.test(mode) || /^[0-7]?[467][0-7]{3}$/.test(mode)) tell("shell.setuid", `chmod ${quote(mode)}`);
  else if (/^(?:0?777|a\+rwx|ugo\+rwx|o\+w)$/.test(mode)) tell("shell.open_rights", `chmod ${quote(mode)}`);
}

function judgeShutdown(command: ShellCommand, tell: Tell): void {
  const level = targetsOf(command)[0] ?? "";
  if (!/^(?:tel)?init$/.test(command.name) || /^[06]$/.test(level)) tell("shell.shutdown", command.name);
}

function judgeRecovery(command: ShellCommand, tell: Tell): void {
  const all = textsOf(command).join(" ");
  if (command.name === "cipher" ? /\/w/i.test(all) : /delete|recoveryenabled|ignoreallfailures/i.test(all)) tell("shell.destructive", "takes away backups or recovery");
}

function judgeGit(command: ShellCommand, tell: Tell): void {
  const [verb] = textsOf(command);
  if (verb === "clean" && hasOption(command, "f", "force") && hasOption(command, "dx")) tell("shell.wide_delete", "deletes everything that is not committed");
  if (verb === "push" && hasOption(command, "f", "force", "mirror", "delete")) tell("shell.forced_push", "rewrites a remote branch");
}

function isPrecious(text: string): boolean {
  if (text === "") return false;
  return PRECIOUS.has(text) || PRECIOUS.has(withoutTail(text.toLowerCase())) || HOME_CHILD.test(text);
}

/** `/etc/` and `/etc/*` are `/etc`, and `//` is `/`. */
function withoutTail(text: string): string {
  let end = text.length;
  while (end > 1 && (text[end - 1] === "*" || text[end - 1] === "/")) end--;
  return text.slice(0, end);
}

function windowsRoot({ args }: ShellCommand): string | undefined {
  return args.find(({ raw }) => raw.length < 64 && WINDOWS_ROOT.test(raw))?.raw;
}
