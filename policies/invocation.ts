/** What a seam knows of a call about to happen. */
export interface Call {
  /** Name of the tool, as the model knows it. */
  readonly tool: string;
  readonly arguments: unknown;
  /** Which seam the call came through, like `ai` or `mcp.client`. */
  readonly framework: string;
  /** Name of the MCP server that offers the tool. */
  readonly server?: string | undefined;
  /** The id that the model gave to this call. */
  readonly callId?: string | undefined;
  /** Who calls: an id. */
  readonly caller?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  /** The person or service for whom the caller acts. */
  readonly onBehalfOf?: string | undefined;
  readonly agent?: string | undefined;
  readonly session?: string | undefined;
}

/** One tool call about to happen: frozen, with a deep-frozen copy of its arguments. Processors judge this and only this. */
export interface Invocation extends Call {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** `deployment.environment.name` of this process. */
  readonly environment?: string | undefined;
  /** What the results of this session have carried so far: the surest injection, 0 to 1, and its kinds. */
  readonly taint?: { readonly score: number; readonly labels: readonly string[] } | undefined;
  /** W3C baggage of the call. */
  readonly context?: Readonly<Record<string, string>> | undefined;
}
