import type { MatchContext } from "../detector.ts";
import { labelled } from "./label.ts";

/** Words for an address of a machine that stands for a person. */
export const ADDRESS_WORDS: readonly string[] = ["ip", "ip address", "ipv4", "ipv6", "ip addr", "client ip", "source ip", "remote addr", "adresse ip", "ip-adresse", "dirección ip", "indirizzo ip", "IPアドレス", "IP地址"];

const isLabelled = labelled(ADDRESS_WORDS);
/** Near one of these, four numbers with dots are a version of something, or a section of it, unless a label says otherwise. */
const NUMBERED = /\b(?:v|ver|version|versions|release|rev|revision|build|firmware|upgrad\w*|downgrad\w*|updat\w*|section|chapter|clause|oid|package|library)\b|§/i;
/** The host of a URL is a server: it stands for no person. */
const HOST = /:\/\/\[?$|@\[?$/;

/**
 * An IPv4 address that can be that of a person's machine. Loopback, unspecified, multicast and reserved ranges never
 * are (RFC 6890); private and link-local ones say nothing outside of their network and need a label.
 */
export function isPersonalIpv4(value: string, context: MatchContext): boolean {
  const { before, after } = context;
  if (/[\w.%-]$/.test(before) || /^(?:[.-]?\w)/.test(after) || HOST.test(before)) return false;
  const [first, second] = value.split(".").map(Number) as [number, number];
  if (first === 0 || first === 127 || first >= 224) return false;
  const local = first === 10 || (first === 172 && second >= 16 && second < 32) || (first === 192 && second === 168) || (first === 169 && second === 254);
  return (!local && !isVersionLike(value) && !NUMBERED.test(`${before} ${context.key} ${after.slice(0, 24)}`)) || isLabelled(value, context);
}

/** Four small numbers: one address of 4,096 is like that, and nearly every version of four parts. */
function isVersionLike(value: string): boolean {
  return value.split(".").every((part) => Number(part) < 32);
}

/** Loaded on first use: most processes that preload spangate never see an address. */
let net: typeof import("node:net") | undefined;

/** A global unicast address (RFC 4291, 2000::/3); any other with a label. `::` alone is in every C++ name. */
export function isPersonalIpv6(value: string, context: MatchContext): boolean {
  if (/[\w.]$|::$|(?:^|\W)[\da-f]{1,4}:$/i.test(context.before) || HOST.test(context.before) || /^(?:\w|:)/.test(context.after)) return false;
  net ??= process.getBuiltinModule("node:net");
  if (!net.isIPv6(value)) return false;
  return /^[23][\da-f]{3}:/i.test(value) || (!value.startsWith("::") && isLabelled(value, context));
}
