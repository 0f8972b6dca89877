import { existsSync, readFileSync } from "node:fs";
import { makeKeyFile } from "../../exporters/audit/signer.ts";
import { formatVerifierKey, isKeyName, nodeCrypto, publicOf } from "../../exporters/audit/tree/key.ts";
import { action, type AddCommand, EXIT, usage } from "../command.ts";
import { print } from "../output.ts";

export const keygen: AddCommand = (program) => {
  program.command("keygen").argument("<file>", "where to write it; must not exist")
    .summary("make a signing key")
    .description("Writes an Ed25519 private key (PEM, mode 600) and prints its public key. Give the file as SPANGATE_AUDIT_KEY_FILE to processes that write logs; keep it where the agent's tools cannot read it. Without one, a key is made in the audit directory. For signing policies make another one: `spangate policy sign --key <file> --name <name>`, with the verifier key in SPANGATE_POLICY_KEY.")
    .option("--name <name>", "also print a verifier key of this name: the origin of a log, of a witness, or who signs policies")
    .option("--json", "one JSON object on standard output")
    .action(action((file: string, { name, json }: { name?: string; json?: boolean }) => {
      if (existsSync(file)) throw usage(`${file} is there already; a key is never written over`);
      if (name !== undefined && !isKeyName(name)) throw usage("--name: a name of a key has no spaces and no plus sign");
      makeKeyFile(file);
      const key = publicOf(nodeCrypto().createPrivateKey(readFileSync(file)));
      const raw = key.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
      const verifierKey = name === undefined ? undefined : formatVerifierKey({ name, type: "ed25519", key });
      print(json, { file, publicKey: raw, ...(verifierKey !== undefined && { verifierKey }) }, () => [`private key  ${file}`, `public key   ${raw}`, ...(verifierKey === undefined ? [] : [`verifier key ${verifierKey}`])].join("\n"));
      return EXIT.ok;
    }));
};
