import { quote, type Report } from "../report.ts";
import { hasOption, textsOf, type ShellCommand } from "./command.ts";

/** Files that run or let somebody in at a later time. */
const START_FILES = /(?:^|\/)(?:\.ssh\/authorized_keys2?|etc\/(?:sudoers(?:\.d\/.*)?|crontab|cron\.[a-z]+\/.*|rc\.local|profile\.d\/.*|ld\.so\.preload|passwd|shadow|init\.d\/.*|systemd\/system\/.*|pam\.d\/.*|hosts\.allow)|var\/spool\/cron\/.*|\.config\/(?:autostart|systemd\/user)\/.*|\.git\/hooks\/[a-z-]+|library\/launch(?:agents|daemons)\/.*)$/i;
/** Start-up files of a person's shell: set up by many installers, and read at each login. */
const SHELL_FILES = /(?:^|\/)(?:\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zprofile|zshenv|bash_logout|config\/fish\/config\.fish)|etc\/(?:profile|bash\.bashrc))$/i;
/** Variables that make the next program load or run what they name (CWE-426, CWE-427). */
const LOADERS = /^(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|BASH_ENV|ENV|PROMPT_COMMAND|PYTHONSTARTUP|PYTHONINSPECT|PERL5OPT|PERL5DB|RUBYOPT|NODE_OPTIONS|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|GIT_SSH|GIT_SSH_COMMAND|GIT_EXTERNAL_DIFF|GIT_PAGER|GIT_EDITOR|GIT_ASKPASS|GIT_PROXY_COMMAND|MANPAGER|LESSOPEN|PAGER|EDITOR|VISUAL|BROWSER)\+?=(.*)$/s;
/** Of these an ordinary value is common; it is told of when it brings code of its own. */
const ORDINARY = /^(?:NODE_OPTIONS|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|PAGER|EDITOR|VISUAL|BROWSER|GIT_PAGER|GIT_EDITOR|MANPAGER|GIT_SSH_COMMAND|GIT_SSH|ENV|RUBYOPT|GIT_ASKPASS)\+?=/;
const BRINGS_CODE = /--(?:require|import|loader|experimental-loader)\b|-javaagent|-agentpath|ProxyCommand|[;|&`]|\$\(|\bsh\b|\/tmp\/|^\s*-r\s/;
const GUARDS = /(?:auditd|rsyslog|syslog|firewalld|ufw|iptables|nftables|apparmor|fail2ban|falcon|clamav|crowdstrike|osquery|wazuh|windefend|mpssvc|eventlog|sysmon)/i;

/** Commands that stay: start-up files, scheduled jobs, accounts; and commands that hide what was done. */
export function judgePersistence(command: ShellCommand, report: Report): void {
  const { name } = command;
  const tell = (rule: string, detail: string): void => report.add(rule, command.start, command.end, detail);
  const texts = textsOf(command);
  const targets = texts.filter((text) => !text.startsWith("-"));
  for (const { text } of command.assignments) {
    const value = LOADERS.exec(text)?.[1];
    if (value !== undefined && value !== "" && (!ORDINARY.test(text) || BRINGS_CODE.test(value))) tell("shell.preload", quote(text));
  }
  const written = [...command.redirects.filter((redirect) => redirect.text.includes(">")).map(({ target }) => target?.text ?? ""), ...writtenBy(command, targets)];
  for (const file of written) {
    if (START_FILES.test(file)) tell("shell.persistence", `writes ${quote(file)}`);
    else if (SHELL_FILES.test(file)) tell("shell.startup_file", `writes ${quote(file)}`);
  }
  switch (name) {
    case "crontab": if (!hasOption(command, "l") && (texts.length > 0 || command.before.startsWith("|"))) tell("shell.persistence", "sets scheduled jobs");
      return;
    case "at": case "batch": if (command.before.startsWith("|") || hasOption(command, "f")) tell("shell.persistence", "schedules a job");
      return;
    case "schtasks": if (/\/create/i.test(texts.join(" "))) tell("shell.persistence", "schedules a job");
      return;
    case "reg": if (/^(?:add|import|delete)$/i.test(targets[0] ?? "") && /\\?(?:run(?:once)?|winlogon|services|policies|image file execution options|terminal server|lsa|defender)\b/i.test(command.args.map(({ raw }) => raw).join(" "))) tell("shell.persistence", "registry key that starts or opens something");
      return;
    case "sc": case "new-service": if (/^(?:create|config)$/i.test(targets[0] ?? "") || name === "new-service") tell("shell.persistence", "makes a service");
      return;
    case "launchctl": if (/^(?:load|bootstrap|submit)$/.test(targets[0] ?? "")) tell("shell.persistence", "makes a service");
      return;
    case "useradd": case "adduser": case "usermod": case "passwd": case "chpasswd": case "gpasswd": case "visudo": case "new-localuser": tell("shell.account", name);
      return;
    case "net": case "net1": if (/^(?:user|localgroup|group)$/i.test(targets[0] ?? "") && texts.some((text) => /^\/(?:add|active|delete)/i.test(text))) tell("shell.account", "changes accounts");
      return;
    default: judgeTracks(command, targets, tell);
  }
}

/** Files that a command writes by its arguments: all of `tee`, the last of a copy. */
function writtenBy(command: ShellCommand, targets: readonly string[]): readonly string[] {
  if (command.name === "tee" || (command.name === "sed" && hasOption(command, "i", "in-place"))) return targets;
  return /^(?:cp|mv|install|ln|curl|wget|dd)$/.test(command.name) ? targets.slice(-1) : [];
}

function judgeTracks(command: ShellCommand, targets: readonly string[], tell: (rule: string, detail: string) => void): void {
  const { name } = command;
  const all = textsOf(command).join(" ");
  const history = command.assignments.some(({ text }) => /^HIST(?:FILE|SIZE|FILESIZE)=(?:$|0$|\/dev\/null)/.test(text)) || (name === "unset" && /\bHISTFILE\b/.test(all)) || (name === "set" && /\+o\s+history/.test(all));
  const guard = (name === "systemctl" || name === "service" || name === "sc" || name === "net" || name === "rc-service") && /\b(?:stop|disable|mask|kill|delete)\b/i.test(all) && GUARDS.test(all);
  const firewall = name === "netsh" && /firewall/i.test(all) && /\b(?:disable|off|add)\b/i.test(all) || name === "ufw" && /disable|reset/.test(all) || /^ip6?tables$/.test(name) && hasOption(command, "FX") || name === "setenforce" && /^(?:0|permissive)$/i.test(targets[0] ?? "");
  const erased = /^(?:rm|shred|truncate|unlink|del|wevtutil|clear-eventlog|auditctl)$/.test(name) && (/_history\b|\/var\/log\b|\.lesshst|wtmp|utmp|lastlog/.test(all) || /^(?:wevtutil)$/.test(name) && /\bcl\b/.test(all) || name === "clear-eventlog" || name === "auditctl" && /-e\s*0|-D\b/.test(all));
  const emptied = command.redirects.some(({ text, target }) => text === ">" && /(?:_history|^\/var\/log\/.*)$/.test(target?.text ?? ""));
  if (history || (name === "history" && hasOption(command, "cdw"))) tell("shell.hide_tracks", "turns off or clears the history");
  else if (guard || firewall) tell("shell.hide_tracks", "turns off a guard");
  else if (erased || emptied) tell("shell.hide_tracks", "erases logs");
}
