import { quote, type Report } from "../report.ts";
import { words } from "../words.ts";
import { hasOption, targetsOf, textsOf, type ShellCommand } from "./command.ts";

/** Files that run, or let somebody in, at a later time. */
const START_FILES = new RegExp(`(?:^|/)(?:${[
  "\\.ssh/authorized_keys2?", "etc/sudoers(?:\\.d/[^/]+)?", "etc/crontab", "etc/cron\\.[a-z]+/[^/]+", "etc/rc\\.local", "etc/profile\\.d/[^/]+",
  "etc/ld\\.so\\.preload", "etc/passwd", "etc/shadow", "etc/init\\.d/[^/]+", "etc/systemd/system/[^/]+", "etc/pam\\.d/[^/]+", "etc/hosts\\.allow", "var/spool/cron/(?:crontabs/)?[^/]+",
  "\\.config/autostart/[^/]+", "\\.config/systemd/user/[^/]+", "\\.git/hooks/[a-z-]+", "library/launch(?:agents|daemons)/[^/]+",
].join("|")})$`, "i");
/** Start-up files of a person's shell: set up by many installers, and read at each login. */
const SHELL_FILES = /(?:^|\/)(?:\.(?:bashrc|bash_\w{5,7}|profile|zshrc|zprofile|zshenv|config\/fish\/config\.fish)|etc\/(?:profile|bash\.bashrc))$/i;
/** Commands that write the last of their arguments. */
const COPIERS: ReadonlySet<string> = words("cp mv install ln curl wget dd");
const ACCOUNT_TOOLS: ReadonlySet<string> = words("useradd adduser usermod passwd chpasswd gpasswd visudo new-localuser");
/** Registry keys that start a program or open a door. */
const REGISTRY = /\\?(?:run(?:once)?|winlogon|services|policies|image file execution options|terminal server|lsa|defender)\b/i;

type Tell = (rule: string, detail: string) => void;
type Judge = (command: ShellCommand, targets: readonly string[]) => string | undefined;

/** Commands that make something run later; what they say where they do. */
const SCHEDULERS: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ["crontab", (command) => (!hasOption(command, "l") && (command.args.length > 0 || command.before.startsWith("|")) ? "sets scheduled jobs" : undefined)],
  ["at", (command) => (command.before.startsWith("|") || hasOption(command, "f") ? "schedules a job" : undefined)],
  ["batch", (command) => (command.before.startsWith("|") ? "schedules a job" : undefined)],
  ["schtasks", (command) => (/\/create/i.test(textsOf(command).join(" ")) ? "schedules a job" : undefined)],
  ["reg", ({ args }, [verb = ""]) => {
    const changes = /^(?:add|import|delete)$/i.test(verb) && args.some(({ raw }) => REGISTRY.test(raw));
    return changes ? "a registry key that starts or opens something" : undefined;
  }],
  ["sc", (_, [verb = ""]) => (/^(?:create|config)$/i.test(verb) ? "makes a service" : undefined)],
  ["new-service", () => "makes a service"],
  ["launchctl", (_, [verb = ""]) => (/^(?:load|bootstrap|submit)$/.test(verb) ? "makes a service" : undefined)],
]);

/** All of them, and what else writes a file or changes accounts by its arguments. */
const ACTING: ReadonlySet<string> = new Set([...COPIERS, ...ACCOUNT_TOOLS, ...SCHEDULERS.keys(), "tee", "sed", "net", "net1"]);

/** Commands that stay: start-up files, scheduled jobs, services and accounts. */
export function judgePersistence(command: ShellCommand, report: Report): void {
  const tell: Tell = (rule, detail) => report.add(rule, command.start, command.end, detail);
  const { name, redirects } = command;
  if (redirects.length === 0 && !ACTING.has(name)) return;
  const targets = targetsOf(command);
  for (const file of writtenBy(command, targets)) {
    if (START_FILES.test(file)) tell("shell.persistence", `writes ${quote(file)}`);
    else if (SHELL_FILES.test(file)) tell("shell.startup_file", `writes ${quote(file)}`);
  }
  const scheduled = SCHEDULERS.get(name)?.(command, targets);
  if (scheduled !== undefined) tell("shell.persistence", scheduled);
  if (ACCOUNT_TOOLS.has(name) || changesAccounts(command, targets)) tell("shell.account", name);
}

/** Files that a command writes: by redirection, all of `tee`, the last of a copy. */
function writtenBy(command: ShellCommand, targets: readonly string[]): readonly string[] {
  const redirected = command.redirects.filter(({ text }) => text.includes(">")).map(({ target }) => target?.text ?? "");
  if (command.name === "tee" || (command.name === "sed" && hasOption(command, "i", "in-place"))) return [...redirected, ...targets];
  return COPIERS.has(command.name) ? [...redirected, ...targets.slice(-1)] : redirected;
}

/** `net user x /add`. */
function changesAccounts({ name }: ShellCommand, targets: readonly string[]): boolean {
  return (name === "net" || name === "net1") && /^(?:user|localgroup|group)$/i.test(targets[0] ?? "") && targets.some((text) => /^\/(?:add|active|delete)/i.test(text));
}
