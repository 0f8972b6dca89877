// The raw floor: what nobody can be faster than.
import { hash } from "node:crypto";
import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { args, tool } from "./subject.mjs";

/** Bytes of a typical record, line feed included. */
const LINE = `${"x".repeat(524)}\n`;

export async function open(folder) {
  const fd = openSync(join(folder, "floor.log"), "a");
  const write = () => writeSync(fd, LINE, null, "latin1");
  return [
    { id: "clock", label: "nothing: two readings of the clock", sync: true, call: () => {} },
    { id: "bare", label: "bare await tool(args)", call: () => tool(args) },
    { id: "sha256", label: "crypto.hash sha256 of 525 bytes", sync: true, call: () => hash("sha256", LINE, "base64") },
    { id: "write", label: "fs.writeSync of 525 bytes", sync: true, call: write },
    { id: "write-sync", label: "fs.writeSync of 525 bytes + fdatasync", sync: true, slow: true, call: () => { write(); fdatasyncSync(fd); } },
  ];
}
