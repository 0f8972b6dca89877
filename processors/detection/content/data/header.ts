import { quote, type Report } from "../report.ts";

/** Headers that change what a message means or where it goes. */
const NAMES: ReadonlySet<string> = new Set(["set-cookie", "location", "content-type", "content-length", "transfer-encoding", "host", "cookie", "authorization", "refresh", "bcc", "cc", "to", "from", "reply-to", "subject", "x-forwarded-for", "x-forwarded-host", "access-control-allow-origin", "http/1.1", "http/1.0", "content-security-policy", "link", "connection", "origin", "mime-version"]);
const ENCODED_BREAK = /%(?:25)?0[ad]/gi;
/** Longest value that a header was put behind. */
const SHORT = 128;

/** Line breaks in a value that go on as a header (CWE-93, CWE-113). */
export function inspectHeaders(text: string, report: Report): void {
  for (const { index, 0: found } of text.matchAll(ENCODED_BREAK)) {
    report.spend(4);
    const name = headerAt(text, skipBreaks(text, index + found.length));
    if (name) return report.add("header.injection", index, index + found.length + name.length, `an encoded line break and ${quote(name)}`);
  }
  const line = text.search(/[\r\n]/);
  if (line < 1 || line > SHORT || /\s/.test(text.slice(0, line).trim())) return;
  const name = headerAt(text, skipBreaks(text, line));
  if (name) report.add("header.line", line, line + name.length, `a line break and ${quote(name)}`);
}

function skipBreaks(text: string, from: number): number {
  let at = from;
  while (at < from + 16 && (text[at] === "\r" || text[at] === "\n" || text[at] === " " || /^%(?:25)?(?:0[ad]|20)/i.test(text.slice(at, at + 5)))) at += text[at] === "%" ? (text.startsWith("%25", at) ? 5 : 3) : 1;
  return at;
}

/** The name of a known header at that place, or the first line of a response. */
function headerAt(text: string, at: number): string | undefined {
  const name = /^[A-Za-z][\w-]{1,40}(?=\s{0,2}(?::|%(?:25)?3a))|^HTTP\/1\.[01](?=\s|%20|\+)/i.exec(text.slice(at, at + 48))?.[0];
  return name !== undefined && NAMES.has(name.toLowerCase()) ? name : undefined;
}
