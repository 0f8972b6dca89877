import type { Network } from "../../../policies/schema/data.ts";
import { createNetworkRules } from "../../../processors/hosts.ts";
import type { NetworkRules, NetworkVerdict } from "../../../processors/network-rules.ts";
import { noteEffect } from "../evidence.ts";
import { currentFrame, type Frame } from "../../frame.ts";
import type { Host } from "../../host.ts";
import { refusal, type Refusal } from "./refusal.ts";

/** Says whether code runs inside a tool call, and judges what it wants to reach. */
export class NetworkGate {
  readonly #host: Host;
  readonly #rules = new WeakMap<Network, NetworkRules>();

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * The tool call in which this code runs, or whose work it is that was left running: a tool does not get out by
   * answering early. Undefined outside of calls, and where the policy in force has no section `network`.
   */
  running(): NetworkCall | undefined {
    const frame = currentFrame();
    if (!frame) return undefined;
    const { source } = this.#host.pipeline.policy;
    const { network } = source;
    if (!network) return undefined;
    let rules = this.#rules.get(network);
    if (!rules) this.#rules.set(network, (rules = createNetworkRules(network)));
    return new NetworkCall(this.#host, frame, rules, source.mode === "enforce");
  }
}

/** One tool call that reaches for the network. Each method answers with the error to fail with; nothing when it may go on. */
export class NetworkCall {
  readonly #host: Host;
  readonly #frame: Frame;
  readonly #rules: NetworkRules;
  readonly #enforcing: boolean;

  constructor(host: Host, frame: Frame, rules: NetworkRules, enforcing: boolean) {
    this.#host = host;
    this.#frame = frame;
    this.#rules = rules;
    this.#enforcing = enforcing;
  }

  /** False where everything is done as it was asked for, and only recorded. */
  get enforcing(): boolean {
    return this.#enforcing;
  }

  /** A name or an address that is asked for. */
  onHost(syscall: string, host: string, scheme?: string): Refusal | undefined {
    return this.#say(syscall, host, this.#rules.verdictOn(host, scheme));
  }

  /** How a connection that is open already was made. */
  onScheme(syscall: string, scheme: string, host: string): Refusal | undefined {
    return this.#say(syscall, host, this.#rules.verdictOnScheme(scheme));
  }

  /** An address that a name has led to. */
  onAddress(syscall: string, address: string): Refusal | undefined {
    return this.#say(syscall, address, this.#rules.verdictOnAddress(address));
  }

  /** A Unix socket or a named pipe. */
  onLocal(syscall: string, path: string): Refusal | undefined {
    return this.#say(syscall, path, this.#rules.verdictOnLocal(path));
  }

  /** A name or an address that a resolver is asked about. */
  onQuery(syscall: string, name: string): Refusal | undefined {
    return this.#say(syscall, name, this.#rules.verdictOnQuery(name));
  }

  #say(syscall: string, host: string, against: NetworkVerdict | undefined): Refusal | undefined {
    if (!against) return undefined;
    const { rule, target, reason } = against;
    // Node ends a process in which a listener of its channels throws.
    this.#host.attempt(() => noteEffect(this.#host, this.#frame, { kind: "network", rule, target, refused: this.#enforcing }));
    return this.#enforcing ? refusal(syscall, host, reason) : undefined;
  }
}
