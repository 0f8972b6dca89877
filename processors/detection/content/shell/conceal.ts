import { quote, type Report } from "../report.ts";
import { words } from "../words.ts";
import { hasOption, targetsOf, textsOf, type ShellCommand } from "./command.ts";

/** Variables that make the next program load or run what they name (CWE-426, CWE-427). */
const LOADERS: ReadonlySet<string> = words(`
  LD_PRELOAD LD_AUDIT DYLD_INSERT_LIBRARIES BASH_ENV PROMPT_COMMAND PYTHONSTARTUP PYTHONINSPECT PERL5OPT PERL5DB GIT_EXTERNAL_DIFF
  GIT_PROXY_COMMAND LESSOPEN
`);
/** The same, where an ordinary value is common: they count when they bring code of their own. */
const OFTEN_ORDINARY: ReadonlySet<string> = words(`
  ENV NODE_OPTIONS JAVA_TOOL_OPTIONS _JAVA_OPTIONS RUBYOPT GIT_SSH GIT_SSH_COMMAND GIT_PAGER GIT_EDITOR GIT_ASKPASS MANPAGER PAGER EDITOR
  VISUAL BROWSER
`);
const BRINGS_CODE = /--(?:require|import|loader|experimental-loader)\b|-javaagent|-agentpath|ProxyCommand|[;|&`]|\$\(|\bsh\b|\/tmp\/|^\s?-r\s/;
const GUARDS = /auditd|rsyslog|syslog|firewalld|ufw|iptables|nftables|apparmor|fail2ban|falcon|clamav|crowdstrike|osquery|wazuh|windefend|mpssvc|eventlog|sysmon/i;
const SERVICE_TOOLS: ReadonlySet<string> = words("systemctl service sc net rc-service");
const ERASERS: ReadonlySet<string> = words("rm shred truncate unlink del");
/** Programs of which one looks at the arguments. */
const ACTING: ReadonlySet<string> = new Set([...SERVICE_TOOLS, ...ERASERS, ...words("history unset set netsh ufw setenforce iptables ip6tables wevtutil auditctl clear-eventlog")]);
const TRACES = /_history\b|\/var\/log\b|\.lesshst|wtmp|utmp|lastlog/;

/** Commands that load code behind somebody's back, turn off guards, or erase what was done. */
export function judgeConcealment(command: ShellCommand, report: Report): void {
  const tell = (rule: string, detail: string): void => report.add(rule, command.start, command.end, detail);
  for (const { text } of command.assignments) if (preloads(text)) tell("shell.preload", quote(text));
  if (command.assignments.length === 0 && command.redirects.length === 0 && !ACTING.has(command.name)) return;
  const all = textsOf(command).join(" ");
  if (clearsHistory(command, all)) tell("shell.hide_tracks", "turns off or clears the history");
  else if (stopsGuard(command, all)) tell("shell.hide_tracks", "turns off a guard");
  else if (erasesLogs(command, all)) tell("shell.hide_tracks", "erases logs");
}

function preloads(assignment: string): boolean {
  const equals = assignment.indexOf("=");
  const name = assignment.slice(0, equals).replace("+", "");
  const value = assignment.slice(equals + 1);
  return value !== "" && (LOADERS.has(name) || (OFTEN_ORDINARY.has(name) && BRINGS_CODE.test(value)));
}

function clearsHistory(command: ShellCommand, all: string): boolean {
  const { name, assignments } = command;
  if (assignments.some(({ text }) => /^HIST(?:FILE|SIZE|FILESIZE)=(?:$|0$|\/dev\/null)/.test(text))) return true;
  return (name === "history" && hasOption(command, "cdw")) || (name === "unset" && /\bHISTFILE\b/.test(all)) || (name === "set" && /\+o history/.test(all));
}

function stopsGuard(command: ShellCommand, all: string): boolean {
  const { name } = command;
  if (SERVICE_TOOLS.has(name)) return /\b(?:stop|disable|mask|kill|delete)\b/i.test(all) && GUARDS.test(all);
  if (name === "netsh") return /firewall/i.test(all) && /\b(?:disable|off|add)\b/i.test(all);
  if (name === "ufw") return /disable|reset/.test(all);
  if (name === "setenforce") return /^(?:0|permissive)$/i.test(targetsOf(command)[0] ?? "");
  return /^ip6?tables$/.test(name) && hasOption(command, "FX");
}

function erasesLogs(command: ShellCommand, all: string): boolean {
  const { name, redirects } = command;
  if (redirects.some(({ text, target }) => text === ">" && /_history$|^\/var\/log\//.test(target?.text ?? ""))) return true;
  if (name === "wevtutil") return /\bcl\b/.test(all);
  if (name === "auditctl") return /-e ?0|-D\b/.test(all);
  return name === "clear-eventlog" || (ERASERS.has(name) && TRACES.test(all));
}
