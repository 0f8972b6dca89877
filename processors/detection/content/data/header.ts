import { quote, type Report } from "../report.ts";
import { words } from "../words.ts";

/** Headers that change what a message means or where it goes. */
const NAMES: ReadonlySet<string> = words(`
  set-cookie location content-type content-length transfer-encoding host cookie authorization refresh bcc cc to from reply-to subject
  x-forwarded-for x-forwarded-host access-control-allow-origin http/1.1 http/1.0 content-security-policy link connection origin mime-version
`);
const ENCODED_BREAK = /%(?:25)?0[ad]/gi;
/** Longest value that a header was put behind. */
const SHORT = 128;
/** Characters of line breaks in front of a header. */
const MOST_BREAKS = 16;

/** Line breaks in a value that go on as a header (CWE-93, CWE-113). */
export function inspectHeaders(text: string, report: Report): void {
  for (const { index, 0: found } of text.matchAll(ENCODED_BREAK)) {
    report.spend(4);
    const name = headerAt(text, skipBreaks(text, index + found.length));
    if (name) return report.add("header.injection", index, index + found.length + name.length, `an encoded line break and ${quote(name)}`);
  }
  const line = text.search(/[\r\n]/);
  // "Thanks," and a line that begins with "To:" are prose; an address or a name is a value.
  if (line < 1 || line > SHORT || !/^[^\s,;!?]{1,127}[^\s,.;:!?]$/.test(text.slice(0, line))) return;
  const name = headerAt(text, skipBreaks(text, line));
  if (name) report.add("header.line", line, line + name.length, `a line break and ${quote(name)}`);
}

/** Behind line breaks and white space, plain or encoded. */
function skipBreaks(text: string, from: number): number {
  let at = from;
  while (at < from + MOST_BREAKS) {
    const encoded = /^%(?:25)?(?:0[ad]|20)/i.exec(text.slice(at, at + 5))?.[0];
    if (encoded === undefined && !/[\r\n ]/.test(text[at] ?? "x")) break;
    at += encoded?.length ?? 1;
  }
  return at;
}

/** The name of a known header at that place, or the first line of a response. */
function headerAt(text: string, at: number): string | undefined {
  const name = /^[A-Za-z][\w-]{1,40}(?=\s{0,2}(?::|%(?:25)?3a))|^HTTP\/1\.[01](?=\s|%20|\+)/i.exec(text.slice(at, at + 48))?.[0];
  return name !== undefined && NAMES.has(name.toLowerCase()) ? name : undefined;
}
