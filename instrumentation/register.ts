import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { messageOf, SpangateError } from "../errors.ts";
import { realDisk } from "../exporters/audit/disk.ts";
import { type CompiledPolicy, definePolicy, loadPolicy } from "../policies/index.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { loadedBefore } from "./loaded.ts";
import { installLoader, reportLoadedBefore } from "./loader.ts";
import { untrusted } from "./policy-signature.ts";
import { PolicyTrust } from "./policy-trust.ts";
import { guardWorkers, propagate } from "./propagate.ts";
import { PolicyReloader, warnNotEnforced } from "./reload.ts";
import { Runtime } from "./runtime.ts";
import { registeredBefore } from "./telemetry/providers.ts";
import { say } from "../say.ts";

const require = createRequire(import.meta.url);

/**
 * Puts spangate in front of everything that is loaded from here on. What `--require spangate/register` runs;
 * a second time it does nothing. A configuration that is wrong ends the process with one line: going on
 * would be going on without a gate.
 *
 * @param file the URL of the file that was preloaded, to be carried into child processes
 */
export function register(file: string): void {
  if (Runtime.current) return;
  try {
    const environment = readEnvironment();
    start(environment, configuredPolicy(environment), file);
  } catch (thrown) {
    say(`${thrown instanceof SpangateError ? thrown.line : `spangate: ${messageOf(thrown)}`}`);
    process.exit(1);
  }
}

/**
 * The policy that the environment names. A process that has none observes: everything runs, everything is written down; not
 * where the operator says who signs policies.
 */
export function configuredPolicy(environment: Environment): CompiledPolicy {
  const { policy, mode } = environment;
  const trust = PolicyTrust.of(environment);
  if (trust && !policy) throw untrusted("none", "SPANGATE_POLICY names no policy, and without one nothing is enforced", "Set SPANGATE_POLICY, or unset SPANGATE_POLICY_KEY.");
  if (trust && policy) return trust.load(policy, mode);
  return policy ? loadPolicy(policy, mode) : definePolicy({ spangate: 1, name: "none", mode: "observe", default: "allow" });
}

function start(environment: Environment, policy: CompiledPolicy, file: string): void {
  if (environment.auditDirectoryGiven) requireWritable(environment.auditDirectory);
  const runtime = new Runtime(environment, policy);
  Runtime.current = runtime;
  installLoader({ coverage: runtime.coverage, helpers: (framework) => runtime.helpers(framework), onThreads: () => guardWorkers(file) });
  reportLoadedBefore(loadedBefore(file), runtime.coverage, (url) => runtime.outlets.meetLoaded(url));
  for (const provider of registeredBefore()) runtime.outlets.meetProvider(provider);
  propagate(file);
  if (environment.policy) new PolicyReloader(runtime, environment.policy, environment.mode).start();
  const sdk = environment.startSdk ? startSdk() : undefined;
  process.on("SIGUSR2", () => say(runtime.coverage.toString()));
  // Once: a backend that is down must not keep an application from ending.
  process.once("beforeExit", () => void Promise.all([runtime.shutdown(), sdk?.shutdown()]).catch(() => {}));
  // Child processes and threads inherit this; what their parent has said need not be said again.
  const told = process.env["SPANGATE_PRELOADED"];
  process.env["SPANGATE_PRELOADED"] = "1";
  if (!told) warnNotEnforced(policy);
  if (!environment.policy && !told) {
    say(`spangate: no policy, observing only: every tool call runs and is written to ${environment.auditDirectory}. Set SPANGATE_POLICY to enforce.`);
  }
}

/** A directory that the user named must take records before the application starts. */
function requireWritable(directory: string): void {
  try {
    realDisk.makeFolder(directory);
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (thrown) {
    throw new SpangateError("SG_AUDIT_UNWRITABLE", { directory, problem: messageOf(thrown) }, { cause: thrown });
  }
}

/** For applications without an SDK. Never by default: the application's own would then be dropped in silence. */
function startSdk(): { shutdown(): Promise<void> } {
  const { NodeSDK } = require("@opentelemetry/sdk-node") as typeof import("@opentelemetry/sdk-node");
  const sdk = new NodeSDK();
  sdk.start();
  return sdk;
}
