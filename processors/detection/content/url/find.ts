import { canonicalHost, classifyHost, type HostFacts } from "./host.ts";
import { takeApart } from "./authority.ts";

/** Longest URL that is looked at; what follows can only be path and query, or it is no URL that anybody means. */
export const LONGEST_URL = 16_384;

/** A host that a text names, and where. */
export interface HostInText extends HostFacts {
  readonly start: number;
  readonly end: number;
}

/** Ends a URL in running text. */
const STOP: ReadonlySet<string> = new Set(" \t\n\r\f\v\"'`<>{}|^\u00a0\u3000");

/** Where URLs with `scheme://` stand in a text, as [start, end) pairs; punctuation that closes a sentence is left out. */
export function findUrls(text: string): readonly (readonly [start: number, end: number])[] {
  const found: [number, number][] = [];
  for (let mark = text.indexOf("://"); mark >= 0; ) {
    let start = mark;
    while (start > 0 && mark - start < 32 && /[A-Za-z0-9+.-]/.test(text[start - 1] as string)) start--;
    let end = mark + 3;
    while (end < text.length && end - start < LONGEST_URL && !STOP.has(text[end] as string)) end++;
    // The ] of an IPv6 address belongs to the URL.
    const closing = text.slice(start, end).includes("[") ? ".,;:!?)" : ".,;:!?)]";
    while (end > mark + 3 && closing.includes(text[end - 1] as string)) end--;
    if (start < mark) found.push([start, end]);
    mark = text.indexOf("://", Math.max(end, mark + 3));
  }
  return found;
}

/**
 * Every host that a text names: of URLs wherever they stand, and of the text itself when it is nothing but a
 * host, a host with a port, or a URL without a scheme. Hosts are canonical; several readings of one URL are all told.
 */
export function hostsOf(text: string): readonly HostInText[] {
  const trimmed = text.trim();
  const offset = text.indexOf(trimmed);
  const urls = findUrls(text);
  if (urls.length === 0 && trimmed !== "") {
    const head = trimmed.slice(0, LONGEST_URL);
    const whole = [offset, offset + trimmed.length] as const;
    const parts = takeApart(head);
    if (parts && parts.hosts.length > 0) return parts.hosts.map((host) => located(host, whole));
    const host = bareHost(head);
    return host ? [located(host, whole)] : [];
  }
  return urls.flatMap((place) => (takeApart(text.slice(...place))?.hosts ?? []).map((host) => located(host, place)));
}

/**
 * A text that is only a host, with or without a port and a path.
 *
 * @param certain the text is known to be a host or URL, so that `10.1` is an address and `intranet` a name;
 *   else only names with a top-level domain, addresses of four parts and IPv6 addresses count
 */
export function bareHost(text: string, certain = false): HostFacts | undefined {
  if (/\s/.test(text)) return undefined;
  const slash = text.search(/[/?#]/);
  const authority = slash < 0 ? text : text.slice(0, slash);
  const bracket = authority.startsWith("[") ? authority.indexOf("]") + 1 : 0;
  const colon = authority.indexOf(":", bracket);
  // More than one colon without brackets is an IPv6 address, not a port.
  const host = bracket > 0 ? authority.slice(0, bracket) : colon >= 0 && authority.indexOf(":", colon + 1) < 0 ? authority.slice(0, colon) : authority;
  if (!certain && !looksLikeHost(host.toLowerCase())) return undefined;
  const facts = classifyHost(host);
  return facts.is === "invalid" ? undefined : facts;
}

function looksLikeHost(host: string): boolean {
  if (host.startsWith("[") || host === "localhost") return true;
  if (host.includes(":")) return canonicalHost(host) !== undefined;
  const labels = host.replace(/[.\u3002\uff0e]$/, "").split(/[.\u3002\uff0e]/);
  const last = labels.at(-1) as string;
  return labels.length > 1 && (labels.length === 4 || /^(?:\p{L}{2,63}|xn--[a-z0-9-]{1,59})$/u.test(last));
}

function located(host: HostFacts, [start, end]: readonly [number, number]): HostInText {
  return { ...host, start, end };
}
