import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { messageOf, SpangateError } from "../errors.ts";
import { realDisk } from "../exporters/audit/disk.ts";
import type { Verifier } from "../exporters/audit/tree/note.ts";
import { type Assembled, type CompiledPolicy, loadPolicy } from "../policies/index.ts";
import { readFile } from "../read-file.ts";
import type { Environment } from "./environment.ts";
import { policyVerifiers } from "./policy-keys.ts";
import { type Signed, untrusted, verifyPolicy } from "./policy-signature.ts";

/** In the audit directory: the newest policy that was in force here. */
export const REVISION_FILE = "policy-revision.json";

/** Largest accepted `policy-revision.json`, in bytes: a name, a number and a digest. */
const MAX_BYTES = 65_536;

/** What no policy that comes after it may be older than. */
type Floor = Pick<Signed, "name" | "revision" | "digest">;

const known = new WeakMap<Environment, PolicyTrust>();

/**
 * Which policies this process puts in force, where the operator says whose: those with a right signature, and none that is older than
 * one that was in force before, in this process or in another one with the same audit directory.
 */
export class PolicyTrust {
  readonly #verifiers: readonly Verifier[];
  readonly #file: string;
  readonly #signed = new WeakMap<CompiledPolicy, Signed>();
  #inForce: Signed | undefined;

  /** @throws SG_POLICY_KEY */
  constructor(keys: string, auditDirectory: string) {
    this.#verifiers = policyVerifiers(keys);
    // The application may change its working directory later.
    this.#file = resolve(auditDirectory, REVISION_FILE);
  }

  /** Undefined where SPANGATE_POLICY_KEY is not set: any policy will do. One for each environment, since it remembers. */
  static of(environment: Environment): PolicyTrust | undefined {
    if (environment.policyKey === undefined) return undefined;
    let trust = known.get(environment);
    if (!trust) known.set(environment, (trust = new PolicyTrust(environment.policyKey, environment.auditDirectory)));
    return trust;
  }

  /**
   * A policy that may be put in force. Of one that may not, nothing is run: neither its engines nor its tests.
   *
   * @param met is told of what was read, whether it may be put in force or not
   * @throws SG_POLICY_UNTRUSTED, and whatever `loadPolicy` throws
   */
  load(file: string, mode: Environment["mode"], met: (policy: Assembled) => void = () => {}): CompiledPolicy {
    let signed: Signed | undefined;
    const policy = loadPolicy(file, mode, (read) => {
      met(read);
      signed = this.#judge(read);
    });
    this.#signed.set(policy, signed as Signed);
    return policy;
  }

  /**
   * How a policy was signed that is about to be put in force.
   *
   * @throws SG_POLICY_UNTRUSTED for one that was not loaded here
   */
  signedOf(policy: CompiledPolicy): Signed {
    const signed = this.#signed.get(policy);
    const { name, version } = policy.source;
    if (!signed) throw untrusted(`${name}@${version}`, "it was made in code, which carries no signature", "Write it to a file and sign that, or unset SPANGATE_POLICY_KEY.");
    return signed;
  }

  /** The policy in force, as it was signed. */
  get inForce(): Signed | undefined {
    return this.#inForce;
  }

  /** From here on this process puts nothing older in force. */
  putInForce(policy: CompiledPolicy): void {
    this.#inForce = this.signedOf(policy);
  }

  /**
   * From here on no process with this audit directory puts anything older in force.
   *
   * @throws SG_AUDIT_UNWRITABLE
   */
  remember(): void {
    if (!this.#inForce) return;
    const { name, revision, digest } = this.#inForce;
    const before = this.#remembered(this.#inForce);
    if (before && before.revision >= revision) return;
    const next = `${this.#file}.${process.pid}-${process.getBuiltinModule("node:worker_threads").threadId}.new`;
    try {
      realDisk.makeFolder(dirname(this.#file));
      // What stands there is of a process that is gone, or a link to something that must not be written over.
      rmSync(next, { force: true });
      writeFileSync(next, `${JSON.stringify({ name, revision, digest })}\n`, { flag: "wx", mode: 0o600, flush: true });
      renameSync(next, this.#file);
    } catch (thrown) {
      throw new SpangateError("SG_AUDIT_UNWRITABLE", { directory: dirname(this.#file), problem: messageOf(thrown) }, { cause: thrown });
    }
  }

  #judge(policy: Assembled): Signed {
    const signed = verifyPolicy(policy, this.#verifiers);
    for (const floor of [this.#inForce, this.#remembered(signed)]) if (floor) this.#compare(signed, floor);
    return signed;
  }

  #compare(signed: Signed, floor: Floor): void {
    const reset = `If this is meant, delete ${this.#file}, and restart.`;
    if (signed.name !== floor.name) throw untrusted(signed.policy, `its name is ${signed.name}, and the policy that was in force before is ${floor.name}`, `One audit directory knows one policy. ${reset}`);
    if (signed.revision < floor.revision) throw untrusted(signed.policy, `it is older (revision ${signed.revision}) than the one that was in force before (revision ${floor.revision})`, `Sign it again, with a higher revision. ${reset}`);
    if (signed.revision === floor.revision && signed.digest !== floor.digest) throw untrusted(signed.policy, `revision ${signed.revision} is that of another policy, which was in force before`, `Sign it again, with a higher revision. ${reset}`);
  }

  /** What was in force in the processes before this one. What cannot be read might say that this policy is too old. */
  #remembered({ policy }: Signed): Floor | undefined {
    try {
      const { name, revision, digest } = JSON.parse(readFile(this.#file, MAX_BYTES).toString("utf8")) as Floor;
      if (typeof name !== "string" || typeof digest !== "string" || !Number.isSafeInteger(revision)) throw new Error("it does not say name, revision and digest");
      return { name, revision, digest };
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw untrusted(policy, `${this.#file} cannot be used: ${messageOf(thrown)}`, "It holds the newest policy that was in force. Restore it, or delete it and see yourself that this policy is the newest.");
    }
  }
}
