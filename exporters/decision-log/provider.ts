import type { LoggerProvider } from "@opentelemetry/api";

const global = globalThis as Record<symbol, unknown>;

/**
 * The application's own logger provider. Read from where the API keeps it: a copy of another minor version refuses to
 * hand it out. Since 1.10 that is the registry of `@opentelemetry/api`, before it was that of `@opentelemetry/api-logs`.
 */
export function registeredLoggerProvider(): LoggerProvider | undefined {
  try {
    const registry = global[Symbol.for("opentelemetry.js.api.1")] as { readonly logs?: LoggerProvider } | undefined;
    if (registry?.logs) return registry.logs;
    const get = global[Symbol.for("io.opentelemetry.js.api.logs")];
    return typeof get === "function" ? (get as (version: number) => LoggerProvider | undefined)(1) : undefined;
  } catch {
    // Whoever has put it there has none that could be used.
    return undefined;
  }
}
