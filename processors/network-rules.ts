import { messageOf, SpangateError } from "../errors.ts";
import type { Network } from "../policies/schema/data.ts";
import { classifyHost, type HostClass } from "./detection/content/url/host.ts";
import { DomainSet } from "./domain-set.ts";

export type NetworkRule = "network.scheme" | "network.deny" | "network.allow" | "network.private";

/** Why a host may not be named or reached. */
export interface NetworkVerdict {
  readonly rule: NetworkRule;
  /** The host, canonical, or the scheme. */
  readonly target: string;
  /** Names the host, never the rest of a URL: that may carry secrets. */
  readonly reason: string;
}

/** Longest host in a reason, in characters: that of a name in DNS (RFC 1035). */
const LONGEST_NAME = 253;
/** What is not on the public internet, and how a person calls it. Addresses for documentation lead nowhere, and are left out. */
const NOT_PUBLIC: Partial<Readonly<Record<HostClass, string>>> = {
  loopback: "this machine", unspecified: "this machine", private: "a private address", cgnat: "a private address", link_local: "a link-local address",
  metadata: "cloud metadata", multicast: "a multicast address", reserved: "a reserved address", internal_name: "an internal name",
  rebinding: "a name that resolves to private addresses",
};
/** IPv6 forms that a host or its network takes to an IPv4 address: IPv4-mapped (RFC 4291) and NAT64 (RFC 6052). */
const CARRIED = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** The section `network` of a policy, ready to judge. */
export class NetworkRules {
  readonly #allow: DomainSet | undefined;
  readonly #deny: DomainSet;
  readonly #publicOnly: boolean;
  readonly #schemes: ReadonlySet<string>;

  /** @throws SpangateError `SG_POLICY_INVALID` for a pattern that can stand for no host: nobody would notice that it never matches */
  constructor({ allow, deny, private: inside, schemes }: Network) {
    this.#allow = allow && domains("allow", allow);
    this.#deny = domains("deny", deny);
    this.#publicOnly = inside === "deny";
    this.#schemes = new Set(schemes.map((scheme) => scheme.toLowerCase().replace(/:(?:\/\/)?$/, "")));
  }

  /**
   * What speaks against a host that a call names or is about to reach; the strictest first: a host that is denied or
   * private stays so when it is also allowed.
   *
   * @param host a name or an address, in any spelling
   * @param scheme of the URL that names it, without the colon; left out where there is none
   */
  verdictOn(host: string, scheme?: string): NetworkVerdict | undefined {
    const forbidden = scheme === undefined ? undefined : this.verdictOnScheme(scheme);
    if (forbidden) return forbidden;
    const facts = classifyHost(host);
    if (facts.is === "invalid") return against("network.deny", host, "cannot be read as a host");
    const refused = this.#against(facts.host, facts.is);
    if (refused || !this.#allow || spellings(facts.host).some((each) => this.#allow?.has(each))) return refused;
    return against("network.allow", facts.host, "is not among the hosts that calls may reach");
  }

  verdictOnScheme(scheme: string): NetworkVerdict | undefined {
    return this.#schemes.has(scheme.toLowerCase()) ? undefined : against("network.scheme", scheme, "is not among the schemes that calls may use");
  }

  /**
   * What speaks against an address that an allowed name has led to. The names that are allowed do not matter here: an
   * address is in nobody's list only because its name is.
   */
  verdictOnAddress(address: string): NetworkVerdict | undefined {
    const { host, is } = classifyHost(address);
    if (is === "invalid" || is === "name" || is === "internal_name" || is === "rebinding") return against("network.private", address, "is no address");
    return this.#against(host, is);
  }

  /** A name that a resolver is asked about. What this machine is called tells nobody anything; `<secret>.localhost` may, where a resolver passes it on. */
  verdictOnQuery(name: string): NetworkVerdict | undefined {
    const { host, is } = classifyHost(name);
    return (is === "loopback" || is === "unspecified") && !host.endsWith(".localhost") ? undefined : this.verdictOn(name);
  }

  /** A way to this machine that has no host: a Unix socket or a named pipe. Judged like `localhost`. */
  verdictOnLocal(path: string): NetworkVerdict | undefined {
    const verdict = this.verdictOn("localhost");
    return verdict && against(verdict.rule, path, "is this machine, which calls may not reach");
  }

  #against(host: string, is: HostClass): NetworkVerdict | undefined {
    if (spellings(host).some((each) => this.#deny.has(each))) return against("network.deny", host, "is a host that calls may not reach");
    const what = this.#publicOnly ? NOT_PUBLIC[is] : undefined;
    return what ? against("network.private", host, `is ${what}, which calls may not reach`) : undefined;
  }
}

function domains(key: string, patterns: readonly string[]): DomainSet {
  try {
    return new DomainSet(patterns);
  } catch (thrown) {
    throw new SpangateError("SG_POLICY_INVALID", { place: `network.${key}`, problem: messageOf(thrown) });
  }
}

/** A host, and the IPv4 address that it carries. */
function spellings(host: string): readonly string[] {
  const carried = CARRIED.exec(host);
  if (!carried) return [host];
  const [high, low] = [carried[1], carried[2]].map((group) => Number.parseInt(group as string, 16)) as [number, number];
  return [host, [high >> 8, high & 255, low >> 8, low & 255].join(".")];
}

function against(rule: NetworkRule, host: string, what: string): NetworkVerdict {
  const target = host.length > LONGEST_NAME ? `${host.slice(0, LONGEST_NAME)}…` : host;
  return { rule, target, reason: `${target} ${what}` };
}
