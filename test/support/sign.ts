import { writeFileSync } from "node:fs";
import { formatVerifierKey, generateKey, publicOf } from "../../exporters/audit/tree/key.ts";
import { ed25519Signer, type Signer, signNote } from "../../exporters/audit/tree/note.ts";
import { formatStatement, type PolicyStatement } from "../../instrumentation/policy-statement.ts";
import { loadPolicy } from "../../policies/index.ts";

/** Somebody who signs policies. */
export interface PolicySigner {
  /** What SPANGATE_POLICY_KEY takes. */
  readonly key: string;
  readonly signer: Signer;
  /** Signs a policy file as it is now, into the file beside it or another one; returns what was signed. */
  sign(file: string, statement?: Partial<PolicyStatement>, to?: string): PolicyStatement;
}

export function policySigner(name = "policies.example.com"): PolicySigner {
  const privateKey = generateKey("ed25519");
  const signer = ed25519Signer(name, privateKey);
  return {
    key: formatVerifierKey({ name, type: "ed25519", key: publicOf(privateKey) }), signer,
    sign(file, statement = {}, to = `${file}.sig`) {
      const { source, digest } = loadPolicy(file);
      const signed = { policy: `${source.name}@${source.version}`, digest, revision: 1, ...statement };
      writeFileSync(to, signNote(formatStatement(signed), [signer]));
      return signed;
    },
  };
}
