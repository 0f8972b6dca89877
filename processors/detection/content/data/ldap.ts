import { decodePercent } from "../path/decode.ts";
import { quote, type Report } from "../report.ts";

const COMPARISON = /^\(?[!&|]{0,2}\(?[\w;.-]{1,64}\s{0,4}(?:~|>|<|:[\w.]{0,64}:?)?=/;
/** A value with an operator of filters behind it: `*(|(mail=*`, where a filter of its own would begin with its parenthesis. */
const APPENDED = /^[^\s()]{1,64}\([&|!]\([\w;.-]{1,64}\s{0,4}(?:~|>|<)?=/;

/**
 * A value that closes the filter it stands in and goes on with one of its own (RFC 4515, CWE-90): a closing
 * parenthesis that nothing opened, and another comparison or an empty one behind it.
 */
export function inspectLdap(text: string, report: Report): void {
  look(text, report);
  if (!/%2[89]/.test(text)) return;
  const { text: decoded } = decodePercent(text);
  report.inside(0, text.length, () => look(decoded, report));
}

function look(text: string, report: Report): void {
  report.spend(text.length >> 4);
  if (APPENDED.test(text)) report.add("ldap.breakout", 0, Math.min(text.length, 64), `goes on as a filter: ${quote(text)}`);
  if (!text.includes(")(")) return;
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
