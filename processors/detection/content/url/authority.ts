import { classifyHost, type HostFacts } from "./host.ts";

/** One URL taken apart as leniently as the most lenient client would. */
export interface UrlParts {
  /** Without the colon, in lower case; empty for a URL that begins with slashes. */
  readonly scheme: string;
  /** What stands between the slashes and the first `/`, `?`, `#` or backslash; with userinfo and port. */
  readonly authority: string;
  readonly userinfo: string;
  /** Every host that some parser would connect to; the first is the one of `fetch`. Empty for a URL without a host. */
  readonly hosts: readonly HostFacts[];
  /** Tabs, line breaks or backslashes stand where parsers disagree about them. */
  readonly confusing: boolean;
  /** What follows the authority. */
  readonly rest: string;
}

const SLASH = /[/\\]/;
/** No scheme that is registered is longer. */
const LONGEST_SCHEME = 40;
const SPECIAL: ReadonlySet<string> = new Set(["http", "https", "ws", "wss", "ftp"]);

/** @param text one URL, trimmed; at most some thousand characters */
export function takeApart(text: string): UrlParts | undefined {
  // WHATWG parsers drop these wherever they stand.
  const url = text.replaceAll(/[\t\n\r]/g, "");
  const proper = schemeEnd(url);
  // Lenient clients take anything in front of :// for a scheme.
  const colon = proper < 0 ? url.slice(0, LONGEST_SCHEME).indexOf("://") : proper;
  const scheme = colon < 0 ? "" : url.slice(0, colon).toLowerCase();
  let at = colon + 1;
  const slashes = at;
  // A file URL has a host only between two slashes and the third; others skip them all.
  const most = scheme === "file" ? at + 2 : url.length;
  while (at < most && SLASH.test(url[at] ?? "x")) at++;
  if (scheme === "" && at - slashes < 2) return undefined;
  const rooted = at - slashes >= 2 || SPECIAL.has(scheme);
  const end = rooted ? indexOfAny(url, "/\\?#", at) : at;
  const authority = url.slice(at, end);
  const hosts = rooted ? hostsIn(url, scheme, authority, at) : [];
  const backslash = url.slice(slashes, end + 1).includes("\\") && scheme !== "file";
  const user = authority.lastIndexOf("@");
  const confusing = url.length !== text.length || backslash;
  return { scheme, authority, userinfo: user < 0 ? "" : authority.slice(0, user), hosts, confusing, rest: url.slice(rooted ? end : slashes) };
}

function hostsIn(url: string, scheme: string, authority: string, at: number): readonly HostFacts[] {
  const read = URL.parse(scheme === "" ? `http:${url}` : url)?.hostname;
  const spelled = hostOf(authority);
  const hosts: HostFacts[] = [];
  if (read && SPECIAL.has(scheme || "http")) {
    // The parser's word for the host, ours for how it was written.
    const facts = classifyHost(read);
    hosts.push({ ...facts, disguised: facts.disguised || classifyHost(spelled).disguised });
  } else if (spelled !== "") hosts.push(classifyLeniently(spelled));
  // A parser that knows no backslash, or looks for the last @ before it cuts, reads another host.
  const slash = url.indexOf("/", at);
  const long = url.slice(at, slash < 0 ? url.length : slash);
  const mark = long.lastIndexOf("@");
  if (mark > authority.length) hosts.push(classifyHost(hostOf(long.slice(mark + 1))));
  return hosts;
}

/** Some clients stop at the first character that no host has: `127.0.0.1%00.example.com`. */
function classifyLeniently(spelled: string): HostFacts {
  const facts = classifyHost(spelled);
  const bad = facts.is === "invalid" ? spelled.search(/%00|[^\w.:%[\]-]/) : -1;
  return bad > 0 ? classifyHost(spelled.slice(0, bad)) : facts;
}

/** The host of an authority: without userinfo and port. */
function hostOf(authority: string): string {
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (host.startsWith("[")) return host.slice(0, host.indexOf("]") + 1);
  const port = host.lastIndexOf(":");
  return port < 0 ? host : host.slice(0, port);
}

/** The colon of `scheme:` by RFC 3986, else -1. */
function schemeEnd(url: string): number {
  for (let index = 0; index < url.length && index <= LONGEST_SCHEME; index++) {
    const char = url[index] as string;
    if (char === ":") return index === 0 ? -1 : index;
    if (!/[A-Za-z]/.test(char) && (index === 0 || !/[0-9+.-]/.test(char))) return -1;
  }
  return -1;
}

function indexOfAny(text: string, chars: string, from: number): number {
  for (let index = from; index < text.length; index++) if (chars.includes(text[index] as string)) return index;
  return text.length;
}
