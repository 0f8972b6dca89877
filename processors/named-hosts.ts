import { takeApart } from "./detection/content/url/authority.ts";
import { bareHost, findUrls, LONGEST_URL } from "./detection/content/url/find.ts";
import type { HostClass } from "./detection/content/url/host.ts";
import { roleOf } from "./detection/content/role.ts";

/** A host that a text names, or the scheme of a URL that has none. */
export interface NamedHost {
  readonly host: string | undefined;
  /** Undefined where the text has none. */
  readonly scheme: string | undefined;
  /** It is a host: it stands in a URL, or its argument says so. Else it only looks like one, as the name of a file does. */
  readonly certain: boolean;
}

/** Arguments that are a host and nothing else, so that `redis` is one. */
const HOST_KEYS: ReadonlySet<string> = new Set(["host", "hostname"]);
/** Arguments whose value is a host when it looks like one. */
const ADDRESS_KEYS: ReadonlySet<string> = new Set([
  "domain", "domainname", "server", "address", "ip", "ipaddress", "ipaddr", "addr", "proxy", "remote", "remotehost", "fqdn", "nameserver",
]);
/** What a text that only looks like a host does not count as: files end in `.local` and `.internal` too. */
const AMBIGUOUS: ReadonlySet<HostClass> = new Set(["internal_name", "invalid"]);
/** `://` as JSON inside of a text (RFC 8259 §7) and a query inside of a URL (RFC 3986 §2.1) have it. */
const ESCAPED = /:(?:\\\/){2}|%3a(?:%2f|\/){2}|:(?:%2f){2}/i;
/** What is looked at of a URL inside of another, in characters; there may be thousands. */
const LONGEST_INNER = 2_048;
/** Stands for a host behind more characters than are looked at: nobody knows where that leads. */
const UNREADABLE: NamedHost = { host: "?", scheme: undefined, certain: true };
/** Between the words of a command line. */
const BETWEEN_WORDS = /[\s"'`|&;(){}<>=,]+/;

/**
 * Every host that one text of the arguments names: in its URLs, also where they stand inside of another one or escaped;
 * in the words of a command line; and the text itself when it is nothing but a host or a URL without `//`. A host that
 * parsers read differently is told in each reading.
 *
 * @param key the argument whose value the text is; empty where there is none
 */
export function* hostsNamed(text: string, key: string, tool: string): Generator<NamedHost, void> {
  let urls = 0;
  for (const [url, longest] of urlsIn(text)) {
    urls++;
    yield* inUrl(url, longest);
  }
  const role = roleOf(key, tool);
  const whole = text.trim();
  if (role === "shell") yield* inWords(text, key);
  else if (/\s/.test(whole)) {
    if (role !== "url" || urls > 1) return;
    // `fetch` drops a tab or a line break inside a URL, and goes where the rest says.
    if (!whole.includes(" ")) yield* inUrl(whole, LONGEST_URL);
    if (urls === 0) yield* bare(whole.slice(0, whole.search(/\s/)).slice(0, LONGEST_URL), key, true);
  } else if (urls > 0 || whole === "") return;
  else if (whole.length < LONGEST_URL) yield* bare(whole, key, role === "url");
  else if (role === "url") yield UNREADABLE;
}

function* urlsIn(text: string): Generator<readonly [url: string, longest: number], void> {
  for (const written of ESCAPED.test(text) ? [text, text.replaceAll("\\/", "/").replaceAll(/%3a/gi, ":").replaceAll(/%2f/gi, "/")] : [text]) {
    for (const [start, end] of findUrls(written)) {
      const url = written.slice(start, end);
      yield [url, LONGEST_URL];
      for (let mark = url.indexOf("://", url.indexOf("://") + 3); mark >= 0; mark = url.indexOf("://", mark + 3)) {
        const scheme = /[a-z][a-z0-9+.-]{0,31}$/i.exec(url.slice(Math.max(0, mark - 32), mark));
        if (scheme) yield [url.slice(mark - scheme[0].length), LONGEST_INNER];
      }
    }
  }
}

/** `curl evil.example/x`: no word says that it is a host, but none may look like one that is denied. */
function inWords(command: string, key: string): readonly NamedHost[] {
  return command.split(BETWEEN_WORDS).filter((word) => /[.:]|^localhost/i.test(word) && !word.includes("://"))
    // `user@host` and `host:path`, as ssh has them.
    .flatMap((word) => bare(word.slice(word.lastIndexOf("@") + 1), key, false));
}

/** A text without blanks and `scheme://`. */
function bare(text: string, key: string, isUrl: boolean): readonly NamedHost[] {
  const parts = takeApart(text);
  if (parts && parts.hosts.length > 0) {
    const certain = isUrl || parts.scheme !== "";
    return parts.hosts.filter(({ is }) => certain || !AMBIGUOUS.has(is)).map(({ host }) => ({ host, scheme: parts.scheme || undefined, certain }));
  }
  // `redis:6379` is a host with a port, `data:text/html` is none.
  const port = parts !== undefined && /^\d{1,5}(?:$|[/?#])/.test(parts.rest);
  if (isUrl && parts && parts.scheme !== "" && !port) return [{ host: undefined, scheme: parts.scheme, certain: true }];
  // What is put behind `https://` may begin with a user.
  if (isUrl && /^[^/?#\\]*@/.test(text)) return (takeApart(`//${text}`)?.hosts ?? []).map(({ host }) => ({ host, scheme: undefined, certain: true }));
  const name = key.replaceAll(/[^A-Za-z0-9]/g, "").toLowerCase();
  const found = bareHost(text, isUrl);
  if (!found) return [];
  const certain = isUrl || ADDRESS_KEYS.has(name);
  // The `latest` of a page and the `v1/users` of an endpoint are parts of URLs.
  const isPart = !port && !HOST_KEYS.has(name) && !found.host.includes(".") && found.is === "internal_name";
  return (certain && !isPart) || !AMBIGUOUS.has(found.is) ? [{ host: found.host, scheme: undefined, certain }] : [];
}

function inUrl(url: string, longest: number): readonly NamedHost[] {
  const head = url.slice(0, longest);
  const parts = takeApart(head);
  if (!parts) return [];
  if (url.length >= longest && !head.includes("/", head.indexOf("://") + 3)) return [UNREADABLE];
  const scheme = parts.scheme || undefined;
  return parts.hosts.length > 0 ? parts.hosts.map(({ host }) => ({ host, scheme, certain: true })) : [{ host: undefined, scheme, certain: true }];
}
