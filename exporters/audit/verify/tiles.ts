import { join } from "node:path";
import { messageOf, SpangateError } from "../../../errors.ts";
import { realDisk } from "../disk.ts";
import { parseRecord } from "../record.ts";
import { leafBase64 } from "../tree/hash.ts";
import { TileReader } from "../tree/tile-reader.ts";
import { CHECKPOINT_PATH, TILE_WIDTH, type TileSource } from "../tree/tiles.ts";
import type { ExportOptions } from "./export.ts";
import { headOfNote } from "./heads.ts";
import { type LogReport, Problems } from "./report.ts";
import { parsePublicKey, Trust } from "./trust.ts";

/**
 * A log as C2SP tlog-tiles: every entry against its tile, every tile against the root, the root against the
 * signature. Without a key the one in the first entry is taken.
 */
export function verifyTiles(directory: string, { keys = [], revoked = [], heads = [] }: ExportOptions = {}): LogReport {
  const source: TileSource = { read: (path) => readFile(join(directory, path)) };
  const problems = new Problems();
  const tell = (kind: "checkpoint" | "altered" | "missing" | "truncated" | "fork" | "unproven", index: number, segment: string, detail: string, means: "tampered" | "incomplete" | "unverifiable" = "tampered"): void =>
    problems.add({ kind, index, segment, line: 0, detail, means });
  const note = Buffer.from(source.read(CHECKPOINT_PATH) ?? []).toString();
  const head = headOfNote(note);
  const counts = { proven: 0, unproven: 0, altered: 0, missing: 0, pruned: 0 };
  const origin = head?.origin ?? "unknown";
  const missing: [number, number][] = [];
  let trust = new Trust(origin, keys, revoked);
  let [last, checkpoint] = ["", undefined as string | undefined];
  const reader = head && open(source, head.size, head.root);
  if (!head) tell("checkpoint", 0, CHECKPOINT_PATH, "not a checkpoint");
  else if (typeof reader === "string") {
    tell("altered", 0, CHECKPOINT_PATH, reader);
    counts.altered = head.size;
  } else if (reader) {
    if (keys.length === 0) trust = new Trust(origin, [firstKey(reader)].filter((key) => key !== undefined), revoked);
    const judged = trust.judge(note, () => 0n);
    if (judged.problem === undefined) checkpoint = note;
    else if (judged.kind === "wrong") tell("checkpoint", head.size - 1, CHECKPOINT_PATH, judged.problem);
    else tell("unproven", 0, CHECKPOINT_PATH, `all records are unproven: ${judged.problem}`, "unverifiable");
    for (let from = 0; from < head.size; from += TILE_WIDTH) {
      const to = Math.min(head.size, from + TILE_WIDTH);
      try {
        for (const [at, entry] of reader.entries(from).entries()) {
          const record = parseRecord(entry.toString("latin1"));
          if (typeof record === "string" || record.i !== from + at) tell("altered", from + at, "", typeof record === "string" ? record : `it says that it is record ${record.i}`);
          last = leafBase64(entry);
        }
        counts[checkpoint === undefined ? "unproven" : "proven"] += to - from;
      } catch (thrown) {
        if (!(thrown instanceof SpangateError) || thrown.code !== "SG_AUDIT_TILE") throw thrown;
        const isThere = !messageOf(thrown).includes("is not there");
        counts[isThere ? "altered" : "missing"] += to - from;
        if (!isThere) missing.push([from, to]);
        tell(isThere ? "altered" : "missing", from, "", thrown.message);
      }
    }
  }
  const size = head?.size ?? 0;
  const longer = heads.filter((one) => one.origin === origin && one.size > size);
  const other = heads.find((one) => one.origin === origin && one.size === size && one.root !== head?.root);
  if (longer.length > 0) tell("truncated", size, "", `it was known to have ${Math.max(...longer.map((one) => one.size))} records and has ${size}`);
  if (other) tell("fork", size - 1, "", `a known head of ${size} records has another root`);
  return {
    log: origin.split("/").at(-1) as string, origin, version: 2, records: size, sealed: checkpoint === undefined ? 0 : size, head: last, checkpoint, key: trust.key, counts, values: { checked: 0, erased: 0, unread: 0, damaged: 0 },
    unproven: {}, missing, unfinished: 0, states: [...(other ? (["forked"] as const) : []), ...(longer.length > 0 ? (["truncated"] as const) : [])],
    outcome: problems.outcome, problems: problems.listed, problemCount: problems.count, notes: [],
  };
}

function open(source: TileSource, size: number, root: string): TileReader | string {
  try {
    return new TileReader(source, size, root);
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function firstKey(reader: TileReader): ReturnType<typeof parsePublicKey> {
  try {
    const record = parseRecord(reader.entry(0).toString("latin1"));
    return typeof record !== "string" && record.t === "open" ? parsePublicKey(record.key) : undefined;
  } catch {
    return undefined;
  }
}

function readFile(file: string): Buffer | undefined {
  try {
    return realDisk.read(file);
  } catch {
    return undefined;
  }
}
