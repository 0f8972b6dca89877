import type { Agent, AgentOptions } from "node:https";
import { post } from "./http.ts";

/** Certificates, PEM. */
export interface Tls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface EndpointOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout: number;
  readonly tls: Tls;
}

/** An HTTP server that takes POST requests, over connections that are kept. */
export class Endpoint {
  readonly #options: EndpointOptions;
  #agent: Agent | undefined;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** @throws as `post` */
  post(body: Uint8Array | string, headers: Readonly<Record<string, string>>, path?: string): Promise<Buffer> {
    const { url, timeout } = this.#options;
    return post({ url: path === undefined ? url : new URL(path, url), timeout, agent: (this.#agent ??= this.#createAgent()), headers: { ...this.#options.headers, ...headers } }, body);
  }

  close(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
  }

  #createAgent(): Agent {
    const { url, tls } = this.#options;
    const { Agent: Created } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
    return new Created({ keepAlive: true, ...tlsOptions(tls) } as AgentOptions) as Agent;
  }
}

/** Only what is given: an undefined certificate would stand for none at all. */
export function tlsOptions({ ca, cert, key }: Tls): { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly minVersion: "TLSv1.2" } {
  return { minVersion: "TLSv1.2", ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}
