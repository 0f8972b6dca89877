import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DecisionBody } from "../../exporters/audit/bodies.ts";
import { Vault } from "../../exporters/audit/vault.ts";
import { decision, openLog } from "../support/records.ts";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  json<T = Record<string, unknown>>(): T;
}

/** Runs the built command line. Output is no terminal, so it has no colours. */
export function spangate(args: readonly string[], cwd: string = ROOT): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "dist/cli.js"), ...args], { cwd, env: bareEnvironment(), encoding: "utf8" });
  return { code: status, stdout, stderr, json: <T>() => JSON.parse(stdout) as T };
}

/** A fresh folder with these files. */
export function folderWith(files: Readonly<Record<string, string | object>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

/** An audit directory with these decisions; `args` as the text that the vault keeps. */
export function auditWith(...bodies: readonly (Partial<DecisionBody> & { readonly tool: string })[]): string {
  const directory = temporaryFolder();
  const log = openLog(directory);
  const vault = Vault.open(directory, undefined, true) as Vault;
  for (const body of bodies) {
    const value = vault.seal(body.args ?? "{}", { onBehalfOf: body.on_behalf_of, keep: "value" });
    log.append("decision", decision(body.tool, { ...body, args: value.commit, args_bytes: value.bytes }), value);
  }
  log.close();
  return directory;
}
