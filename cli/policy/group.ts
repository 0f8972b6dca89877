import type { AddCommand } from "../command.ts";
import { importPolicies } from "./import.ts";
import { sign } from "./sign.ts";
import { verifySignature } from "./verify.ts";

const COMMANDS = [sign, verifySignature, importPolicies];

export const policy: AddCommand = (program) => {
  const command = program.command("policy").summary("sign policies, and import those of other projects")
    .description("A process with SPANGATE_POLICY_KEY puts only signed policies in force. docs/signed-policies.md shows how to set it up.");
  for (const add of COMMANDS) add(command);
};
