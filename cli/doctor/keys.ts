import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { holdKey, KEY_FILE, type SignerSource } from "../../exporters/audit/signer.ts";
import { parseVerifierKey, publicOf } from "../../exporters/audit/tree/key.ts";
import { Vault } from "../../exporters/audit/vault.ts";
import { policyKeys } from "../../instrumentation/policy-keys.ts";
import { type Check, failed, type Finding, ok, skipped, warning } from "./check.ts";
import { findingOf } from "./settings.ts";

/** Signed by an outside signer on trial; no checkpoint begins like it (C2SP tlog-checkpoint: the origin comes first). */
const PROBE = "spangate doctor\nnothing is signed by this\n";
const ELSEWHERE = "Move it to where the processes' user cannot write (SPANGATE_AUDIT_KEY_FILE), or sign in another process (SPANGATE_AUDIT_SIGNER).";

export const keys: Check = {
  name: "keys",
  async run({ environment: { auditDirectory, audit, policyKey } }) {
    const unseen = existsSync(auditDirectory) && !mayEnter(auditDirectory);
    if (unseen && audit.keyFile === undefined && audit.key === undefined && audit.signer === undefined) return [failed(`the keys in ${auditDirectory} cannot be looked at: this user may not enter it`, "Run doctor as the user of the service.")];
    return [await signing(auditDirectory, audit, policyKey), vault(auditDirectory, audit.vaultKey)];
  },
};

async function signing(directory: string, source: SignerSource, policyKey: string | undefined): Promise<Finding> {
  const file = source.keyFile ?? join(directory, KEY_FILE);
  const isHere = source.signer === undefined && source.key === undefined;
  if (isHere && source.keyFile === undefined && !existsSync(file)) return warning(`no signing key yet: the first process makes ${file}, where whoever can write the log can read it`, "Make one where the processes' user cannot write: spangate audit keygen, and SPANGATE_AUDIT_KEY_FILE.");
  try {
    const signer = holdKey(directory, source).forOrigin("doctor");
    // A signer that answers with a signature of another key throws.
    await signer.sign(PROBE);
    const key = signer.key.slice(signer.key.indexOf("+") + 1);
    if (policyKey !== undefined && signsPolicies(signer.key, policyKey)) return failed(`signing key ${key} is one of SPANGATE_POLICY_KEY: every process that writes the log could sign a policy`, "Make another key for policies, and keep it where no agent runs: spangate audit keygen.");
    if (source.signer !== undefined) return ok(`signing key in ${source.signer.startsWith("unix:") ? "another process" : "a command"}, and it answers: ${key}`);
    if (source.key !== undefined) return warning(`signing key in SPANGATE_AUDIT_KEY, which every child process inherits: ${key}`, "Put it into a file of mode 600 and set SPANGATE_AUDIT_KEY_FILE.");
    if (isInside(file, directory)) return warning(`signing key ${file} stands in the audit directory: whoever can write the log can sign it; the key is ${key}`, ELSEWHERE);
    return ok(`signing key ${file}: ${key}`);
  } catch (thrown) {
    return findingOf(thrown);
  }
}

/** Whether a key of the log is, whatever its name, also one that signs policies. Keys that cannot be read are another check's. */
function signsPolicies(logKey: string, policyKey: string): boolean {
  const key = parseVerifierKey(logKey);
  try {
    return typeof key !== "string" && policyKeys(policyKey).some((other) => publicOf(other.key).equals(publicOf(key.key)));
  } catch {
    return false;
  }
}

function vault(directory: string, key: string | undefined): Finding {
  try {
    const opened = Vault.open(directory, key, false);
    if (key !== undefined) return ok("vault key in SPANGATE_VAULT_KEY");
    return opened ? ok("vault key vault/master.key, mode 600; keep vault/ out of backups of the log") : skipped("no vault key yet: the first process makes vault/master.key");
  } catch (thrown) {
    return findingOf(thrown);
  }
}

function mayEnter(folder: string): boolean {
  try {
    statSync(`${folder}/.`);
    return true;
  } catch {
    return false;
  }
}

function isInside(file: string, directory: string): boolean {
  return `${dirname(realpathSync(file))}${sep}`.startsWith(`${realpathSync(directory)}${sep}`);
}
