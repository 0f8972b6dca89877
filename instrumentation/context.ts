import { type Context, type ContextManager, ROOT_CONTEXT } from "@opentelemetry/api";

/** Where every copy of the OpenTelemetry API 1.x keeps what was registered. */
const GLOBAL = Symbol.for("opentelemetry.js.api.1");

/**
 * The application's context manager. Read from where the API keeps it and not through the API: a copy of
 * another minor version refuses to hand it out, and the tool span would lose its parent.
 */
function manager(): ContextManager | undefined {
  return (globalThis as Record<symbol, { context?: ContextManager } | undefined>)[GLOBAL]?.context;
}

export function activeContext(): Context {
  return manager()?.active() ?? ROOT_CONTEXT;
}

export function runWith<T>(context: Context, run: () => T): T {
  const current = manager();
  return current ? current.with(context, run) : run();
}
