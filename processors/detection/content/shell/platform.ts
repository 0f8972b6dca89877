import { quote, type Report } from "../report.ts";
import { words } from "../words.ts";
import { hasOption, textsOf, type ShellCommand } from "./command.ts";

/** The registries that package managers use by themselves. */
const REGISTRIES = /^https:\/\/(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|files\.pythonhosted\.org|rubygems\.org|crates\.io|index\.crates\.io)(?:\/|$)/;
const REGISTRY_OPTION = /^--(?:registry|index-url|extra-index-url|source)$|^-i$/;
const REMOTE_PACKAGE = /^(?:https?:\/\/|git\+|git:\/\/|github:|gitlab:|bitbucket:|ssh:\/\/|file:\/\/)/i;
const ADDRESS = /^(?:https?|ssh|git):\/\/|^[\w.-]{1,64}@[\w.-]{1,128}:/;
const HOST_NAMESPACE = /^--(?:pid|net|network|ipc|userns|uts)=host$/;
const HOST_MOUNT = /^(?:\/|\/etc|\/root|\/var\/run\/docker\.sock|\/proc|\/sys|\/dev):|(?:source|src)=(?:\/|\/etc|\/root|\/var\/run\/docker\.sock),/;
const MIGHTY = /^(?:ALL|(?:CAP_)?SYS_(?:ADMIN|MODULE))$/i;

/** Beginnings of command lines that change who may do what in a cloud, read its credentials, or delete much of it. */
const CLOUD: readonly (readonly [rule: string, lines: readonly string[], detail: string])[] = [
  ["shell.cloud_account", [
    "iam create-access-key", "iam create-user", "iam attach-user-policy", "iam put-user-policy", "iam create-login-profile",
    "iam update-assume-role-policy", "iam add-user-to-group", "iam service-accounts keys create", "projects add-iam-policy-binding", "role assignment create", "ad sp create",
  ], "changes who may do what"],
  ["shell.cloud_secrets", [
    "secretsmanager get-secret-value", "ssm get-parameter", "sts get-session-token", "kms decrypt", "configure get", "auth print-access-token", "secrets versions access",
    "keyvault secret show", "account get-access-token", "kv get", "read ",
  ], "reads credentials"],
  ["shell.wide_delete", [
    "s3 rb --force", "s3 rm --recursive", "rm -r", "destroy", "ec2 terminate-instances", "rds delete-db", "group delete", "projects delete",
  ], "deletes cloud resources"],
];

type Judge = (command: ShellCommand, texts: readonly string[], tell: (rule: string, detail: string) => void) => void;

const JUDGES: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ...[...words("docker podman nerdctl ctr lxc")].map((name): [string, Judge] => [name, judgeContainer]),
  ...[...words("aws gcloud az gsutil vault terraform")].map((name): [string, Judge] => [name, judgeCloud]),
  ...[...words("npm pnpm yarn bun pip pip3 pipx gem go cargo")].map((name): [string, Judge] => [name, judgeInstall]),
  ...[...words("npx bunx uvx pnpx")].map((name): [string, Judge] => [name, judgeRunner]),
  ...[...words("kubectl oc")].map((name): [string, Judge] => [name, judgeCluster]),
  ["nsenter", (command, texts, tell) => {
    if (hasOption(command, "ta", "target", "all") || texts.includes("1")) tell("shell.container_escape", "enters the namespaces of another process");
  }],
  ["chroot", (_, [root = ""], tell) => {
    if (/^\/(?:host|mnt|proc\/1\/root|rootfs)/.test(root)) tell("shell.container_escape", `chroot to ${quote(root)}`);
  }],
  ["git", (_, texts, tell) => {
    if (texts[0] === "push" && texts.some((text) => ADDRESS.test(text))) tell("shell.foreign_remote", "pushes to an address instead of a known remote");
  }],
]);

