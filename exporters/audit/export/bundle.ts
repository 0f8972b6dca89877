import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { VERSION } from "../../../names.ts";
import { sha256 } from "../../../sha256.ts";
import { type Disk, realDisk } from "../disk.ts";
import { type Facts, gatherFacts } from "../report/facts.ts";
import { PROMISES, SCOPE } from "../report/statement.ts";
import { listLogs } from "../segment.ts";
import type { Report } from "../verify/report.ts";
import { KeyList } from "./keys.ts";
import { exportTiles } from "./tiles.ts";
import { COSIGNED, loadTree, settleLog } from "./tree.ts";

/** Bytes that are gathered before they are written. */
const CHUNK = 1024 * 1024;

/** A policy that was in force, by the digest that decisions name. */
export interface PolicySnapshot {
  readonly name: string;
  readonly digest: string;
  readonly source: object;
}

export interface BundleOptions {
  readonly policies: readonly PolicySnapshot[];
  readonly verified: Report;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Called now and then with how many records have been read. */
  readonly step?: (records: number) => void;
}

export interface Bundle {
  readonly spangate: string;
  readonly made: string;
  readonly logs: readonly { readonly log: string; readonly origin: string; readonly records: number; readonly pruned: number; readonly checkpoints: number; readonly sealed: number | undefined }[];
  /** Digests that decisions name, and whether the policy is in the bundle. */
  readonly policies: readonly { readonly policy: string; readonly digest: string; readonly file: string | undefined }[];
  /** File → SHA-256, hexadecimal. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Everything that somebody needs who must judge the logs and has no access to them: records, tiles, checkpoints with
 * their cosignatures, keys, policies, what was pruned, erased and lost, the report of the verification, and what is
 * not proven. No values: neither the vault nor what is encrypted with its keys leaves with it. The folder must be new.
 *
 * @throws SG_AUDIT_CORRUPT
 */
export function exportBundle(directory: string, out: string, { policies, verified, now, step }: BundleOptions, disk: Disk = realDisk): Bundle {
  mkdirSync(out, { recursive: true });
  let read = 0;
  const logs = listLogs(disk, directory).flatMap((log) => {
    const folder = join(directory, log);
    const to = join(out, "logs", log);
    mkdirSync(to, { recursive: true });
    settleLog(disk, folder);
    const records = new Lines(join(to, "records.jsonl"));
    const checkpoints = new Lines(join(to, "checkpoints.jsonl"));
    const keys = KeyList.of(disk, folder);
    const tree = loadTree(disk, folder, (item) => {
      if (item.kind === "leaf") {
        step?.(++read);
        if (item.text === undefined) return;
        records.add(item.text);
        keys.see(item.text);
      } else if (item.kind === "seal") checkpoints.add(JSON.stringify({ size: item.size, note: item.note }));
    });
    records.end();
    checkpoints.end();
    if (!tree) return [];
    if (existsSync(join(folder, COSIGNED))) cpSync(join(folder, COSIGNED), join(to, COSIGNED), { recursive: true });
    write(join(to, "keys.json"), keys.keys);
    const tiles = exportTiles(disk, folder, join(to, "tiles"));
    return [{ log, origin: tree.origin, records: tree.leaves.length, pruned: tree.pruned, checkpoints: tree.seals.length, sealed: tiles?.size }];
  });
  const facts = gatherFacts(directory, undefined, undefined, disk);
  write(join(out, "facts.json"), facts);
  write(join(out, "verification.json"), { at: new Date(now).toISOString(), spangate: VERSION, ...verified });
  writeFileSync(join(out, "STATEMENT.md"), statement());
  const named = namedPolicies(facts, policies);
  for (const { digest, source, name } of policies) {
    mkdirSync(join(out, "policies"), { recursive: true });
    write(join(out, "policies", `${digest}.json`), { name, digest, source });
  }
  const files = Object.fromEntries(readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => relative(out, join(entry.parentPath, entry.name))).sort().map((file) => [file, sha256(readFileSync(join(out, file)), "hex")]));
  const bundle = { spangate: VERSION, made: new Date(now).toISOString(), logs, policies: named, files };
  write(join(out, "manifest.json"), bundle);
  return bundle;
}

function namedPolicies(facts: Facts, policies: readonly PolicySnapshot[]): Bundle["policies"] {
  return Object.keys(facts.decisions.policies).map((named) => {
    const at = named.lastIndexOf(" ");
    const digest = named.slice(at + 1);
    return { policy: named.slice(0, at), digest, file: policies.some((policy) => policy.digest === digest) ? `policies/${digest}.json` : undefined };
  });
}

function statement(): string {
  return [
    "# What this bundle proves, and what it does not", "", SCOPE, "",
    ...PROMISES.flatMap(({ who, proven, notProven }) => [`## ${who}`, "", `Proven: ${proven}`, "", `Not proven: ${notProven}`, ""]),
    "## What is in here", "",
    "- `logs/<log>/records.jsonl`: the records, byte for byte; one that was pruned is missing here and has its leaf in the tiles",
    "- `logs/<log>/checkpoints.jsonl`, `cosigned/`: every checkpoint, and those that witnesses have cosigned",
    "- `logs/<log>/tiles/`: the same as C2SP tlog-tiles, for software that is not ours",
    "- `logs/<log>/keys.json`: the keys that the log itself tells of; compare them with the ones that you know",
    "- `facts.json`: counts, and what was pruned, erased, lost, held and changed by people",
    "- `policies/`: the policies that were at hand, by the digest that decisions name; `manifest.json` lists the others",
    "- `verification.json`: what `spangate verify` said when this was made; run it yourself on the original", "",
  ].join("\n");
}

function write(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** A file of lines that is written in chunks. */
class Lines {
  readonly #file: string;
  #lines: string[] = [];
  #bytes = 0;

  constructor(file: string) {
    this.#file = file;
    writeFileSync(file, "");
  }

  add(line: string): void {
    this.#lines.push(line, "\n");
    this.#bytes += line.length;
    if (this.#bytes > CHUNK) this.end();
  }

  end(): void {
    writeFileSync(this.#file, this.#lines.join(""), { flag: "a" });
    this.#lines = [];
    this.#bytes = 0;
  }
}
