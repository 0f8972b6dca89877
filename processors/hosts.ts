/**
 * What only a policy with a section `network` needs. In the package this is a file of its own that is loaded with the
 * first such policy; so it has functions only.
 *
 * @module
 */
import type { Network } from "../policies/schema/data.ts";
import { NetworkRules } from "./network-rules.ts";

export { takeApart } from "./detection/content/url/authority.ts";
export { hostsNamed } from "./named-hosts.ts";

/** @throws SpangateError `SG_POLICY_INVALID` for a pattern that can stand for no host */
export function createNetworkRules(network: Network): NetworkRules {
  return new NetworkRules(network);
}
