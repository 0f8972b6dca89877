import { quote, type Report } from "../report.ts";

/** Longest expression of a lookup that is resolved. */
const LONGEST_LOOKUP = 512;

/** Texts that are dangerous as data, whatever reads them: serialised objects, tags, lookups, server directives, markup. */
const PAYLOADS: readonly (readonly [rule: string, pattern: RegExp, detail: string])[] = [
  ["code.payload", /!!(?:python\/(?:object|name|module)|js\/(?:function|regexp)|java\.|javax\.|org\.)/, "a YAML tag that makes an object"],
  ["code.payload", /!ruby\/(?:object|hash|struct|class)/, "a YAML tag that makes an object"],
  ["code.payload", /_\$\$ND_FUNC\$\$_/, "a function in serialised data"],
  ["code.serialised", /(?:^|[;{"])[OC]:\d{1,4}:"[\w\\]{1,128}":\d{1,6}:/, "a serialised PHP object"],
  ["code.serialised", /rO0AB[A-Za-z0-9+/]{4}/, "a serialised Java object"],
  ["code.serialised", /aced0005[0-9a-f]{4}/i, "a serialised Java object"],
  ["code.serialised", /AAEAAAD\/{5}/, "a serialised .NET object"],
  ["code.ssi", /<!--#\s{0,4}(?:exec|include|config|set|printenv)\b/i, "a server-side include"],
  ["code.php", /\$_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES)\s{0,4}\[/, "what a request says, in PHP"],
  ["code.php", /<\?(?:php\b|=)/i, "PHP"],
  ["code.markup", /<script[\s/>]/i, "a script element"],
  ["code.markup", /<[a-z]{1,16}[\s/][^<>]{0,256}\bon[a-z]{3,20}\s{0,4}=/i, "an event handler"],
  ["code.markup", /<(?:iframe|object|embed|svg)[\s/][^<>]{0,256}(?:src|data|onload|href)\s{0,4}=\s{0,4}["']?(?:javascript|data):/i, "an embedded script"],
];

/** Looks for payloads, and for Log4j lookups however they are nested. */
export function inspectPayloads(text: string, report: Report): void {
  report.spend(text.length >> 3);
  for (const [rule, pattern, detail] of PAYLOADS) {
    // Pages and mails are made of markup.
    if (report.isDocument && rule === "code.markup") continue;
    const found = pattern.exec(text);
    if (found) report.add(rule, found.index, found.index + found[0].length, detail);
  }
  if (text.includes("%x")) {
    const command = /%x[({[|!][a-z/]{1,64}/.exec(text);
    if (command) report.add("code.dynamic", command.index, command.index + command[0].length, "a Ruby command literal");
  }
  for (let at = text.indexOf("${"); at >= 0; at = text.indexOf("${", at + 2)) {
    report.spend(1);
    if (!/^\$\{\s{0,4}(?:jndi|[$l:ue-])/i.test(text.slice(at, at + 8))) continue;
    report.spend(LONGEST_LOOKUP >> 2);
    const resolved = resolveLookups(text.slice(at, at + LONGEST_LOOKUP));
    if (/^\$\{\s{0,4}jndi\s{0,4}:/i.test(resolved)) {
      report.add("code.jndi", at, Math.min(text.length, at + 64), quote(resolved));
      return;
    }
  }
}

/** Innermost lookups first, the way Log4j does: `${lower:J}` is `j`, `${::-n}` and `${env:X:-n}` are `n`. */
export function resolveLookups(text: string): string {
  let current = text;
  for (let round = 0; round < 64; round++) {
    const close = current.indexOf("}");
    const open = close < 0 ? -1 : current.lastIndexOf("${", close);
    if (open <= 0) break;
    const body = current.slice(open + 2, close);
    const fallback = body.lastIndexOf(":-");
    const value = fallback >= 0 ? body.slice(fallback + 2) : body.replace(/^(?:lower|upper)\s{0,4}:/i, "");
    current = current.slice(0, open) + value + current.slice(close + 1);
  }
  return current;
}
