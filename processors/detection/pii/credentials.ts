import type { MatchContext } from "../detector.ts";
import { endsWithLabel, labelled } from "./label.ts";

/** A sign that gives a value to a field: in JSON, YAML, Markdown, XML, HTML, tables and assignments. */
const SIGN = String.raw`["'’”\])*]{0,3}(?:\s{0,3}(?:=>|:=|[:=#→])|(?:>|</[a-z]{1,10}>)(?:\s{0,3}<[a-z]{1,10}>){0,2}|\s\([a-z]{1,12}\):|\s{1,3}[|(–-])[*\s]{0,4}`;
/** What stands between the name of a field and its value: such a sign, or in prose a few words; RE2. */
export const TO_VALUE: string = String.raw`(?:${SIGN}|[,?]?\s{1,3}(?:[\p{L}.'’]+\s{1,3}){0,5})["'“(]{0,2}`;

/** Names of the field that holds a name to log in with. */
export const USERNAME_WORDS: readonly string[] = [
  "username", "user name", "login", "login name", "login id", "screen name", "benutzername", "anmeldename", "nom d'utilisateur", "identifiant", "usuario", "nombre de usuario",
  "nome utente", "nome de usuário", "utilizador", "gebruikersnaam", "användarnamn", "brukernavn", "brugernavn", "käyttäjätunnus", "nazwa użytkownika", "uživatelské jméno",
  "kullanıcı adı", "имя пользователя", "логин", "用户名", "ユーザー名", "사용자 이름",
];

/** Names of the field that holds a password. */
export const PASSWORD_WORDS: readonly string[] = [
  "password", "passwd", "pwd", "passphrase", "passcode", "passwort", "kennwort", "mot de passe", "contraseña", "clave de acceso", "senha", "palavra-passe", "wachtwoord", "lösenord", "passord",
  "adgangskode", "salasana", "hasło", "heslo", "jelszó", "parola", "şifre", "пароль", "密码", "密碼", "パスワード", "비밀번호", "รหัสผ่าน", "كلمة المرور", "סיסמה", "mật khẩu", "kata sandi",
];

/** What stands in place of a value: a placeholder, the name of another field, something taken out before. */
const PLACEHOLDER = /^(?:null|none|nil|undefined|true|false|yes|no|required|optional|string|text|empty|unknown|redacted|hidden|changeme|example|field|reset|is|not|and|or|the|user|username|login|pass|passwd|pwd|password|secret|token|[*•x.?_-]+)$/i;
/** What is computed: a variable of a shell, a template or a program, a command, an assignment to something else, a URL. */
const REFERENCE = /^(?:\$[\w({]|%\w+%|\{\{?|<|\[|`|\\`|(?:var|local|data|module|env|config|settings|secrets|process|os|self|this|options|params|req|request|props|state)[.[]|[A-Z_]{3,}=|\w+:\/\/)|^[a-z_.]+\($|:$|^[\w-]*\.[\w.-]*=$/i;
/** Up to the value from the end of the name of its field. After a space alone whatever follows may be any word. */
const ASSIGNED = new RegExp(`${SIGN}["'“(]{0,2}$`, "i");
/** Somebody tells it: then it may look like any word, if it is not what is said of it. */
const TOLD = /\b(?:my|his|her|their|our)\s[\p{L}\s'-]{2,24}\sis\s+["'“]?$/iu;
const SAID_OF_IT = /^(?:wrong|incorrect|invalid|expired|expiring|not|too|still|already|unknown|lost|forgotten|working|being|also|different|same|correct|valid|locked|blocked|safe|secure|weak|strong|short|long|case|that|this|what|very|never|always|only|just|now|stored|saved|compromised|leaked|taken|unavailable|there|here|based|linked|associated)$/i;

/** A value that a field of one of these names holds: after an assignment any, in prose one that looks like no word. */
export function isFieldValue(words: readonly string[], looksLike: (value: string) => boolean): (value: string, context: MatchContext) => boolean {
  const isLabelled = labelled(words);
  const isName = endsWithLabel(words);
  return (value, context) => {
    const { before, after } = context;
    if (PLACEHOLDER.test(value) || REFERENCE.test(value) || after.startsWith("(")) return false;
    const sign = ASSIGNED.exec(before);
    return (sign !== null && isName(before.slice(0, sign.index))) || ((looksLike(value) || (TOLD.test(before) && !SAID_OF_IT.test(value))) && isLabelled(value, { before, after: "", key: "" }));
  };
}

/** Letters with a digit or a sign among or after them: no word, and no number. */
export function looksLikePassword(value: string): boolean {
  return value.length >= 6 && /\p{L}/u.test(value) && (/\d/.test(value) || /[^\p{L}\d.,;:!?'’-]/u.test(value.slice(0, -1)));
}

export function looksLikeUsername(value: string): boolean {
  return /[a-z]/i.test(value) && /\d|[a-z][._-][a-z]/i.test(value);
}

/** An alternative of RE2 over the words, in both cases, with any separator between their parts. */
export function anyOf(words: readonly string[]): string {
  return `(?:${words.map((word) => word.split(/[\s'-]/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[\\s_'-]?")).join("|")})`;
}
