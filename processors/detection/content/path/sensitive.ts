import { words } from "../words.ts";

/** How bad it is that somebody asks for a file. */
export type Sensitivity = "secret" | "system" | "settings";

/**
 * Files that hold credentials or accounts, whose reading or writing is the aim of most attacks on a file tool.
 * By full path below the root, in lower case; `*` stands for one segment.
 */
const SECRET_PATHS = [...words(`
  /etc/passwd /etc/shadow /etc/gshadow /etc/master.passwd /etc/security/passwd /etc/sudoers /etc/sudoers.d /etc/krb5.keytab /etc/hosts.equiv
  /etc/ssl/private /etc/ipsec.secrets /etc/ppp/chap-secrets /etc/kubernetes/admin.conf /etc/ssh/ssh_host_rsa_key
  /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ecdsa_key /proc/*/environ /proc/*/mem /proc/*/root /proc/kcore /proc/sysrq-trigger
  /dev/tcp /dev/udp /dev/mem /dev/kmem /var/run/docker.sock /run/docker.sock /run/containerd/containerd.sock /var/run/crio/crio.sock
  /run/podman/podman.sock /var/run/secrets/kubernetes.io /run/secrets /var/lib/kubelet /var/backups/shadow.bak /var/backups/passwd.bak
  /windows/system32/config/sam /windows/system32/config/system /windows/system32/config/security /windows/repair/sam /windows/repair/system
  /winnt/repair/sam /winnt/repair/system /winnt/system32/config/sam /windows/ntds/ntds.dit /windows/system32/drivers/etc/hosts
  /windows/win.ini /winnt/win.ini /boot.ini /windows/panther/unattend.xml /windows/system32/inetsrv/metabase.xml /inetpub/wwwroot/global.asa
  /winnt/system32/cmd.exe
`)];

/** The same wherever the file lies: last segments, joined by `/`. A name that ends in `*` is a prefix. */
const SECRET_TAILS = [
  ".ssh/id_*", ".ssh/authorized_keys", ".ssh/identity", ".aws/credentials", ".azure/accesstokens.json", ".azure/msal_token_cache.json",
  ".config/gcloud/*", ".kube/config", ".docker/config.json", ".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".my.cnf", ".git-credentials",
  ".config/gh/hosts.yml", ".vault-token", ".gnupg/*", ".password-store/*", ".terraform.d/credentials.tfrc.json", ".cargo/credentials",
  ".cargo/credentials.toml", ".gem/credentials", ".m2/settings-security.xml", ".bash_history", ".zsh_history", ".python_history", ".mysql_history",
  ".psql_history", ".htpasswd", ".rhosts", ".shosts", ".xauthority", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "login data", "key4.db",
  "logins.json", "wallet.dat", ".git/hooks/*", "unattend.xml", "sam.bak", ".passwd", "global.asa",
];

/** Files that often hold settings with secrets; reading them can be a developer's everyday work. */
const SETTINGS_TAILS = [...words(`
  .ssh .aws .gnupg .kube .azure .password-store .config/gcloud .env .env.* .git/config .htaccess web.config wp-config.php config.inc.php
  config.php config.asp database.yml secrets.yml secrets.json credentials.json terraform.tfstate .bashrc .profile .bash_profile .zshrc
  .ssh/config .ssh/known_hosts .aws/config .forward .logout php.ini my.cnf httpd.conf
`)];

/** Folders of the operating system; an agent that works in a project has little business there. */
const SYSTEM_ROOTS = [...words(`
  /etc /root /proc /sys /boot /dev /var/log /var/run /run /var/adm /var/spool /var/lib /var/mail /private/etc /usr/local/etc /windows /winnt
  /library/preferences /system/library /var/cpanel /opt/lampp /opt/xampp /usr/local/apache /usr/local/apache2 /var/apache /var/apache2
`)];
/** What of them everybody uses. */
const HARMLESS: ReadonlySet<string> = words(`
  /dev/null /dev/stdin /dev/stdout /dev/stderr /dev/zero /dev/random /dev/urandom /dev/tty /dev/fd /etc/os-release
`);

/** A public key or a template of a settings file is none. */
const HARMLESS_ENDINGS = [".pub", ".example", ".sample", ".template", ".dist", ".md"];
/** Segments from the end in which a known name is looked for. */
const MAX_SEGMENTS = 16;

const SECRET_HEADS = byHead(SECRET_PATHS);
const TAILS = new Map<string, readonly (readonly [segments: readonly string[], is: Sensitivity])[]>();
for (const [tails, is] of [[SECRET_TAILS, "secret"], [SETTINGS_TAILS, "settings"]] as const) {
  for (const tail of tails) {
    const segments = tail.split("/");
    const key = keyOf(segments);
    TAILS.set(key, [...(TAILS.get(key) ?? []), [segments, is]]);
  }
}

/**
 * Whether a path names a sensitive file or folder.
 *
 * @param path canonical: slashes only, no `.` or `..`, drive letter taken off; a leading slash where it is absolute, `~` kept
 */
export function sensitivityOf(path: string): Sensitivity | undefined {
  // Most words of a command or a program are one segment without anything to take apart.
  if (!path.includes("/") && !path.includes(".")) return path === "" ? undefined : tailOf([path.toLowerCase()]);
  const segments = path.toLowerCase().split("/").filter((segment) => segment !== "");
  const absolute = path.startsWith("/");
  if (absolute && matchesHead(segments)) return "secret";
  if (HARMLESS_ENDINGS.some((ending) => path.endsWith(ending))) return undefined;
  const named = tailOf(segments);
  if (named) return named;
  const whole = `/${segments.join("/")}`;
  if (!absolute || HARMLESS.has(whole)) return undefined;
  return SYSTEM_ROOTS.some((root) => whole === root || whole.startsWith(`${root}/`)) ? "system" : undefined;
}

function tailOf(segments: readonly string[]): Sensitivity | undefined {
  let found: Sensitivity | undefined;
  for (let first = Math.max(0, segments.length - MAX_SEGMENTS); first < segments.length; first++) {
    for (const key of [segments[first] as string, "*"]) {
      for (const [tail, is] of TAILS.get(key) ?? []) {
        if (!matchesTail(segments, tail, first)) continue;
        if (is === "secret") return is;
        found = is;
      }
    }
  }
  return found;
}

function byHead(paths: readonly string[]): ReadonlyMap<string, readonly (readonly string[])[]> {
  return Map.groupBy(paths.map((path) => path.split("/").slice(1)), (segments) => segments[0] as string);
}

function matchesHead(segments: readonly string[]): boolean {
  const known = SECRET_HEADS.get(segments[0] ?? "") ?? [];
  return known.some((wanted) => wanted.every((segment, index) => segment === segments[index] || (segment === "*" && segments[index] !== undefined)));
}

/** The first segment that is no wildcard: where the search begins. */
function keyOf(segments: readonly string[]): string {
  return (segments[0] as string).endsWith("*") ? "*" : segments[0] as string;
}

/** Whether the segments from `first` are the tail; a folder tail (`.gnupg/*`) holds for all below it. */
function matchesTail(segments: readonly string[], tail: readonly string[], first: number): boolean {
  if (tail.at(-1) !== "*" && first + tail.length !== segments.length) return false;
  return tail.every((wanted, index) => {
    const segment = segments[first + index];
    return segment !== undefined && (wanted.endsWith("*") ? segment.startsWith(wanted.slice(0, -1)) : segment === wanted);
  });
}
