import { definePolicy, loadPolicy, type PolicySource } from "../policies/index.ts";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { readEnvironment } from "./environment.ts";
import { installLoader } from "./loader.ts";
import { deniedError } from "./passage.ts";
import { PolicyTrust } from "./policy-trust.ts";
import { configuredPolicy } from "./register.ts";
import { Runtime } from "./runtime.ts";

export interface EnforceOptions {
  /**
   * Processors of your own. One with a `judge` or a `filter` (see `GateProcessor`) decides together with the
   * policy; any other span processor sees the tool spans.
   */
  readonly processors?: readonly SpanProcessor[];
}

/**
 * Puts a policy in force in this thread, from a file or from code, and replaces the one that is. Works with
 * and without the preload; without it only frameworks that are loaded afterwards are gated.
 *
 * @throws SpangateError when the policy is not valid, or SPANGATE_POLICY_KEY asks for a signature that it has not; what was in
 *   force stays in force
 */
export function enforce(policy: string | PolicySource, options: EnforceOptions = {}): void {
  const runtime = Runtime.current;
  const environment = runtime?.environment ?? readEnvironment();
  // Of a runtime that another copy of this package made its own counts.
  const trust = runtime ? runtime.trust : PolicyTrust.of(environment);
  const load = trust ? trust.load.bind(trust) : loadPolicy;
  const compiled = typeof policy === "string" ? load(policy, environment.mode) : definePolicy(policy, environment.mode);
  if (runtime) runtime.replace(compiled, options.processors ?? []);
  else begin(new Runtime(environment, compiled, options.processors));
}

export interface ToolOptions {
  /** Who calls, for limits per caller and for the audit log. */
  readonly caller?: string;
  readonly roles?: readonly string[];
  readonly tenant?: string;
  /** The person or service for whom the caller acts. */
  readonly onBehalfOf?: string;
  readonly agent?: string;
  readonly session?: string;
}

/**
 * Wraps a function so that each call is judged, recorded, redacted and traced like a framework's tool call.
 * The first argument is what is judged; the others are passed through. The result is a promise even for a
 * synchronous function: an approval may have to be waited for.
 *
 * @param name the tool's name in policies
 * @returns a function that rejects with an error of code `SG_DENIED` when the call is not allowed
 */
export function guardTool<A, R extends unknown[], T>(name: string, tool: (args: A, ...rest: R) => T, options: ToolOptions = {}): (args: A, ...rest: R) => Promise<Awaited<T>> {
  return async function (this: unknown, args: A, ...rest: R): Promise<Awaited<T>> {
    return runtime().guard.call<Awaited<T>>(
      { framework: "guardTool", tool: name, arguments: args, ...options },
      (judged) => tool.call(this, judged as A, ...rest) as Awaited<T> | Promise<Awaited<T>>,
      (message) => { throw deniedError(message); },
    );
  };
}

/**
 * The same for a synchronous function that must stay one.
 *
 * @returns a function that throws `SG_DENIED`; also when a verdict would have to be waited for (use {@link guardTool} then)
 */
export function guardToolSync<A, R extends unknown[], T>(name: string, tool: (args: A, ...rest: R) => T, options: ToolOptions = {}): (args: A, ...rest: R) => T {
  return function (this: unknown, args, ...rest) {
    const passage = runtime().guard.admitSync({ framework: "guardTool", tool: name, arguments: args, ...options });
    if (!passage.allowed) {
      passage.refuse();
      throw passage.denial();
    }
    return passage.run((judged) => tool.call(this, judged as A, ...rest));
  };
}

/** Sends what is waiting to the backends and resolves when one attempt has been made. */
export async function flush(): Promise<void> {
  await Runtime.current?.flush();
}

function runtime(): Runtime {
  const current = Runtime.current ?? beginConfigured();
  current.activate();
  return current;
}

function beginConfigured(): Runtime {
  const environment = readEnvironment();
  return begin(new Runtime(environment, configuredPolicy(environment)));
}

function begin(fresh: Runtime): Runtime {
  Runtime.current = fresh;
  installLoader({ coverage: fresh.coverage, helpers: (framework) => fresh.helpers(framework) });
  return fresh;
}
