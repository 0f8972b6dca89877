/**
 * Reads a log as docs/audit-format.md says, with nothing of the code that resumes or verifies logs: the oracle of
 * these tests.
 *
 * @module
 */
import { hash } from "node:crypto";
import { join } from "node:path";
import type { Disk } from "../../../../exporters/audit/disk.ts";
import { type AuditRecord, parseRecord } from "../../../../exporters/audit/record.ts";
import { type Verifier } from "../../../../exporters/audit/tree/note.ts";
import { openCheckpoint } from "../../../../exporters/audit/tree/checkpoint.ts";

export interface Chain {
  readonly records: readonly AuditRecord[];
  /** Root of the first n records, base64, at n. */
  readonly roots: readonly string[];
  /** Sizes of the checkpoints, in their order. */
  readonly sealed: readonly number[];
  /** Segments, each with the bytes of it that count. */
  readonly segments: readonly { readonly file: string; readonly counts: number; readonly size: number }[];
  readonly problems: readonly string[];
}

const sha256 = (...parts: (string | Buffer)[]): Buffer => hash("sha256", Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))), "buffer");

/** Roots of all beginnings of a list of leaves, by the definition of RFC 6962 §2.1 over complete subtrees. */
class Tree {
  readonly roots: string[] = [sha256("").toString("base64")];
  #subtrees: { readonly size: number; readonly root: Buffer }[] = [];

  append(leaf: Buffer): void {
    let node = { size: 1, root: leaf };
    for (let last = this.#subtrees.at(-1); last?.size === node.size; last = this.#subtrees.at(-1)) {
      node = { size: node.size * 2, root: sha256("\x01", last.root, node.root) };
      this.#subtrees.pop();
    }
    this.#subtrees.push(node);
    this.roots.push(this.#subtrees.map(({ root }) => root).reduceRight((right, left) => sha256("\x01", left, right)).toString("base64"));
  }

  frontier(): string {
    return Buffer.concat(this.#subtrees.map(({ root }) => root)).toString("base64");
  }
}

export function readChain(disk: Disk, folder: string, origin: string, verifiers: readonly Verifier[]): Chain {
  const problems: string[] = [];
  /** Segments before those whose header has `rewrites`. */
  const rewritten = new Set<string>();
  const tree = new Tree();
  const records: AuditRecord[] = [];
  const sealed: number[] = [];
  const segments: { file: string; counts: number; size: number }[] = [];
  const dead: { readonly segment: string; readonly from: number; readonly to: number; readonly bytes: Buffer }[] = [];
  let prev = sha256(`spangate/v1/genesis\n${origin}\n`).toString("base64");
  const seal = (note: string, where: string, inHeader = false): void => {
    const checkpoint = openCheckpoint(note, origin, verifiers);
    if (typeof checkpoint === "string") return void problems.push(`${where}: ${checkpoint}`);
    if (tree.roots[checkpoint.size] !== Buffer.from(checkpoint.root, "latin1").toString("base64")) problems.push(`${where}: the checkpoint of ${checkpoint.size} has another root`);
    if (inHeader) return;
    if (checkpoint.size < (sealed.at(-1) ?? 0)) problems.push(`${where}: a checkpoint of ${checkpoint.size} after one of ${sealed.at(-1)}`);
    sealed.push(checkpoint.size);
  };
  const names = disk.list(folder).filter((name) => name.endsWith(".log")).sort();
  for (const [at, file] of names.entries()) {
    const bytes = disk.read(join(folder, file));
    const end = at + 1 < names.length ? Number(/-(\d+)\.log$/.exec(names[at + 1] as string)?.[1]) : Infinity;
    if (Number(file.slice(0, 8)) !== at + 1) problems.push(`${file} is the segment number ${at + 1}`);
    let offset = 0;
    let counts = 0;
    let rewrites = false;
    for (let feed = bytes.indexOf(10); feed >= 0; feed = bytes.indexOf(10, offset)) {
      const line = bytes.toString("latin1", offset, feed);
      const where = `${file}:${offset}`;
      if (offset === 0) {
        const header = line.startsWith("!") ? (JSON.parse(line.slice(1)) as { first: number; prev: string; frontier: string; checkpoint?: string; rewrites?: true }) : undefined;
        if (!header || header.first !== records.length || header.prev !== prev || header.frontier !== tree.frontier()) {
          problems.push(`${where}: its header does not go on from the ${records.length} records before`);
          break;
        }
        rewrites = header.rewrites === true;
        // Not always the last that stands before it: of one that was not safe the writer knows nothing any more.
        if (header.checkpoint !== undefined) seal(header.checkpoint, where, true);
      } else if (line.startsWith("{")) {
        const record = parseRecord(line);
        if (typeof record === "string" || record.i !== records.length || record.prev !== prev || record.i >= end) break;
        records.push(record);
        const leaf = sha256("\0", Buffer.from(line, "latin1"));
        tree.append(leaf);
        prev = leaf.toString("base64");
      } else if (line.startsWith("#")) {
        const before = problems.length;
        try {
          seal(JSON.parse(line.slice(1)) as string, where);
        } catch {
          break;
        }
        // A checkpoint that is wrong does not count; whether that is told is seen below.
        if (problems.length > before) {
          problems.pop();
          break;
        }
      } else if (!line.startsWith("~")) break;
      offset = feed + 1;
      counts = offset;
    }
    segments.push({ file, counts, size: bytes.length });
    if (rewrites) rewritten.add(names[at - 1] as string);
    if (counts < bytes.length && at + 1 < names.length) dead.push({ segment: file, from: counts, to: bytes.length, bytes });
  }
  for (const { segment, from, to, bytes } of dead) {
    const told = records.some((record) => record.t === "recover" && record.segment === segment && record.offset <= from
      // Of bytes that the disk refused to make safe, any may be there after a power cut.
      && (rewritten.has(segment) || (record.offset + record.bytes === to && record.sha256 === sha256(bytes.subarray(record.offset)).toString("hex"))));
    if (!told) problems.push(`${segment}: bytes ${from} to ${to} count for nothing, and no record says so`);
  }
  return { records, roots: tree.roots, sealed, segments, problems };
}

/** The checkpoints of a segment, in its header too. Says nothing of signatures; what is no line is passed over. */
export function sealsOf(bytes: Buffer): { readonly size: number; readonly root: string }[] {
  return bytes.toString("latin1").split("\n").flatMap((line) => {
    try {
      const note = line.startsWith("#") ? (JSON.parse(line.slice(1)) as string) : line.startsWith("!") ? (JSON.parse(line.slice(1)) as { checkpoint?: string }).checkpoint : undefined;
      const [, size, root] = note?.split("\n") ?? [];
      return size !== undefined && root !== undefined ? [{ size: Number(size), root }] : [];
    } catch {
      return [];
    }
  });
}
