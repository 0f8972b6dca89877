import type { CompiledPolicy, Invocation } from "../policies/index.ts";
import { GateProcessor } from "./gate-processor.ts";
import { createNetworkRules, hostsNamed } from "./hosts.ts";
import type { NamedHost } from "./named-hosts.ts";
import type { NetworkRules, NetworkVerdict } from "./network-rules.ts";
import { currentArguments, isDenied, type Opinion } from "./verdict.ts";

/** Deepest nesting that is looked into: as deep as arguments may be. */
const MAX_DEPTH = 64;
/** Most hosts of one call that are judged. */
const MAX_HOSTS = 10_000;

/** Refuses calls whose arguments name a host that the policy's section `network` does not let them reach. */
export class NetworkProcessor extends GateProcessor {
  override readonly name = "network";
  readonly #rules: NetworkRules | undefined;

  /** @throws SpangateError `SG_POLICY_INVALID` for a domain pattern that stands for no host */
  constructor({ source }: CompiledPolicy) {
    super();
    if (source.network) this.#rules = createNetworkRules(source.network);
  }

  override judge(invocation: Invocation): Opinion | undefined {
    if (!this.#rules || isDenied(invocation)) return undefined;
    const against = new Look(this.#rules, invocation.tool).at(currentArguments(invocation), "", 0);
    return against && { effect: "deny", rule: against.rule, reason: against.reason };
  }
}

type Against = Pick<NetworkVerdict, "reason"> & { readonly rule: NetworkVerdict["rule"] | "network.incomplete" };

/** One look over the arguments of a call; ends with the first host that something speaks against. */
class Look {
  readonly #rules: NetworkRules;
  readonly #tool: string;
  /** By the arguments under which it was seen: the same list may be a note here, and hosts there. */
  readonly #seen = new Map<object, Set<string>>();
  #hosts = 0;

  constructor(rules: NetworkRules, tool: string) {
    this.#rules = rules;
    this.#tool = tool;
  }

  /** @param key the argument that the value belongs to, through lists */
  at(value: unknown, key: string, depth: number): Against | undefined {
    if (typeof value === "string") return this.#inText(value, key);
    // An address is a number, too: `{ "host": 2130706433 }`.
    if (typeof value === "number" || typeof value === "bigint") return this.#inText(String(value), key);
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || this.#known(value, key)) return undefined;
    if (value instanceof URL) return this.#inText(value.href, key);
    if (depth >= MAX_DEPTH) return { rule: "network.incomplete", reason: `the arguments are nested deeper than ${MAX_DEPTH} levels` };
    if (Array.isArray(value) || value instanceof Set) {
      for (const inner of value) {
        const against = this.at(inner, key, depth + 1);
        if (against) return against;
      }
      return undefined;
    }
    for (const [name, inner] of value instanceof Map ? value : Object.entries(value)) {
      const against = this.at(name, "", depth + 1) ?? this.at(inner, typeof name === "string" ? name : key, depth + 1);
      if (against) return against;
    }
    return undefined;
  }

  #known(value: object, key: string): boolean {
    let keys = this.#seen.get(value);
    if (keys?.has(key)) return true;
    if (!keys) this.#seen.set(value, (keys = new Set()));
    keys.add(key);
    return false;
  }

  #inText(text: string, key: string): Against | undefined {
    for (const named of hostsNamed(text, key, this.#tool)) {
      if (++this.#hosts > MAX_HOSTS) return { rule: "network.incomplete", reason: `the arguments name more than ${MAX_HOSTS} hosts` };
      const against = this.#on(named);
      if (against) return against;
    }
    return undefined;
  }

  #on({ host, scheme, certain }: NamedHost): NetworkVerdict | undefined {
    if (host === undefined) return scheme === undefined ? undefined : this.#rules.verdictOnScheme(scheme);
    const against = this.#rules.verdictOn(host, scheme);
    // Nobody says that it is a host: `report.pdf` is not among those that are allowed, and need not be.
    return against?.rule === "network.allow" && !certain ? undefined : against;
  }
}
