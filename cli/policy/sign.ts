import { holdKey } from "../../exporters/audit/signer.ts";
import { isKeyName, parseVerifierKey } from "../../exporters/audit/tree/key.ts";
import { ed25519Verifier, formatNote } from "../../exporters/audit/tree/note.ts";
import { signatureFile, verifyPolicy } from "../../instrumentation/policy-signature.ts";
import { formatStatement, formatTime } from "../../instrumentation/policy-statement.ts";
import { loadPolicy } from "../../policies/index.ts";
import { isPack } from "../../policies/load.ts";
import { duration } from "../../policies/schema/units.ts";
import { action, type AddCommand, EXIT, usage } from "../command.ts";
import { print, table } from "../output.ts";
import { replace } from "../write.ts";

/** Whatever the umask: it is for the users of the services, and no secret. */
const FILE_MODE = 0o644;

interface Options {
  readonly key?: string;
  readonly signer?: string;
  readonly publicKey?: string;
  readonly name: string;
  readonly revision?: string;
  readonly expires?: string;
  readonly json?: boolean;
}

export const sign: AddCommand = (program) => {
  program.command("sign").argument("<policy>", "a policy file")
    .summary("sign a policy with everything that it is made of")
    .description("Writes <policy>.sig: a signed note of the policy's name, digest and revision. The digest is over its parents, packs, registries, engines and their data; all of them are loaded and tested first. `spangate audit keygen <file> --name <name>` makes a key. Take another one than that of the audit log, which every agent has.")
    .option("--key <file>", "an Ed25519 private key (PEM or 32 bytes in base64, mode 600)")
    .option("--signer <where>", "instead of --key: unix:<socket>, or a command, as SPANGATE_AUDIT_SIGNER takes it")
    .option("--public-key <key>", "that of the signer: a verifier key, or 32 bytes in base64")
    .requiredOption("--name <name>", "the name in the verifier key, like policies.example.com")
    .option("--revision <number>", "higher than that of any policy signed before; default: the time, in seconds since 1970")
    .option("--expires <when>", "when it is not put in force any more: 90d, 2027-01-31, or 2027-01-31T12:00:00Z")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", "\nExit codes:\n  0  signed\n  2  the command line is wrong, or the policy is not valid")
    .action(action(async (file: string, { key, signer, publicKey, name, revision, expires, json }: Options) => {
      if ((key === undefined) === (signer === undefined)) throw usage("either --key or --signer is needed");
      if (signer !== undefined && publicKey === undefined) throw usage("--signer needs --public-key, so that no other answers for it");
      if (!isKeyName(name)) throw usage("--name: a name of a key has no spaces and no plus sign");
      if (isPack(file)) throw usage(`${file} is a pack, and what is signed is a file of yours: write one that extends it`);
      const now = Date.now();
      const policy = loadPolicy(file);
      const statement = {
        policy: `${policy.source.name}@${policy.source.version}`, digest: policy.digest, revision: revision === undefined ? Math.floor(now / 1_000) : numberOf(revision),
        ...(expires !== undefined && { expires: timeOf(expires, now) }),
      };
      // oxlint-disable-next-line no-control-regex -- they are what is looked for
      if (!statement.policy.isWellFormed() || /[\x00-\x1f]/.test(statement.policy)) throw usage("name and version of a policy that is signed have no control characters and no broken surrogates");
      const holder = holdKey("", { keyFile: key, signer, publicKey }).forOrigin(name);
      const text = formatStatement(statement);
      const sigFile = signatureFile(policy);
      const note = formatNote({ text, signatures: await holder.sign(text) });
      // As a whole: a process may be looking. And through no link: who may write policies must not write what the signer may.
      replace(sigFile, note, FILE_MODE);
      // What it cannot verify itself, nobody can.
      const named = parseVerifierKey(holder.key);
      if (typeof named === "string") throw usage(named);
      verifyPolicy(policy, [ed25519Verifier(named.name, named.key)], now);
      print(json, { file: sigFile, ...statement, verifierKey: holder.key }, () => table([
        ["signature", sigFile], ["policy", statement.policy], ["digest", statement.digest], ["revision", String(statement.revision)], ["expires", statement.expires ?? "never"], ["verifier key", holder.key],
      ], ""));
      return EXIT.ok;
    }));
};

function numberOf(text: string): number {
  const number = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number)) throw usage("--revision: a whole number");
  return number;
}

/** A duration from now, a day, or a moment; always to come. */
function timeOf(text: string, now: number): string {
  const span = duration.safeParse(text);
  const date = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/.test(text) ? Date.parse(text) : NaN;
  const time = formatTime(span.success ? now + span.data : date);
  // The 31st of February is read as a day of March.
  if (time === undefined || (!span.success && !time.startsWith(text))) throw usage(`--expires: ${text} is neither a duration (90d) nor a date (2027-01-31) nor a time (2027-01-31T12:00:00Z)`);
  if (Date.parse(time) <= now) throw usage(`--expires: ${time} is not to come`);
  return time;
}
