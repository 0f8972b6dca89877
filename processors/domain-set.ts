import { isWild, matches } from "../policies/pattern.ts";
import { classifyAddress } from "./detection/content/url/address.ts";
import { classifyHost } from "./detection/content/url/host.ts";

/** What wildcard patterns for addresses are made of. Any other is for names: `10.*` must not stand for `10.example.com`. */
const ADDRESS_V4 = /^[.*?]*\d[\d.*?]*$/;
const ADDRESS_V6 = /^[\da-f:.*?]+$/;
/** What no host has in it. */
const FOREIGN = /[/\\#@:%\s]/;

/**
 * Hosts that patterns stand for: `example.com` only itself, `*.example.com` every name below it, `.example.com` itself
 * and every name below it, `*` anything; elsewhere `*` stands for any characters and `?` for one. Both sides are made
 * canonical, so that case, trailing dots, IDN forms and spellings of an address make no difference.
 */
export class DomainSet {
  readonly #all: boolean;
  readonly #exact = new Set<string>();
  /** Domains of which every name below is meant. */
  readonly #below = new Set<string>();
  readonly #names: string[] = [];
  readonly #addresses: string[] = [];

  /** @throws RangeError that says which pattern can stand for no host: one with a scheme, a port or a path, say */
  constructor(patterns: readonly string[]) {
    this.#all = patterns.includes("*");
    for (const pattern of patterns) if (pattern !== "*") this.#add(pattern);
  }

  /** @param host canonical, as {@link classifyHost} writes it */
  has(host: string): boolean {
    if (this.#all || this.#exact.has(host)) return true;
    if (classifyAddress(host)) return this.#addresses.some((pattern) => matches(pattern, host));
    for (let dot = this.#below.size > 0 ? host.indexOf(".") : -1; dot >= 0; dot = host.indexOf(".", dot + 1)) {
      if (this.#below.has(host.slice(dot + 1))) return true;
    }
    return this.#names.some((pattern) => matches(pattern, host));
  }

  #add(pattern: string): void {
    const written = pattern.trim().toLowerCase();
    if (isWild(written) && (ADDRESS_V4.test(written) || (written.includes(":") && ADDRESS_V6.test(written)))) {
      this.#addresses.push(written);
      return;
    }
    const below = written.startsWith("*.") ? 2 : written.startsWith(".") ? 1 : 0;
    const domain = written.slice(below);
    if (isWild(domain)) {
      if (FOREIGN.test(domain)) throw unusable(pattern);
      const canonical = domain.split(".").map((label) => (isWild(label) ? label : canonicalLabel(label, pattern))).join(".");
      if (below !== 2) this.#names.push(canonical);
      if (below > 0) this.#names.push(`*.${canonical}`);
      return;
    }
    const { host, is } = classifyHost(domain);
    if (is === "invalid" || host === "" || host.startsWith(".") || host.includes("..") || (below > 0 && classifyAddress(host))) throw unusable(pattern);
    if (below > 0) this.#below.add(host);
    if (below !== 2) this.#exact.add(host);
  }
}

/** A label as it stands in a canonical host: `münchen` is `xn--mnchen-3ya`. */
function canonicalLabel(label: string, pattern: string): string {
  // With a letter behind it, a label of digits is not read as an address.
  const { host, is } = classifyHost(`${label}.x`);
  if (is === "invalid" || label === "") throw unusable(pattern);
  return host.slice(0, -2);
}

function unusable(pattern: string): RangeError {
  return new RangeError(`${JSON.stringify(pattern)} stands for no host; write a domain or an address without scheme, port and path, like *.example.com`);
}
