import { quote, type Report } from "../report.ts";

/** Characters of a cell that are looked at. */
const HEAD = 1024;
/** What a spreadsheet takes for a formula when a cell begins with it (CWE-1236). */
const BEGINNING = /^[\s"']{0,8}[=+@-]/;
const PROGRAMS = "cmd|powershell|msexcel|rundll32|mshta|regsvr32|winword|certutil|bash|sh";
/** `=cmd|'/C calc'!A0`: dynamic data exchange starts a program. */
const EXCHANGE = new RegExp(`${BEGINNING.source}[^|\\n]{0,128}\\b(?:${PROGRAMS})\\s{0,2}\\|\\s{0,2}['"]?[^!\\n]{0,256}!`, "i");
const CALL = new RegExp(`${BEGINNING.source}(?:[\\w.]{1,32}[-+*/(]){0,3}(?:dde|ddeauto|exec|call|register)\\(`, "i");
/** Functions that fetch, or lead elsewhere, with an address or a cell behind them. */
const FETCHERS = "HYPERLINK|WEBSERVICE|IMPORTXML|IMPORTDATA|IMPORTHTML|IMPORTFEED|IMPORTRANGE|IMAGE|FILTERXML|RTD";
const REMOTE = new RegExp(`${BEGINNING.source}.{0,128}\\b(?:${FETCHERS})\\s{0,2}\\(\\s{0,2}(?:CONCAT(?:ENATE)?\\(\\s{0,2})?["']?(?:https?:|//|file:|[A-Z]{1,2}\\d|\\\\)`, "i");

/** Whether a spreadsheet would calculate it, by its first characters. */
export function mayBeFormula(text: string): boolean {
  const code = text.charCodeAt(0);
  // = + - @, or white space and quotes in front of them
  return code === 0x3d || code === 0x2b || code === 0x2d || code === 0x40 || ((code <= 0x20 || code === 0x22 || code === 0x27) && BEGINNING.test(text.slice(0, 16)));
}

/** A cell that starts a program or fetches something; ordinary formulas pass. */
export function inspectFormula(text: string, report: Report): void {
  const head = text.slice(0, HEAD);
  report.spend(8);
  if (EXCHANGE.test(head) || CALL.test(head)) report.add("formula.command", 0, head.length, quote(head));
  else if (REMOTE.test(head)) report.add("formula.remote", 0, head.length, quote(head));
}
