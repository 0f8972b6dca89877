import { createContextKey, type Context } from "@opentelemetry/api";
import type { Invocation } from "../policies/invocation.ts";

/** `createContextKey` is `Symbol.for` underneath, so every copy of the OpenTelemetry API finds the same entry. */
const INVOCATION: symbol = createContextKey("spangate.invocation");

export function withInvocation(context: Context, invocation: Invocation): Context {
  return context.setValue(INVOCATION, invocation);
}

/** The invocation that a span was started for; undefined for spans that are not tool calls. */
export function invocationOf(context: Context): Invocation | undefined {
  return context.getValue(INVOCATION) as Invocation | undefined;
}
