import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRecords as readPlaced } from "../../exporters/audit/reader.ts";
import type { AuditRecord } from "../../exporters/audit/record.ts";

/** Root of the repository. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

export interface RunOptions {
  readonly cwd?: string;
  readonly args?: readonly string[];
  /** Arguments of node itself. Default: preload spangate. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The text of a policy file. */
  readonly policy?: string;
  /** Another Node. */
  readonly node?: string;
  /** Called with the child once it runs, for signals and the like. */
  readonly onStart?: (child: import("node:child_process").ChildProcess) => void;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  /** Without what is said of every module that is gated. */
  readonly stderr: string;
  /** The modules that were named as gated. */
  readonly announced: readonly string[];
  readonly auditDir: string;
  /** The last line of standard output, as JSON: what the apps of these tests print. */
  json<T = Record<string, unknown>>(): T;
  records(): AuditRecord[];
}

export const PRELOAD: readonly string[] = ["--require", "spangate/register"];

/** Where re2 has no binary for this Node (see scripts/bootstrap.mjs) every child says so, and that is as it should be. */
const HAS_RE2 = ((): boolean => {
  try {
    return Boolean(createRequire(import.meta.url)("re2"));
  } catch {
    return false;
  }
})();

const ANNOUNCED = /^spangate: gating .*\n/gm;

const folders: string[] = [];
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A fresh folder under the system's temporary folder; it goes with this process. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "spangate-test-"));
  folders.push(folder);
  return folder;
}

/** Runs an unchanged application in a child process, with spangate in front of it unless `nodeArgs` says otherwise. */
export async function runApp(file: string, options: RunOptions = {}): Promise<RunResult> {
  const folder = temporaryFolder();
  const auditDir = options.env?.["SPANGATE_AUDIT_DIR"] ?? join(folder, "audit");
  const env: NodeJS.ProcessEnv = { ...bareEnvironment(), SPANGATE_AUDIT_DIR: auditDir, ...options.env };
  if (options.policy !== undefined) {
    env["SPANGATE_POLICY"] = join(folder, "policy.yaml");
    writeFileSync(env["SPANGATE_POLICY"], options.policy);
  }
  const child = spawn(options.node ?? process.execPath, [...(options.nodeArgs ?? PRELOAD), file, ...(options.args ?? [])], { cwd: options.cwd ?? ROOT, env });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
  child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
  options.onStart?.(child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return {
    code, stdout, announced: [...stderr.matchAll(/^spangate: gating (.*)$/gm)].map(([, module]) => module as string),
    stderr: stderr.replace(HAS_RE2 ? ANNOUNCED : new RegExp(`${ANNOUNCED.source}|^spangate: re2 cannot be loaded by Node .*\\n`, "gm"), ""), auditDir,
    json<T>() {
      const line = stdout.trimEnd().split("\n").at(-1) ?? "";
      try {
        return JSON.parse(line) as T;
      } catch {
        throw new Error(`the app did not end with JSON (exit ${code})\n${stdout}\n${stderr}`);
      }
    },
    records: () => readRecords(auditDir),
  };
}

/** Every record of an audit directory, log by log; with the values that the vault has in the place of their commitments. */
export function readRecords(directory: string): AuditRecord[] {
  if (!existsSync(directory)) return [];
  return [...readPlaced(directory)].map(({ record, value }): AuditRecord => {
    if (typeof value !== "object" || value.text === undefined) return record;
    if (record.t === "decision") return { ...record, args: value.text, ...(value.on_behalf_of !== undefined && { on_behalf_of: value.on_behalf_of }) };
    return record.t === "outcome" ? { ...record, result: value.text } : record;
  });
}

/** The bytes of every segment of an audit directory. */
export function readSegments(directory: string): string {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".log")).map((file) => readFileSync(join(directory, file), "utf8")).join("");
}

/** This process's environment without anything that would configure spangate or OpenTelemetry in a child. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SPANGATE_|OTEL_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/.test(name)));
}
