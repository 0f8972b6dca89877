import { quote, type Report } from "../report.ts";

const COMPARISON = /^[!&|]{0,2}\(?\s{0,4}[\w;.-]{1,64}\s{0,4}(?:~|>|<|:[\w.]{0,64}:?)?=/;

/**
 * A value that closes the filter it stands in and goes on with one of its own (RFC 4515, CWE-90): a closing
 * parenthesis that nothing opened, and another comparison or an empty one behind it.
 */
export function inspectLdap(text: string, report: Report): void {
  if (!text.includes(")(")) return;
  report.spend(text.length >> 4);
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "(") depth++;
    if (char !== ")" || --depth >= 0) continue;
    depth = 0;
    let next = at + 1;
    while (next < at + 16 && text[next] === ")") next++;
    if (text[next] !== "(") continue;
    report.spend(16);
    const behind = text.slice(next + 1, next + 160);
    if (!COMPARISON.test(behind) && !/^[&|!]\s{0,2}[()]/.test(behind)) continue;
    report.add("ldap.breakout", at, Math.min(text.length, next + 32), `goes on as a filter: ${quote(text.slice(at, next + 32))}`);
    return;
  }
}
