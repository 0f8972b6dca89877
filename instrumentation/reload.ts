import { fstatSync, statSync, unwatchFile, watchFile } from "node:fs";
import { resolve } from "node:path";
import { messageOf, oneLine, SpangateError } from "../errors.ts";
import { POLICY_RELOADS } from "../exporters/instruments.ts";
import { RELOAD_OUTCOME } from "../names.ts";
import { type Assembled, type CompiledPolicy, loadPolicy, type Mode } from "../policies/index.ts";
import { say } from "../say.ts";
import { type Signed, signatureFile } from "./policy-signature.ts";
import { formatTime } from "./policy-statement.ts";
import type { Runtime } from "./runtime.ts";

/** How often the files of a policy are looked at, in milliseconds. Looking works on every file system, mounted secrets included. */
const INTERVAL = 1_000;
/** How long a change is left to settle, in milliseconds: several files of a policy often change together. */
const SETTLE = 100;
/**
 * How many times as long as the last attempt took the application has its turn before the next: who may write the files, and not
 * sign them, must not keep the process busy with them.
 */
const BREATHER = 20;
/** Longest wait until it is looked again whether the signature has expired, in milliseconds: a clock may be set. */
const EXPIRY_CHECK = 3_600_000;

type Outcome = "replaced" | "unchanged" | "rejected" | "untrusted";

/**
 * Puts a policy file in force again whenever it, its signature, or a file that it is made of, has changed. The new policy is
 * read, compiled and tested before it replaces the old one as a whole; whatever is wrong with it keeps the last good one.
 */
export class PolicyReloader {
  readonly #runtime: Runtime;
  readonly #file: string;
  readonly #mode: Mode | undefined;
  #watched: readonly string[] = [];
  #settling: NodeJS.Timeout | undefined;
  #expiring: NodeJS.Timeout | undefined;
  /** When the files may be read again, as `performance.now()` has it. */
  #notBefore = 0;

  constructor(runtime: Runtime, file: string, mode: Mode | undefined) {
    this.#runtime = runtime;
    // The application may change its working directory later.
    this.#file = resolve(file);
    this.#mode = mode;
  }

  /** Watches the files, without keeping the process alive, and listens to SIGHUP where nobody's terminal sends it. */
  start(): void {
    this.#watch(this.#runtime.pipeline.policy);
    this.#awaitExpiry();
    // A terminal that is closed sends SIGHUP too, and the process must then end as ever.
    if (process.platform !== "win32" && !isTerminal(0) && !isTerminal(1)) process.on("SIGHUP", () => this.reload());
  }

  /** @returns what became of it; a policy that is not valid, or not signed as it must be, is told on stderr and counted */
  reload(): Outcome {
    const started = performance.now();
    const outcome = this.#attempt();
    const ended = performance.now();
    this.#notBefore = ended + BREATHER * (ended - started);
    this.#runtime.policyGauges.stale = outcome === "rejected" || outcome === "untrusted";
    this.#runtime.metrics.record(POLICY_RELOADS, 1, { [RELOAD_OUTCOME]: outcome });
    this.#awaitExpiry();
    return outcome;
  }

  #attempt(): Outcome {
    const { trust, pipeline: { policy: current } } = this.#runtime;
    let next: CompiledPolicy;
    try {
      next = trust ? trust.load(this.#file, this.#mode, (read) => this.#watch(read)) : loadPolicy(this.#file, this.#mode);
      this.#watch(next);
      if (next.digest === current.digest) {
        // It may have been signed again, with a later revision or until a later day.
        this.#runtime.trusted(next);
        return "unchanged";
      }
      this.#runtime.replace(next);
      warnNotEnforced(next);
    } catch (thrown) {
      const line = thrown instanceof SpangateError ? thrown.line : `spangate: ${oneLine(messageOf(thrown))}`;
      say(`${line} The policy ${nameOf(current)} stays in force.`);
      return thrown instanceof SpangateError && thrown.code === "SG_POLICY_UNTRUSTED" ? "untrusted" : "rejected";
    }
    say(`spangate: policy ${nameOf(next)} (${next.digest.slice(0, 12)}) replaces ${nameOf(current)} (${current.digest.slice(0, 12)})${by(trust?.inForce)}`);
    return "replaced";
  }

  /** A policy whose signature expires stays in force, since the alternative is none; that it is out of date is told. */
  #awaitExpiry(): void {
    clearTimeout(this.#expiring);
    const signed = this.#runtime.trust?.inForce;
    if (signed?.expires === undefined) return;
    const left = signed.expires - Date.now();
    if (left > 0) {
      this.#expiring = setTimeout(() => this.#awaitExpiry(), Math.min(left, EXPIRY_CHECK)).unref();
    } else if (!this.#runtime.policyGauges.stale) {
      this.#runtime.policyGauges.stale = true;
      say(`spangate: the signature of the policy ${oneLine(signed.policy)} expired at ${formatTime(signed.expires)}. It stays in force, and no process starts with it any more: sign it again.`);
    }
  }

  #watch(policy: Assembled): void {
    const named = this.#runtime.trust ? [...policy.files, signatureFile(policy)] : policy.files;
    const files = [...new Set(named.map((file) => resolve(file)))];
    const added = files.filter((file) => !this.#watched.includes(file));
    for (const file of this.#watched) if (!files.includes(file)) unwatchFile(file, this.#changed);
    for (const file of added) watchFile(file, { interval: INTERVAL, persistent: false }, this.#changed);
    this.#watched = files;
  }

  readonly #changed = (): void => {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.reload(), Math.max(SETTLE, this.#notBefore - performance.now()));
    this.#settling.unref();
  };
}

/** Most processes have no device there, or the null device: asking `process.stdin` would load streams and more, 3 MB. */
function isTerminal(descriptor: 0 | 1): boolean {
  try {
    const device = fstatSync(descriptor);
    if (!device.isCharacterDevice() || device.rdev === statSync("/dev/null").rdev) return false;
  } catch {
    // Closed: no terminal that could send anything.
    return false;
  }
  return process.getBuiltinModule("node:tty").isatty(descriptor);
}

function nameOf({ source }: CompiledPolicy): string {
  return oneLine(`${source.name}@${source.version}`);
}

function by(signed: Signed | undefined): string {
  return signed ? `, signed by ${signed.keys.join(", ")}, revision ${signed.revision}` : "";
}

/** Says which sections of a policy nothing acts on: an author must not take them for a gate. */
export function warnNotEnforced({ source, notEnforced }: CompiledPolicy): void {
  if (notEnforced.length > 0) say(`spangate: policy ${oneLine(source.name)}: checked, but not enforced by this version: ${notEnforced.join(", ")}`);
}
