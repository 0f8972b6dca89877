/** Words that stand where a secret would: alone, they are none. */
const WORDS: ReadonlySet<string> = new Set([
  "password", "passwd", "passphrase", "passwort", "pass", "pwd", "secret", "token", "key", "apikey", "api_key", "api-key", "credentials",
  "string", "text", "value", "null", "undefined", "none", "nil", "true", "false", "required", "optional", "hidden", "masked", "redacted",
  "user:password", "username:password", "user:pass",
]);
/** Parts that only a placeholder has. */
const PARTS: readonly string[] = ["your_", "your-", "yourpassword", "yourtoken", "yoursecret", "changeme", "change_me", "change-me", "placeholder", "example", "redacted", "insert_", "replace_", "xxxxx", "*****", "....."];
/** Beginnings of what is filled in later: shell, template, format and markup variables. */
const REFERENCES: readonly string[] = ["$", "{{", "{", "%", "<", "[", "@", "#{", "env.", "process.", "os.", "var.", "secrets."];

/** Whether a value only says where a secret belongs: `${DB_PASSWORD}`, `<token>`, `****`, `changeme`. */
export function isPlaceholder(value: string): boolean {
  const lower = value.toLowerCase();
  return WORDS.has(lower) || PARTS.some((part) => lower.includes(part)) || REFERENCES.some((start) => lower.startsWith(start)) || new Set(lower).size < 3;
}
