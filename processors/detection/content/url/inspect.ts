import { quote, TooComplex, type Report } from "../report.ts";
import { takeApart, type UrlParts } from "./authority.ts";
import { bareHost, findUrls, LONGEST_URL } from "./find.ts";
import { isHomograph } from "./homograph.ts";
import type { HostClass, HostFacts } from "./host.ts";
import { words } from "../words.ts";

/** Schemes that make a fetcher do something else than fetch from the web. */
const SMUGGLING: ReadonlySet<string> = words(`
  gopher dict ldap ldaps tftp jar netdoc unix http+unix https+unix view-source smb cifs rmi iiop jndi php phar expect glob zip compress.zlib
  compress.bzip2 ogg rar ssh2 imap pop3 telnet finger
`);
const SCRIPTS: ReadonlySet<string> = new Set(["javascript", "vbscript", "livescript"]);
/** Schemes that wrap another URL. */
const WRAPPERS: ReadonlySet<string> = new Set(["jar", "view-source", "url", "feed", "blob"]);
/** Steps that taking a URL apart costs beside reading it. */
const URL_COST = 40;
/** Redirect parameters that are looked at, and nesting of URLs in URLs. */
const MAX_PARAMETERS = 64;
const MAX_NESTED = 3;

const RULE_OF: Partial<Readonly<Record<HostClass, string>>> = {
  metadata: "url.metadata", loopback: "url.loopback", unspecified: "url.loopback", private: "url.private", cgnat: "url.private",
  link_local: "url.private", multicast: "url.reserved", reserved: "url.reserved", internal_name: "url.internal_name", rebinding: "url.rebinding",
};

/** URLs anywhere in a text; one that is the whole text counts for more than one that is only mentioned. */
export function inspectUrls(text: string, report: Report): void {
  const whole = text.trim();
  const place: Place = [text.indexOf(whole), text.indexOf(whole) + whole.length];
  // A tab or line break inside a URL is dropped by its parser; in prose it ends the URL.
  const single = report.role === "url" || (whole.length <= LONGEST_URL && !/[ \u00a0]/.test(whole));
  if (single && examineWhole(whole, place, report)) return;
  const urls = findUrls(text);
  report.spend(text.length >> 3);
  for (const [start, end] of urls) {
    report.spend(URL_COST + end - start);
    const parts = takeApart(text.slice(start, end));
    if (parts && (report.role === "url" || report.role === "shell")) examine(parts, [start, end], report, 0);
    else if (parts) mention(parts, [start, end], report);
  }
  const host = urls.length === 0 && report.role === "url" ? bareHost(whole.slice(0, LONGEST_URL), true) : undefined;
  if (host) examineHost(host, place, report);
}

/** The text as one URL. @returns whether it is one */
function examineWhole(whole: string, place: Place, report: Report): boolean {
  const head = whole.slice(0, LONGEST_URL);
  report.spend(head.length);
  const parts = takeApart(head);
  if (!parts || (parts.scheme === "" && report.role !== "url" && parts.hosts.length === 0)) return false;
  // A host that comes so late cannot be seen.
  if (whole.length > LONGEST_URL && parts.authority !== "" && parts.rest === "") throw new TooComplex("url");
  examine(parts, place, report, 0);
  // "localhost:8080" is no scheme.
  const host = report.role === "url" && parts.hosts.length === 0 && /^\+?\d/.test(parts.rest) ? bareHost(head, true) : undefined;
  if (host) examineHost(host, place, report);
  return true;
}

type Place = readonly [start: number, end: number];

function examine(parts: UrlParts, place: Place, report: Report, depth: number): void {
  const { scheme, hosts, rest } = parts;
  // "zip:12345" is a note, not a URL.
  const leads = hosts.length > 0 || /^[/\\]|^[a-z+.-]{2,16}:|^%2f/i.test(rest);
  if (SMUGGLING.has(scheme) && leads) report.add("url.scheme", ...place, `scheme ${quote(scheme)}`);
  else if (SCRIPTS.has(scheme) || (scheme === "data" && /^(?:text\/html|image\/svg)/i.test(rest))) report.add("url.script", ...place, `scheme ${quote(scheme)}`);
  else if (scheme === "file") report.add("url.local_file", ...place, "file URL");
  for (const host of hosts) examineHost(host, place, report);
  if (parts.confusing) report.add("url.confusing", ...place, "parsers disagree about this URL");
  if (/[.:]|%40/.test(parts.userinfo) && looksLikeSite(parts.userinfo)) report.add("url.userinfo", ...place, `user name looks like a host: ${quote(parts.userinfo)}`);
  if (depth >= MAX_NESTED) return;
  if (WRAPPERS.has(scheme)) {
    const inner = takeApart(rest);
    if (inner) examine(inner, place, report, depth + 1);
  }
  redirects(rest, place, report);
}

function examineHost(host: HostFacts, place: Place, report: Report): void {
  const rule = RULE_OF[host.is];
  if (rule) report.add(rule, ...place, `${host.is.replace("_", " ")}: ${quote(host.host)}`);
  if (host.disguised) report.add("url.disguised_address", ...place, `another spelling of ${quote(host.host)}`);
  if (isHomograph(host.host)) report.add("url.homograph", ...place, `letters that look like others: ${quote(host.host)}`);
}

/** A URL in running text: only what nobody writes about by accident. */
function mention(parts: UrlParts, place: Place, report: Report): void {
  for (const host of parts.hosts) {
    if (host.is === "metadata" || host.disguised) report.add("url.mention", ...place, `${host.is}: ${quote(host.host)}`);
  }
}

/** Parameters of the query whose value is a URL to a host that the outside must not reach. */
function redirects(rest: string, place: Place, report: Report): void {
  const query = rest.indexOf("?");
  if (query < 0) return;
  for (const pair of rest.slice(query + 1).split(/[&;#]/, MAX_PARAMETERS)) {
    const value = decode(decode(pair.slice(pair.indexOf("=") + 1)));
    const parts = /^[a-z][a-z0-9+.-]{1,15}:|^[/\\]{2}/i.test(value) ? takeApart(value) : undefined;
    if (!parts) continue;
    const inner = parts.hosts.find(({ is }) => RULE_OF[is] !== undefined);
    if (inner || SMUGGLING.has(parts.scheme) || parts.scheme === "file") report.add("url.redirect", ...place, `parameter leads to ${quote(inner?.host ?? parts.scheme)}`);
  }
}

/** `good.example` or `good.example:80`, not `user` or `first.last`. */
function looksLikeSite(userinfo: string): boolean {
  const [name] = decode(userinfo).split("@", 1);
  return bareHost(name as string) !== undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
