import type { AddCommand } from "../command.ts";
import { inspect } from "../inspect.ts";
import { verify } from "../verify.ts";
import { backfill } from "./backfill.ts";
import { erase } from "./erase.ts";
import { exportAudit } from "./export.ts";
import { hold } from "./hold.ts";
import { keygen } from "./keygen.ts";
import { merge } from "./merge.ts";
import { prove } from "./prove.ts";
import { prune } from "./prune.ts";
import { rotateKey } from "./rotate-key.ts";
import { tiles } from "./tiles.ts";
import { witness } from "./witness.ts";

/** `inspect` and `verify` stand at the top as well, where they have been from the first. */
const COMMANDS = [inspect, verify, prove, exportAudit, tiles, witness, backfill, merge, hold, erase, prune, rotateKey, keygen];

export const audit: AddCommand = (program) => {
  const command = program.command("audit").summary("read, prove, keep and hand over the audit log")
    .description("Keys, origin and vault key are taken from the same variables that the processes have which write the log: SPANGATE_AUDIT_KEY_FILE, SPANGATE_AUDIT_ORIGIN, SPANGATE_VAULT_KEY. docs/audit-commands.md shows each command at work.");
  for (const add of COMMANDS) add(command);
};
