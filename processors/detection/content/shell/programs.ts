import { words } from "../words.ts";

/** Programs that run what they read, or what stands behind `-c`. */
export const SHELLS: ReadonlySet<string> = words(`
  sh bash dash zsh ksh mksh ash fish csh tcsh rbash pwsh powershell cmd
`);
/** Language interpreters, and the options behind which they take code. */
export const INTERPRETERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["python", ["-c"]], ["pypy", ["-c"]], ["perl", ["-e", "-E", "-ne", "-pe", "-le", "-lne"]], ["ruby", ["-e"]],
  ["node", ["-e", "--eval", "-p", "--print", "-pe"]], ["nodejs", ["-e", "-p"]], ["deno", ["eval"]], ["bun", ["-e", "--eval"]],
  ["php", ["-r", "-B", "-R"]], ["lua", ["-e"]], ["rscript", ["-e"]],
  ["osascript", ["-e"]], ["tclsh", []], ["groovy", ["-e"]], ["scala", ["-e"]], ["jrunscript", ["-e"]], ["gdb", ["-ex"]],
]);
export const DOWNLOADERS: ReadonlySet<string> = words(`
  curl wget fetch aria2c lwp-request lwp-download http https httpie axel iwr irm invoke-webrequest invoke-restmethod certutil bitsadmin lynx
  w3m links get ftp tftp
`);
/** Programs that send what they read, or what they are told to, to another machine. */
export const SENDERS: ReadonlySet<string> = words(`
  curl wget nc ncat netcat socat telnet ssh ftp tftp mail mailx sendmail openssl http https httpie rsync scp sftp rclone iwr irm
  invoke-webrequest invoke-restmethod
`);
export const RESOLVERS: ReadonlySet<string> = new Set(["dig", "nslookup", "host", "drill", "ping", "resolvectl", "getent"]);
/** Programs that are a bare connection. */
export const CONNECTORS: ReadonlySet<string> = words("nc ncat netcat socat telnet");
/** Programs that hand the content of a file on; settings files are told of only with these. */
export const READERS: ReadonlySet<string> = words(`
  cat tac less more head tail nl od hexdump xxd strings base64 base32 grep egrep fgrep rg ag awk gawk sed cut sort uniq tar zip 7z gzip cp
  scp rsync curl wget nc openssl type get-content gc dd paste fold diff vim vi nano source . xargs tee mv ln bat jq
`);
/** Programs that only name a file, set its rights, or take it as their own credential. */
export const NAMES_ONLY: ReadonlySet<string> = words(`
  ls dir stat file test [ [[ chmod chown chgrp chattr touch mkdir rmdir realpath dirname basename readlink which echo printf ssh ssh-add
  ssh-keygen ssh-agent ssh-copy-id git docker kubectl helm npm pnpm yarn gh aws gcloud cd pushd export unset alias man visudo getent shred
  rm del
`);
/** Commands that show who and where one is: the first thing an injected command tries, and nothing that a value contains. */
export const RECON: ReadonlySet<string> = words(`
  whoami id uname hostname ifconfig ipconfig netstat systeminfo sysinfo who last ps tasklist route arp net env printenv pwd ls dir cat type
  ver set ip lsb_release groups wmic nltest qwinsta getcap lsof ss df mount phpinfo
`);
/** Other commands that injected text typically begins with. */
const COMMON: ReadonlySet<string> = words(`
  sleep ping curl wget nc ncat netcat nslookup dig host echo printf touch rm cp mv chmod chown find grep awk sed head tail more less tac nl
  od xxd base64 tar sh bash dash zsh ksh python python2 python3 perl ruby php node lua telnet ssh scp ftp tftp socat sudo su kill pkill
  killall shutdown reboot crontab at useradd adduser usermod passwd mkfs dd mkfifo nohup eval exec xargs tee export which whereis locate
  date time sysctl systemctl service docker kubectl git npm npx pnpm yarn tsc bun deno cargo mkdir pip apt apt-get yum apk openssl gcc make
  screen vim vi nano ed powershell pwsh cmd reg sc schtasks certutil bitsadmin rundll32 regsvr32 mshta cscript wscript netsh del rd rmdir
  format copy xcopy move attrib icacls takeown invoke-expression iex iwr invoke-webrequest start osascript open launchctl defaults
`);

/** Commands whose names are also everyday words: without an argument they count only where nothing else stands. */
export const EVERYDAY: ReadonlySet<string> = words(`
  id who last type set net time date find cat more less head tail sort dir host route kill copy move format start at print printf echo touch
  service sleep which locate mount groups env ip ss df ps ls ver del nl od cut sc exec export arp get passwd reboot shutdown hostname ping
  go
`);
/** A command that injected text begins with. */
export function isListed(name: string): boolean {
  return RECON.has(name) || COMMON.has(name);
}

/** A program that one of the tables names. */
export function isKnown(name: string): boolean {
  return isListed(name) || READERS.has(name) || SHELLS.has(name) || DOWNLOADERS.has(name) || SENDERS.has(name);
}
