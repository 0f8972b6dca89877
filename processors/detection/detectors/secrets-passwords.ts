import type { Detector } from "../detector.ts";
import { isPlaceholder } from "../secrets/placeholder.ts";

/** How the setting is called, at the end of whatever its name is: `DB_PASSWORD`, `userPwd`, `sshPassphrase1`. */
const NAME = "(?:passw(?:or)?d|passphrase|pwd|[_-]pass)\\d?";
const EQUALS = "\\\\?[\"'`]?\\]?[ \\t]{0,8}(?::=|=>|\\?=|=|:)[ \\t]{0,8}";
/** The same as a key of a value. */
const IN_KEY = /(?:passw(?:or)?d|passphrase|pwd|[_-]pass)\d?$/i;
const TRIGGERS: readonly string[] = ["(?i)passw(?:or)?d\\d?\\W", "(?i)passphrase\\d?\\W", "(?i)pwd\\d?\\W", "(?i)[_-]pass\\d?\\W"];

/** Passwords by the name of the setting, the variable or the option that they are given to. */
export const SECRETS_PASSWORDS: readonly Detector[] = [
  {
    id: "password_assignment",
    category: "secret",
    triggers: TRIGGERS,
    pattern: `(?i)${NAME}${EQUALS}\\\\?["'\`]([^"'\`\\n\\\\]{6,128})\\\\?["'\`]`,
    group: 1,
    validate: isPassword,
    score: 0.7,
    matches: ['password = "correct-horse-7"', '{"db_password": "S3cret!pass"}', "'passphrase' => 'Tr0ub4dor&3'", '{\\"password\\":\\"s3cr3t99\\"}'],
    misses: ['{"password": "Wachtwoord"}', 'password = "${DB_PASSWORD}"', '<input type="password" name="field1">', 'password: "your-password-1"', '{"password": "must be 8 characters"}'],
  },
  {
    id: "password_setting",
    category: "secret",
    triggers: TRIGGERS,
    pattern: `(?i)${NAME}${EQUALS}([^\\s"'\`<>(){}\\[\\],;&|\\\\]{6,128})(?:[\\s,;&|)\\]}"'<\\\\]|$)`,
    group: 1,
    validate: (value) => isPassword(value) && !isCode(value),
    score: 0.6,
    matches: ["PGPASSWORD=s3cr3t99 psql -h db", "password: hunter2abc", "user=a&pwd=s3cr3t99&x=1"],
    misses: ["password: string;", "password = config.password1", "PWD=/home/user1", "password: please enter", "pwd=$(pwd)", "password: process.env.PASSWORD1"],
  },
  {
    // An argument or field of its own: what stands under such a key is a password to its end, whatever is in it.
    id: "password_value",
    category: "secret",
    triggers: TRIGGERS,
    pattern: `(?i)\\A[\\w .-]{0,60}?${NAME}: ([^\\n]{4,200})\\z`,
    group: 1,
    validate: (value, { key }) => (IN_KEY.test(key) ? !isPlaceholder(value) && !isPath(value) : isPassword(value) && !isCode(value)),
    score: 0.8,
    matches: ["password: correct-horse 7", "db_password: Tr0ub4dor&3"],
    misses: ["password: please enter", "Your password: see below, page 7 of the manual", "password: ${DB_PASSWORD}"],
  },
  {
    // Options of programs: what a shell tool is given.
    id: "password_option",
    category: "secret",
    triggers: ["(?i)-(?:password|passwd|passphrase|pass)[ =]", "sshpass", "mysql", "-passin", "requirepass"],
    pattern: String.raw`(?:(?i:--(?:[a-z-]{1,30}-)?(?:password|passwd|passphrase|pass)[ =])|\bsshpass\s+-p\s?|\bmysql(?:dump|admin)?\s(?:[^\n|;&]{0,200}\s)?-p|-pass(?:in|out)\s+pass:|\brequirepass\s+)["']?([^\s"'$<>{}()\x60;|&-][^\s"'<>{}()\x60;|&]{3,127})`,
    group: 1,
    validate: (value) => /[\d!@#%^*+=?~]/.test(value) && !isPlaceholder(value) && !isPath(value),
    score: 0.8,
    matches: ["mysqldump -u root -pS3cret99 app", "sshpass -p 's3cr3t99' ssh host", "vault login --password s3cr3t99", "redis-cli --pass s3cr3t99"],
    misses: ["mysql -u root -p app", "the --username and --password options", "cmd --password-file /run/secrets/pw", "cmd --password $PASSWORD", "mysql -u root -p"],
  },
];

/** Words are names of fields, hints and translations; a password has a digit or a sign in it, and no more than a few spaces. */
function isPassword(value: string): boolean {
  const letters = /\p{L}/u.test(value);
  const others = /[\d!@#$%^&*+=?~]/.test(value);
  return letters && others && !isPlaceholder(value) && !isPath(value) && (value.match(/\s/g)?.length ?? 0) < 3;
}

function isPath(value: string): boolean {
  return value.startsWith("/") || value.startsWith("./") || value.startsWith("~/") || value.includes("://");
}

/** `config.password1`, `PASSWORD_1`: an expression, not a value. */
function isCode(value: string): boolean {
  return /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(value) || /^[A-Z]+(?:_[A-Z\d]+)+$/.test(value);
}