/** Containers, clouds and package managers: doors to another machine, to credentials or to foreign code. */
export function judgePlatform(command: ShellCommand, report: Report): void {
  const tell = (rule: string, detail: string): void => report.add(rule, command.start, command.end, detail);
  JUDGES.get(command.name)?.(command, textsOf(command), tell);
  const raised = /^(?:su|sudo|doas)$/.test(command.name) || command.wrappers.some((wrapper) => wrapper === "sudo" || wrapper === "doas");
  if (raised) tell("shell.privilege", "runs with the rights of another user");
}

function judgeContainer(command: ShellCommand, texts: readonly string[], tell: Parameters<Judge>[2]): void {
  const escape = (detail: string): void => tell("shell.container_escape", detail);
  if (hasOption(command, "", "privileged")) escape("a privileged container");
  else if (texts.some((text) => HOST_NAMESPACE.test(text)) || valuesOf(texts, /^--(?:pid|ipc|userns)$/).includes("host")) escape("shares namespaces with the host");
  else if (valuesOf(texts, /^(?:-v|--volume|--mount)$/).some((mount) => HOST_MOUNT.test(mount))) escape("mounts the host");
  else if (valuesOf(texts, /^--cap-add$/).some((capability) => MIGHTY.test(capability))) escape("adds capabilities");
  else if (texts[0] === "system" && texts[1] === "prune" && hasOption(command, "a", "all", "volumes")) tell("shell.wide_delete", "removes images and volumes");
}

/** What is given to an option: `--x=value`, `--x value`, `-vvalue`. */
function valuesOf(texts: readonly string[], option: RegExp): readonly string[] {
  return texts.flatMap((text, index) => {
    const equals = text.startsWith("--") ? text.indexOf("=") : -1;
    if (option.test(texts[index - 1] ?? "")) return [text];
    if (equals > 0 && option.test(text.slice(0, equals))) return [text.slice(equals + 1)];
    return text.length > 2 && !text.startsWith("--") && option.test(text.slice(0, 2)) ? [text.slice(2)] : [];
  });
}

function judgeCloud(command: ShellCommand, texts: readonly string[], tell: Parameters<Judge>[2]): void {
  const copies = command.name === "aws" && /^(?:sync|cp|mv)$/.test(texts[1] ?? "");
  if (copies && texts.filter((text) => text.startsWith("s3://")).length > 1) tell("shell.cloud_copy", "copies between buckets");
  // Options may stand anywhere: the verbs are looked for without them, then a word of the line may be an option.
  const verbs = `${texts.filter((text) => !text.startsWith("-")).join(" ").slice(0, 256)} `;
  for (const [rule, lines, detail] of CLOUD) {
    const found = lines.some((line) => {
      const [plain, option] = line.split(" --");
      return verbs.startsWith(plain as string) && (option === undefined || texts.includes(`--${option}`));
    });
    if (found) return tell(rule, detail);
  }
}

function judgeCluster(_: ShellCommand, texts: readonly string[], tell: Parameters<Judge>[2]): void {
  const verb = texts.findIndex((text) => /^(?:get|describe|edit)$/.test(text));
  if (verb >= 0 && /^secrets?(?:\/|$)/.test(texts[verb + 1] ?? "")) tell("shell.cloud_secrets", "reads cluster secrets");
  else if (texts[0] === "delete" && texts.some((text) => /^(?:namespaces?|ns|nodes?|--all)$/.test(text))) tell("shell.wide_delete", "deletes much of a cluster");
}

function judgeInstall(_: ShellCommand, texts: readonly string[], tell: Parameters<Judge>[2]): void {
  const [verb = ""] = texts;
  const named = valuesOf(texts, REGISTRY_OPTION).find((text) => /^https?:/.test(text));
  if (named !== undefined && !REGISTRIES.test(named)) tell("shell.foreign_registry", quote(named));
  else if (/^(?:i|install|add|get)$/.test(verb) && texts.some((text) => REMOTE_PACKAGE.test(text))) tell("shell.remote_package", "a package from an address");
}

function judgeRunner({ name }: ShellCommand, texts: readonly string[], tell: Parameters<Judge>[2]): void {
  if (name !== "npx" || texts.includes("-y") || texts.includes("--yes")) tell("shell.remote_package", "runs a package that may not be installed");
}
