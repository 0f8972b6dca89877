import { compilePatterns } from "../patterns.ts";
import { quote, type Report } from "../report.ts";

/** Longest expression of a lookup that is resolved, and rounds of resolving. */
const LONGEST_LOOKUP = 512;
const MAX_ROUNDS = 64;

/** Texts that are dangerous as data, whatever reads them: serialised objects, tags, server directives, markup. RE2 syntax. */
const PAYLOADS: readonly (readonly [rule: string, pattern: string, detail: string])[] = [
  ["code.payload", "!!(?:python/(?:object|name|module)|js/(?:function|regexp)|javax?\\.|org\\.)", "a YAML tag that makes an object"],
  ["code.payload", "!ruby/(?:object|hash|struct|class)", "a YAML tag that makes an object"],
  ["code.payload", "_\\$\\$ND_FUNC\\$\\$_", "a function in serialised data"],
  ["code.serialised", "(?:^|[;{\"])[OC]:\\d+:\"[\\w\\\\]+\":\\d+:", "a serialised PHP object"],
  ["code.serialised", "rO0AB[A-Za-z0-9+/]{4}", "a serialised Java object"],
  ["code.serialised", "(?i)aced0005[0-9a-f]{4}", "a serialised Java object"],
  ["code.serialised", "AAEAAAD/{5}", "a serialised .NET object"],
  ["code.ssi", "(?i)<!--#\\s*(?:exec|include|config|set|printenv)\\b", "a server-side include"],
  ["code.php", "\\$_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES)\\s*\\[", "what a request says, in PHP"],
  ["code.php", "(?i)<\\?(?:php\\b|=)", "PHP"],
  ["code.dynamic", "%x[({\\[|!][a-z/]+", "a Ruby command literal"],
  ["code.markup", "(?i)<script[\\s/>]", "a script element"],
  ["code.markup", "(?i)<[a-z]+[\\s/][^<>]*\\bon[a-z]{3,20}\\s*=", "an event handler"],
  ["code.markup", "(?i)<(?:iframe|object|embed|svg)[\\s/][^<>]*(?:src|data|onload|href)\\s*=\\s*[\"']?(?:javascript|data):", "an embedded script"],
];
const search = compilePatterns(PAYLOADS.map(([, pattern]) => pattern));

/** Looks for payloads, and for Log4j lookups however they are nested. */
export function inspectPayloads(text: string, report: Report): void {
  report.spend(text.length >> 3);
  for (const { index, start, end } of search(text)) {
    const [rule, , detail] = PAYLOADS[index] as (typeof PAYLOADS)[number];
    // Pages and mails are made of markup.
    if (!report.isDocument || rule !== "code.markup") report.add(rule, start, end, detail);
  }
  for (let at = text.indexOf("${"); at >= 0; at = text.indexOf("${", at + 2)) {
    report.spend(1);
    if (!/^\$\{\s{0,4}(?:jndi|[$l:ue-])/i.test(text.slice(at, at + 8))) continue;
    report.spend(LONGEST_LOOKUP >> 2);
    const resolved = resolveLookups(text.slice(at, at + LONGEST_LOOKUP));
    if (!/^\$\{\s{0,4}jndi\s{0,4}:/i.test(resolved)) continue;
    report.add("code.jndi", at, Math.min(text.length, at + 64), quote(resolved));
    return;
  }
}

/** Innermost lookups first, the way Log4j does: `${lower:J}` is `j`, `${::-n}` and `${env:X:-n}` are `n`. */
function resolveLookups(text: string): string {
  let current = text;
  for (let round = 0; round < MAX_ROUNDS; round++) {
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
