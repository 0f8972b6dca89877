import { classifyAddress, type AddressClass } from "./address.ts";
import { words } from "../words.ts";

/** Class of a host: that of its address, or what its name says. `name` is any other public name. */
export type HostClass = AddressClass | "name" | "internal_name" | "rebinding" | "invalid";

export interface HostFacts {
  /** Canonical: lower case, no trailing dot, IDN as `xn--`, IPv4 as dotted decimal, IPv6 compressed and without brackets or zone. */
  readonly host: string;
  readonly is: HostClass;
  /** The address was written in a way that only hides it: decimal, octal, hexadecimal, short, encoded, other digits. */
  readonly disguised: boolean;
}

/** Longest host name in text form (RFC 1035), with room for percent encoding. */
const LONGEST_HOST = 1024;

/** Names under which the clouds serve instance metadata. */
const METADATA_NAMES: ReadonlySet<string> = words(`
  metadata metadata.google.internal metadata.goog metadata.azure.internal instance-data instance-data.ec2.internal metadata.tencentyun.com
  metadata.packet.net metadata.platformequinix.com api.metadata.cloud.ibm.com
`);
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(["localhost", "localhost.localdomain", "localhost6", "localhost4", "ip6-localhost", "ip6-loopback", "loopback"]);
/** Suffixes of names that no public resolver answers for: RFC 6762, 8375, 9476 and common local practice. */
const INTERNAL_SUFFIXES = ["internal", "local", "localdomain", "lan", "home", "home.arpa", "corp", "intranet", "private", "svc", "consul"];
/** Public names that resolve to whatever address they contain, or to loopback. */
const REBINDING_SUFFIXES = [
  "nip.io", "sslip.io", "xip.io", "xip.name", "traefik.me", "local.gd", "localtest.me", "lvh.me", "vcap.me", "lacolhost.com", "fuf.me", "ulh.us",
  "lndo.site", "ddev.site", "1u.ms", "rbndr.us", "rebind.network", "rebind.it",
];

/**
 * What a host is, in any spelling that some client would accept: case, trailing dots, brackets, zone, percent
 * encoding, other digits and full stops, and all forms of `inet_aton`. The WHATWG URL parser, which `fetch` uses, reads it.
 */
export function classifyHost(spelling: string): HostFacts {
  const bare = spelling.trim().toLowerCase();
  const canonical = canonicalHost(bare);
  if (canonical === undefined) return { host: bare.slice(0, LONGEST_HOST), is: "invalid", disguised: false };
  const address = classifyAddress(canonical);
  if (address) {
    // IPv6 has many ordinary spellings; only those of IPv4 hide anything.
    const disguised = !canonical.includes(":") && bare.replace(/\.$/, "") !== canonical;
    return { host: canonical, is: address, disguised };
  }
  return { host: canonical, is: classifyName(canonical), disguised: false };
}

/** Undefined where no client could make a host of it. */
export function canonicalHost(spelling: string): string | undefined {
  if (spelling === "" || spelling.length > LONGEST_HOST) return undefined;
  let bare = spelling.startsWith("[") && spelling.endsWith("]") ? spelling.slice(1, -1) : spelling;
  if (bare.includes(":")) {
    const zone = bare.indexOf("%");
    if (zone >= 0) bare = bare.slice(0, zone);
    return URL.parse(`http://[${bare}]/`)?.hostname.slice(1, -1);
  }
  if (/[/\\?#@\s]/.test(bare)) return undefined;
  while (bare.endsWith("..")) bare = bare.slice(0, -1);
  return URL.parse(`http://${bare}/`)?.hostname.replace(/\.$/, "");
}

function classifyName(name: string): HostClass {
  if (METADATA_NAMES.has(name)) return "metadata";
  if (LOOPBACK_NAMES.has(name) || name.endsWith(".localhost")) return "loopback";
  if (!name.includes(".") || INTERNAL_SUFFIXES.some((suffix) => name.endsWith(`.${suffix}`))) return "internal_name";
  if (REBINDING_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))) return "rebinding";
  return "name";
}

/**
 * Whether a host is what a pattern stands for: `example.com` only itself, `*.example.com` every name below it,
 * `.example.com` itself and every name below it, `*` anything. Both sides are made canonical first, so that case,
 * trailing dots, IDN forms and spellings of an address make no difference.
 */
export function matchesDomain(pattern: string, host: string): boolean {
  if (pattern === "*") return true;
  const canonical = canonicalHost(host.trim().toLowerCase());
  const below = pattern.startsWith("*.") ? 2 : pattern.startsWith(".") ? 1 : 0;
  const domain = canonicalHost(pattern.slice(below).trim().toLowerCase());
  if (canonical === undefined || domain === undefined) return false;
  if (canonical === domain) return below !== 2;
  // An address has no names below it: "*.0.0.1" must not match 10.0.0.1.
  return below > 0 && canonical.endsWith(`.${domain}`) && classifyAddress(canonical) === undefined;
}
