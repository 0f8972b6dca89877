import { quote, type Report } from "../report.ts";
import { hasOption, textsOf, type ShellCommand } from "./command.ts";

/** The registries that package managers use by themselves. */
const REGISTRIES = /^https:\/\/(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|files\.pythonhosted\.org|rubygems\.org|crates\.io|index\.crates\.io)(?:\/|$)/;
const REMOTE_PACKAGE = /^(?:https?:\/\/|git\+|git:\/\/|github:|gitlab:|bitbucket:|ssh:\/\/|file:\/\/)/i;

/** Containers, clouds and package managers: doors to another machine, to credentials or to foreign code. */
export function judgePlatform(command: ShellCommand, report: Report): void {
  const tell = (rule: string, detail: string): void => report.add(rule, command.start, command.end, detail);
  const texts = textsOf(command);
  switch (command.name) {
    case "docker": case "podman": case "nerdctl": case "ctr": case "lxc": return judgeContainer(command, texts, tell);
    case "nsenter": case "unshare": if (command.name === "nsenter" && (hasOption(command, "ta", "target", "all") || texts.includes("1"))) tell("shell.container_escape", "enters the namespaces of another process");
      return;
    case "chroot": if (/^\/(?:host|mnt|proc\/1\/root|rootfs)/.test(texts[0] ?? "")) tell("shell.container_escape", `chroot to ${quote(texts[0] ?? "")}`);
      return;
    case "kubectl": case "oc":
      if (/^(?:secrets?)(?:\/|$)/.test(texts.find((_, index) => /^(?:get|describe|edit)$/.test(texts[index - 1] ?? "")) ?? "")) tell("shell.cloud_secrets", "reads cluster secrets");
      else if (texts[0] === "delete" && texts.some((text) => /^(?:namespaces?|ns|nodes?|--all)$/.test(text))) tell("shell.wide_delete", "deletes much of a cluster");
      return;
    case "aws": case "gcloud": case "az": case "gsutil": case "vault": case "terraform": return judgeCloud(command.name, texts, tell);
    case "npm": case "pnpm": case "yarn": case "bun": case "pip": case "pip3": case "pipx": case "gem": case "go": case "cargo": return judgeInstall(texts, tell);
    case "npx": case "bunx": case "uvx": case "pnpx": if (texts.some((text) => text === "-y" || text === "--yes") || command.name !== "npx") tell("shell.remote_package", "runs a package that may not be installed");
      return;
    case "git": if (texts[0] === "push" && texts.some((text) => /^(?:https?|ssh|git):\/\/|^[\w.-]{1,64}@[\w.-]{1,128}:/.test(text))) tell("shell.foreign_remote", "pushes to an address instead of a known remote");
      return;
    case "su": case "doas": tell("shell.privilege", command.name);
      return;
    default:
  }
  if (command.wrappers.includes("sudo") || command.wrappers.includes("doas") || command.name === "sudo") tell("shell.privilege", "runs with the rights of another user");
}

type Tell = (rule: string, detail: string) => void;

function judgeContainer(command: ShellCommand, texts: readonly string[], tell: Tell): void {
  const mounts = texts.flatMap((text, index) => (/^(?:-v|--volume|--mount)$/.test(text) ? [texts[index + 1] ?? ""] : /^(?:-v|--volume=|--mount=)./.test(text) ? [text.replace(/^(?:-v|--volume=|--mount=)/, "")] : []));
  if (hasOption(command, "", "privileged")) tell("shell.container_escape", "a privileged container");
  else if (texts.some((text, index) => /^--(?:pid|net|network|ipc|userns|uts)=host$/.test(text) || (text === "host" && /^--(?:pid|ipc|userns)$/.test(texts[index - 1] ?? "")))) tell("shell.container_escape", "shares namespaces with the host");
  else if (mounts.some((mount) => /^(?:\/|\/etc|\/root|\/var\/run\/docker\.sock|\/proc|\/sys|\/dev):/.test(mount) || /(?:source|src)=(?:\/|\/etc|\/root|\/var\/run\/docker\.sock),/.test(mount))) tell("shell.container_escape", "mounts the host");
  else if (texts.some((text, index) => /^--cap-add(?:=(?:ALL|SYS_ADMIN|SYS_MODULE))?$/i.test(text) && /\ball\b|sys_(?:admin|module)/i.test(text + (texts[index + 1] ?? "")))) tell("shell.container_escape", "adds capabilities");
  else if (texts[0] === "system" && texts[1] === "prune" && hasOption(command, "a", "all", "volumes")) tell("shell.wide_delete", "removes images and volumes");
}

function judgeCloud(name: string, texts: readonly string[], tell: Tell): void {
  const line = texts.slice(0, 12).join(" ").slice(0, 512);
  if (name === "aws" && /^s3 (?:sync|cp|mv)/.test(line) && texts.filter((text) => text.startsWith("s3://")).length > 1) tell("shell.cloud_copy", "copies between buckets");
  else if (/^iam (?:create-access-key|create-user|attach-user-policy|put-user-policy|create-login-profile|update-assume-role-policy|add-user-to-group)|^(?:iam service-accounts keys create|projects add-iam-policy-binding)|^(?:ad|role assignment) .{0,64}create/.test(line)) tell("shell.cloud_account", "changes who may do what");
  else if (/^(?:secretsmanager get-secret-value|ssm get-parameters?|sts get-session-token|kms decrypt|configure get|auth print-access-token|secrets versions access|keyvault secret show|account get-access-token|kv get|read )/.test(line)) tell("shell.cloud_secrets", "reads credentials");
  else if (/^(?:s3 (?:rb|rm) .{0,256}(?:--force|--recursive)|rm -r|destroy|ec2 terminate-instances|rds delete-db|group delete|projects delete)/.test(line)) tell("shell.wide_delete", "deletes cloud resources");
}

function judgeInstall(texts: readonly string[], tell: Tell): void {
  const named = texts.find((text, index) => /^--(?:registry|index-url|extra-index-url|source)$|^-i$/.test(texts[index - 1] ?? "") && /^https?:/.test(text)) ?? texts.find((text) => /^--(?:registry|index-url|extra-index-url|source)=/.test(text))?.replace(/^[^=]{1,32}=/, "");
  if (named !== undefined && !REGISTRIES.test(named)) tell("shell.foreign_registry", quote(named));
  else if (/^(?:i|install|add|get)$/.test(texts[0] ?? "") && texts.some((text) => REMOTE_PACKAGE.test(text))) tell("shell.remote_package", "a package from an address");
}
