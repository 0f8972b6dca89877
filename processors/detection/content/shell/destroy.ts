import { quote, type Report } from "../report.ts";
import { hasOption, textsOf, type ShellCommand } from "./command.ts";

/** Folders whose loss takes the system or somebody's work with it. */
const PRECIOUS: ReadonlySet<string> = new Set(["/", "/*", "/.", "/..", "~", "~/", "~/*", "~/.*", "$HOME", "/home", "/root", "/etc", "/usr", "/var", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/opt", "/srv", "/sys", "/dev", "/users", "/system", "/library", "/data", "/mnt", "/media"]);
const DEVICE = /^\/dev\/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|loop|md|dm-|mapper\/|mem|kmem)/;
/** `C:\`, `C:\*`, `C:\Windows`, `%SystemRoot%`. */
const WINDOWS_ROOT = /^(?:[a-z]:(?:[\\/]*\**|[\\/]+(?:windows|users|program files)[\\/]*\**)|%(?:systemroot|windir|systemdrive|userprofile)%[\\/]*\**)$/i;
const HOME_CHILD = /^(?:~|\$HOME|\/home\/[^/]+|\/root|\/users\/[^/]+)\/?\*?$/i;

/** Commands that wipe data, file systems or the rights on them. */
export function judgeDestruction(command: ShellCommand, report: Report): void {
  const { name, start, end } = command;
  const tell = (rule: string, detail: string): void => report.add(rule, start, end, detail);
  const targets = textsOf(command).filter((text) => !text.startsWith("-"));
  switch (name) {
    case "rm": case "rmdir": case "unlink": case "trash": case "srm": return judgeRemoval(command, targets, tell);
    case "find": return judgeFind(command, targets, tell);
    case "chmod": case "chown": case "chgrp": case "setfacl": case "icacls": case "takeown": return judgeRights(command, targets, tell);
    case "dd": if (textsOf(command).some((text) => text.startsWith("of=") && DEVICE.test(text.slice(3)))) tell("shell.destructive", "overwrites a device");
      return;
    case "shred": case "wipefs": case "blkdiscard": case "hdparm": case "sgdisk": case "parted": case "fdisk": case "mkswap":
      if (targets.some((text) => DEVICE.test(text))) tell("shell.destructive", `${name} on a device`);
      return;
    case "format": case "diskpart": if (name === "diskpart" || targets.some((text) => /^[a-z]:$/i.test(text))) tell("shell.destructive", "formats a drive");
      return;
    case "del": case "erase": case "rd": case "remove-item": case "ri": if (command.args.some(({ raw }) => WINDOWS_ROOT.test(raw))) tell("shell.destructive", "deletes a drive or system folder");
      return;
    case "mv": if (targets.slice(0, -1).some(isPrecious)) tell("shell.destructive", "moves a system folder away");
      return;
    case "shutdown": case "reboot": case "halt": case "poweroff": case "init": case "telinit": case "stop-computer":
      if (name !== "init" || /^[06]$/.test(targets[0] ?? "")) tell("shell.shutdown", name);
      return;
    case "kill": if (targets.includes("1") || textsOf(command).includes("-1")) tell("shell.shutdown", "ends every process");
      return;
    case "vssadmin": case "wbadmin": case "bcdedit": if (/delete|recoveryenabled|ignoreallfailures/i.test(textsOf(command).join(" "))) tell("shell.destructive", "takes away backups or recovery");
      return;
    case "cipher": if (textsOf(command).some((text) => /^\/w/i.test(text))) tell("shell.destructive", "wipes free space");
      return;
    case "git": return judgeGit(command, tell);
    default: if (name.startsWith("mkfs") || name === "newfs") tell("shell.destructive", "makes a new file system");
  }
  for (const { text, target } of command.redirects) {
    if (text.includes(">") && target && DEVICE.test(target.text)) tell("shell.destructive", "writes over a device");
  }
}

type Tell = (rule: string, detail: string) => void;

function judgeRemoval(command: ShellCommand, targets: readonly string[], tell: Tell): void {
  const recursive = hasOption(command, "rR", "recursive") || targets.some((text) => /^\/s$/i.test(text));
  if (hasOption(command, "", "no-preserve-root")) return tell("shell.destructive", "without the guard of the root folder");
  const hit = targets.find(isPrecious) ?? command.args.find(({ raw }) => WINDOWS_ROOT.test(raw))?.raw;
  if (hit !== undefined && (recursive || hit.includes("*"))) tell("shell.destructive", `removes ${quote(hit)}`);
  else if (recursive && targets.some((text) => /^(?:\.|\.\/|\*|\.\/\*|\.\.|\.\.\/\*?)$/.test(text))) tell("shell.wide_delete", "removes everything here");
}

function judgeFind(command: ShellCommand, targets: readonly string[], tell: Tell): void {
  const texts = textsOf(command);
  const runs = texts.some((text, index) => /^-(?:exec|execdir|ok)$/.test(text) && /(?:^|\/)(?:rm|shred|unlink)$/.test(texts[index + 1] ?? ""));
  if (!texts.includes("-delete") && !runs) return;
  const narrowed = texts.some((text) => /^-(?:i?name|i?path|i?regex|mtime|mmin|size|empty|maxdepth|newer|type|user)$/.test(text));
  if (isPrecious(targets[0] ?? ".")) tell("shell.destructive", `deletes below ${quote(targets[0] ?? ".")}`);
  else if (!narrowed) tell("shell.wide_delete", "deletes everything found");
}

function judgeRights(command: ShellCommand, targets: readonly string[], tell: Tell): void {
  const recursive = hasOption(command, "R", "recursive") || targets.some((text) => /^\/t$/i.test(text));
  if (recursive && (targets.some(isPrecious) || command.args.some(({ raw }) => WINDOWS_ROOT.test(raw)))) tell("shell.destructive", "changes the rights of a system folder");
  const mode = targets[0] ?? "";
  if (command.name === "chmod" && (/^[ugoa]*\+[rwx]*s/.test(mode) || /^[0-7]?[467][0-7]{3}$/.test(mode))) tell("shell.setuid", `chmod ${quote(mode)}`);
  else if (command.name === "chmod" && /^(?:0?777|a\+rwx|ugo\+rwx|o\+w)$/.test(mode)) tell("shell.open_rights", `chmod ${quote(mode)}`);
}

function judgeGit(command: ShellCommand, tell: Tell): void {
  const texts = textsOf(command);
  if (texts[0] === "clean" && hasOption(command, "f", "force") && hasOption(command, "dx")) tell("shell.wide_delete", "deletes everything that is not committed");
  if (texts[0] === "push" && hasOption(command, "f", "force", "mirror", "delete")) tell("shell.forced_push", "rewrites a remote branch");
}

function isPrecious(text: string): boolean {
  if (text === "") return false;
  const plain = text.toLowerCase();
  return PRECIOUS.has(text) || PRECIOUS.has(plain.replace(/\/+\**$/, "") || "/") || /^\/+\**$/.test(text) || HOME_CHILD.test(text);
}
