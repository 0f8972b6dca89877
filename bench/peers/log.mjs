// The log that a user would write around a decision that has none of its own.
import { hash } from "node:crypto";
import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {{ sync?: boolean, chain?: boolean }} options `sync`: a decision is on the disk before the call goes on, an
 *   outcome follows with the next one; `chain`: each line names the SHA-256 of the line before it
 * @returns {{ decision(record: object): void, outcome(record: object): void }} each writes one JSON line
 */
export function openLog(folder, name, { sync = false, chain = false } = {}) {
  const fd = openSync(join(folder, `${name}.jsonl`), "a");
  let prev = "";
  const write = (record) => {
    const line = JSON.stringify(chain ? { ...record, prev } : record);
    if (chain) prev = hash("sha256", line, "base64");
    writeSync(fd, `${line}\n`);
  };
  return {
    decision(record) {
      write(record);
      if (sync) fdatasyncSync(fd);
    },
    outcome: write,
  };
}

/** How each peer is asked to log. `lines`: the decision before the tool runs; with two, the outcome after it as well. */
export const LOGS = [
  { id: "line", label: "+ one JSON line", lines: 1, options: {} },
  { id: "line-sync", label: "+ one JSON line + fdatasync", lines: 1, slow: true, options: { sync: true } },
  { id: "evidence", label: "+ decision and outcome, hash-chained", lines: 2, options: { chain: true } },
  { id: "evidence-sync", label: "+ decision + fdatasync, and outcome, hash-chained", lines: 2, slow: true, options: { chain: true, sync: true } },
];
