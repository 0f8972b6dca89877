import { oneLine, SpangateError } from "../../errors.ts";
import { policyVerifiers } from "../../instrumentation/policy-keys.ts";
import { type Signed, signatureFile, verifyPolicy } from "../../instrumentation/policy-signature.ts";
import { formatTime } from "../../instrumentation/policy-statement.ts";
import { loadPolicy } from "../../policies/index.ts";
import { action, type AddCommand, EXIT, exitCodes, usage } from "../command.ts";
import { print, style, wrap } from "../output.ts";

/** Room for text that is indented by two, in a terminal of 80 characters. */
const WIDTH = 72;

export const verifySignature: AddCommand = (program) => {
  program.command("verify").argument("<policy>", "a policy file, with its signature in <policy>.sig beside it")
    .summary("whether a policy is signed as it is now")
    .description("Looks at the signature as a process with SPANGATE_POLICY_KEY does, apart from what was in force before. Of a policy that is not signed nothing is run: neither its engines nor its tests.")
    .option("--key <keys>", "verifier keys, or a file of them; default: SPANGATE_POLICY_KEY")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("it is signed as it is now", "it is not signed, or not as it is now, or the signature has expired"))
    .action(action((file: string, { key = process.env["SPANGATE_POLICY_KEY"], json }: { key?: string; json?: boolean }) => {
      if (!key) throw usage("--key or SPANGATE_POLICY_KEY is needed");
      const verifiers = policyVerifiers(key);
      try {
        let signed: Signed | undefined;
        const policy = loadPolicy(file, undefined, (read) => (signed = verifyPolicy(read, verifiers)));
        const { policy: label, digest, revision, expires, keys } = signed as unknown as Signed;
        const until = expires === undefined ? undefined : formatTime(expires);
        print(json, { ok: true, file: signatureFile(policy), policy: label, digest, revision, ...(until && { expires: until }), keys }, () =>
          `${style("green", "signed")}  ${wrap(`${file}: ${oneLine(label)}, revision ${revision}, by ${keys.join(", ")}${until ? `, until ${until}` : ""}`, WIDTH, 2)}\n  digest ${digest}`);
        return EXIT.ok;
      } catch (thrown) {
        if (!(thrown instanceof SpangateError) || thrown.code !== "SG_POLICY_UNTRUSTED") throw thrown;
        print(json, { ok: false, code: thrown.code, message: thrown.message, remedy: thrown.remedy }, () => `${style("red", "not signed")}  ${file}\n  ${wrap(`${thrown.code}: ${oneLine(thrown.message)}`, WIDTH, 2)}\n  ${wrap(oneLine(thrown.remedy), WIDTH, 2)}`);
        return EXIT.found;
      }
    }));
};
