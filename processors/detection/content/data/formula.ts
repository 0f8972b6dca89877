import { quote, type Report } from "../report.ts";

/** What a spreadsheet takes for a formula when a cell begins with it (CWE-1236). */
const BEGINNING = /^[\s"']{0,8}[=+@\t\r-]/;
/** `=cmd|'/C calc'!A0`: dynamic data exchange starts a program. */
const COMMAND = /^[\s"']{0,8}[=+@-][^|\n]{0,128}\b(?:cmd|powershell|msexcel|rundll32|mshta|regsvr32|winword|certutil|bash|sh)\s{0,2}\|\s{0,2}['"]?[^!\n]{0,256}!|^[\s"']{0,8}[=+@-](?:[\w.]{1,32}[-+*/(]){0,3}(?:dde|ddeauto|exec|call|register)\(/i;
const REMOTE = /^[\s"']{0,8}[=+@-].{0,128}\b(?:HYPERLINK|WEBSERVICE|IMPORTXML|IMPORTDATA|IMPORTHTML|IMPORTFEED|IMPORTRANGE|IMAGE|FILTERXML|RTD)\s{0,2}\(\s{0,2}(?:CONCAT(?:ENATE)?\(\s{0,2})?["']?(?:https?:|\/\/|file:|[A-Z]{1,2}\d|\\)/i;

/** Whether a spreadsheet would calculate it, by its first characters. */
export function mayBeFormula(text: string): boolean {
  const code = text.charCodeAt(0);
  // = + - @, or white space and quotes in front of them
  return code === 0x3d || code === 0x2b || code === 0x2d || code === 0x40 || ((code <= 0x20 || code === 0x22 || code === 0x27) && BEGINNING.test(text.slice(0, 16)));
}

/** A cell that starts a program or fetches something; ordinary formulas pass. */
export function inspectFormula(text: string, report: Report): void {
  const head = text.slice(0, 1024);
  report.spend(8);
  if (COMMAND.test(head)) report.add("formula.command", 0, head.length, quote(head));
  else if (REMOTE.test(head)) report.add("formula.remote", 0, head.length, quote(head));
}
