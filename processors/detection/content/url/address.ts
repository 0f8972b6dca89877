/** What an address is for, as far as it matters to who is allowed to reach it. */
export type AddressClass =
  | "public" | "loopback" | "private" | "link_local" | "metadata" | "cgnat" | "multicast" | "unspecified" | "reserved" | "documentation";

/**
 * Special ranges by the IANA IPv4 and IPv6 special-purpose registries (RFC 6890 and its updates). The first
 * range that contains an address names its class; single addresses come first. The metadata addresses are those the clouds document.
 */
const RANGES: readonly (readonly [range: string, is: AddressClass])[] = [
  ["169.254.169.254/32", "metadata"], // AWS, Azure, GCP, Oracle, DigitalOcean, OpenStack
  ["169.254.170.2/32", "metadata"], // AWS ECS task credentials
  ["169.254.170.23/32", "metadata"], // AWS EKS pod identity
  ["169.254.0.23/32", "metadata"], // Tencent Cloud
  ["168.63.129.16/32", "metadata"], // Azure platform channel
  ["100.100.100.200/32", "metadata"], // Alibaba Cloud
  ["192.0.0.192/32", "metadata"], // Oracle Cloud, first generation
  ["fd00:ec2::254/128", "metadata"], // AWS over IPv6
  ["fd00:ec2::23/128", "metadata"], // AWS EKS pod identity over IPv6
  ["fd20:ce::254/128", "metadata"], // GCP over IPv6
  ["fe80::a9fe:a9fe/128", "metadata"], // OpenStack over IPv6
  ["0.0.0.0/32", "unspecified"],
  ["0.0.0.0/8", "reserved"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "cgnat"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link_local"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "reserved"],
  ["192.0.2.0/24", "documentation"],
  ["192.88.99.0/24", "reserved"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "reserved"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["::/128", "unspecified"],
  ["::1/128", "loopback"],
  ["100::/64", "reserved"],
  ["2001:db8::/32", "documentation"],
  ["3fff::/20", "documentation"],
  ["5f00::/16", "reserved"],
  ["fc00::/7", "private"],
  ["fe80::/10", "link_local"],
  ["fec0::/10", "private"],
  ["ff00::/8", "multicast"],
];

/** IPv6 ranges whose addresses stand for an IPv4 address, and where in the eight groups that one begins. */
const EMBEDDED: readonly (readonly [range: string, group: number, inverted: boolean])[] = [
  ["::ffff:0:0/96", 6, false], // IPv4-mapped, RFC 4291
  ["::ffff:0:0:0/96", 6, false], // IPv4-translated, RFC 2765
  ["64:ff9b::/96", 6, false], // NAT64, RFC 6052
  ["64:ff9b:1::/48", 6, false], // local NAT64, RFC 8215
  ["2002::/16", 1, false], // 6to4, RFC 3056
  ["2001::/32", 6, true], // Teredo, RFC 4380: the client's address, inverted
  ["::/96", 6, false], // IPv4-compatible, RFC 4291 (deprecated)
];

/** Longest spelling of an IPv6 address: eight groups, the last two as dotted decimal. */
const LONGEST = 45;

interface Range {
  readonly groups: readonly number[];
  readonly bits: number;
}

const SPECIAL = RANGES.map(([range, is]) => ({ ...parseRange(range), is }));
const CARRIERS = EMBEDDED.map(([range, group, inverted]) => ({ ...parseRange(range), group, inverted }));

/**
 * Class of a canonical address as the WHATWG URL parser writes it: dotted decimal IPv4, or IPv6 without brackets.
 * An IPv6 address that carries an IPv4 one has the class of that one. Undefined for anything else.
 */
export function classifyAddress(address: string): AddressClass | undefined {
  const groups = address.length <= LONGEST ? parseAddress(address) : undefined;
  return groups && classifyGroups(groups);
}

function classifyGroups(groups: readonly number[]): AddressClass {
  for (const range of SPECIAL) if (contains(range, groups)) return range.is;
  for (const carrier of CARRIERS) {
    if (groups.length !== 8 || !contains(carrier, groups)) continue;
    const inner = groups.slice(carrier.group, carrier.group + 2);
    return classifyGroups(carrier.inverted ? inner.map((group) => group ^ 0xffff) : inner);
  }
  return "public";
}

/** An IPv4 address as two, an IPv6 address as eight groups of 16 bits. */
function parseAddress(address: string): readonly number[] | undefined {
  return address.includes(":") ? parseV6(address) : parseV4(address);
}

function parseV4(address: string): readonly number[] | undefined {
  const parts = address.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  const [a, b, c, d] = parts.map(Number) as [number, number, number, number];
  return [a * 256 + b, c * 256 + d];
}

function parseV6(address: string): readonly number[] | undefined {
  const halves = address.split("::").map((half) => (half === "" ? [] : half.split(":").flatMap(parseGroup)));
  const [head = [], tail = []] = halves;
  const missing = 8 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 0 : missing !== 0)) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return groups.every((group) => group >= 0 && group <= 0xffff) ? groups : undefined;
}

function parseGroup(group: string): readonly number[] {
  if (group.includes(".")) return parseV4(group) ?? [-1];
  return [/^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : -1];
}

function parseRange(range: string): Range {
  const [address, bits] = range.split("/") as [string, string];
  return { groups: parseAddress(address) as readonly number[], bits: Number(bits) };
}

function contains({ groups: base, bits }: Range, groups: readonly number[]): boolean {
  if (base.length !== groups.length) return false;
  for (let index = 0, left = bits; left > 0; index++, left -= 16) {
    const shift = left >= 16 ? 0 : 16 - left;
    if ((base[index] as number) >> shift !== (groups[index] as number) >> shift) return false;
  }
  return true;
}
