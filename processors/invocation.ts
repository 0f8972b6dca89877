import { createContextKey, type Context } from "@opentelemetry/api";

/** What a seam knows of a call about to happen. */
export interface Call {
  /** Name of the tool, as the model knows it. */
  readonly tool: string;
  readonly arguments: unknown;
  /** Which seam the call came through, like `ai` or `mcp.client`. */
  readonly framework: string;
  /** The id that the model gave to this call. */
  readonly callId?: string | undefined;
  readonly caller?: string | undefined;
  readonly agent?: string | undefined;
  readonly session?: string | undefined;
}

/** One tool call about to happen: frozen, with a deep-frozen copy of its arguments. Processors judge this and only this. */
export interface Invocation extends Call {
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** `createContextKey` is `Symbol.for` underneath, so every copy of the OpenTelemetry API finds the same entry. */
const INVOCATION: symbol = createContextKey("spangate.invocation");

export function withInvocation(context: Context, invocation: Invocation): Context {
  return context.setValue(INVOCATION, invocation);
}

/** The invocation that a span was started for; undefined for spans that are not tool calls. */
export function invocationOf(context: Context): Invocation | undefined {
  return context.getValue(INVOCATION) as Invocation | undefined;
}
