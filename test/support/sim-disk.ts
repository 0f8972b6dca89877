/**
 * A disk in memory that tells apart what the kernel has taken from what would survive a power cut, in the way of
 * ALICE (Pillai et al., OSDI 2014): bytes are safe after fdatasync, names after fsync of their folder, and until
 * then any part of them may be there. It can fail at any call, fill up, and be copied as a crash would leave it.
 *
 * @module
 */
import { hash } from "node:crypto";
import { dirname } from "node:path";
import type { Disk } from "../../exporters/audit/disk.ts";

const SECTOR = 512;

class Inode {
  parts: Uint8Array[] = [];
  size = 0;
  /** Bytes that a power cut leaves. */
  safe = 0;

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.parts.push(bytes);
    this.size += bytes.length;
  }

  /** Not to be written to. */
  bytes(): Buffer {
    if (this.parts.length > 1) this.parts = [Buffer.concat(this.parts)];
    const { buffer, byteOffset, length } = this.parts[0] ?? new Uint8Array();
    return Buffer.from(buffer, byteOffset, length);
  }

  copy(): Inode {
    const copy = new Inode();
    copy.parts = [...this.parts];
    copy.size = this.size;
    copy.safe = this.safe;
    return copy;
  }

  static of(bytes: Buffer): Inode {
    const inode = new Inode();
    inode.append(bytes);
    inode.safe = bytes.length;
    return inode;
  }
}

/** A name of a file or, without an inode, of a folder. */
type Entry = Inode | "folder";

interface NameChange {
  readonly folder: string;
  readonly set?: readonly [path: string, entry: Entry];
  readonly unset?: string;
}

export interface Call {
  readonly name: "create" | "append" | "write" | "sync" | "syncLater" | "syncFolder" | "close" | "read" | "readTail" | "list" | "makeFolder" | "removeFolder" | "rename" | "remove";
  readonly path: string;
  readonly bytes?: Uint8Array;
}

/** How thoroughly what is not safe is torn. */
export interface Tear {
  /** Bytes from one cut to the next; Infinity for all or nothing of every file. */
  readonly stride: number;
  /** Most subsets of sectors. */
  readonly subsets: number;
  /** Up to how many names that are not safe all subsets are tried; of more only none, all, and all but the last. */
  readonly names: number;
}

/** An error as Node has them. */
export function diskError(code: string, name: string): NodeJS.ErrnoException {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = Object.assign(new Error(`${code}: made by the test, ${name}`), { code, syscall: name });
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

export class SimDisk implements Disk {
  /** Called before a call has an effect: may throw, look, or say how many bytes a write takes. */
  before: ((call: Call) => number | void) | undefined;
  /** Bytes that there is room for. */
  capacity: number = Infinity;
  /** Whether there is room for a ballast: a mebibyte in each of ten thousand disks takes its time. */
  ballast = false;
  #names = new Map<string, Entry>([["/", "folder"]]);
  #safeNames = new Map<string, Entry>([["/", "folder"]]);
  #changes: NameChange[] = [];
  #open = new Map<number, { readonly path: string; readonly inode: Inode }>();
  #next = 3;
  #later: (() => void)[] = [];

  create(path: string): number {
    this.#call("create", path);
    if (this.#names.has(path)) throw diskError("EEXIST", "open");
    if (path.endsWith("/ballast") && !this.ballast) throw diskError("ENOSPC", "open");
    this.#parent(path);
    const inode = new Inode();
    this.#change({ folder: dirname(path), set: [path, inode] });
    return this.#opened(path, inode);
  }

  append(path: string): number {
    this.#call("append", path);
    return this.#opened(path, this.#file(path));
  }

  write(fd: number, bytes: Uint8Array): number {
    const { path, inode } = this.#descriptor(fd);
    const limit = this.#call("write", path, bytes) ?? bytes.length;
    const count = Math.min(limit, bytes.length, this.capacity - this.used);
    if (count <= 0 && bytes.length > 0 && limit > 0) throw diskError("ENOSPC", "write");
    inode.append(bytes.subarray(0, count));
    return count;
  }

  sync(fd: number): void {
    const { path, inode } = this.#descriptor(fd);
    this.#call("sync", path);
    inode.safe = inode.size;
  }

  /** Done when {@link finishSyncs} is called. */
  syncLater(fd: number, done: (problem: Error | null) => void): void {
    const { path, inode } = this.#descriptor(fd);
    const { size } = inode;
    this.#later.push(() => {
      try {
        this.#call("syncLater", path);
      } catch (thrown) {
        return done(thrown as Error);
      }
      inode.safe = Math.max(inode.safe, size);
      done(null);
    });
  }

  finishSyncs(): void {
    for (const finish of this.#later.splice(0)) finish();
  }

  syncFolder(folder: string): void {
    this.#call("syncFolder", folder);
    this.#changes = this.#changes.filter((change) => {
      if (change.folder === folder) apply(this.#safeNames, change);
      return change.folder !== folder;
    });
  }

  close(fd: number): void {
    const { path } = this.#descriptor(fd);
    this.#open.delete(fd);
    this.#call("close", path);
  }

  read(path: string): Buffer {
    this.#call("read", path);
    return this.#file(path).bytes();
  }

  readTail(path: string, limit: number): { readonly bytes: Buffer; readonly size: number } {
    this.#call("readTail", path);
    const { size } = this.#file(path);
    return { bytes: limit === 0 ? Buffer.alloc(0) : this.#file(path).bytes().subarray(-limit), size };
  }

  list(folder: string): string[] {
    this.#call("list", folder);
    if (this.#names.get(folder) !== "folder") throw diskError(this.#names.has(folder) ? "ENOTDIR" : "ENOENT", "scandir");
    return [...this.#names.keys()].filter((path) => path !== folder && dirname(path) === folder).map((path) => path.slice(folder === "/" ? 1 : folder.length + 1)).sort();
  }

  exists(path: string): boolean {
    return this.#names.has(path);
  }

  makeFolder(folder: string): void {
    if (this.#names.get(folder) === "folder") return;
    if (dirname(folder) !== folder) this.makeFolder(dirname(folder));
    this.#call("makeFolder", folder);
    this.#change({ folder: dirname(folder), set: [folder, "folder"] });
  }

  removeFolder(folder: string): void {
    this.#call("removeFolder", folder);
    if (this.list(folder).length > 0) throw diskError("ENOTEMPTY", "rmdir");
    this.#change({ folder: dirname(folder), unset: folder });
  }

  rename(from: string, to: string): void {
    this.#call("rename", from);
    this.#change({ folder: dirname(to), set: [to, this.#file(from)], unset: from });
  }

  remove(path: string): void {
    this.#call("remove", path);
    this.#file(path);
    this.#change({ folder: dirname(path), unset: path });
  }

  get used(): number {
    let used = 0;
    for (const entry of this.#names.values()) if (entry !== "folder") used += entry.size;
    return used;
  }

  /** Descriptors that nobody closed. */
  get openFiles(): number {
    return this.#open.size;
  }

  files(): string[] {
    return [...this.#names].flatMap(([path, entry]) => (entry === "folder" ? [] : [path]));
  }

  /** The same for disks on which the same is there, and would be after a power cut. */
  digest(): string {
    const parts = [...this.#names].flatMap(([path, entry]): (string | Buffer)[] => [`${path}\n`, ...(entry === "folder" ? [] : path.endsWith("/ballast") ? [`${entry.size}`] : [`${entry.safe}\n`, entry.bytes()])]);
    const names = [...this.#safeNames.keys(), ...this.#changes.map(({ set, unset }) => `${set?.[0]} ${unset}`)].join("\n");
    return hash("sha256", Buffer.concat([...parts, names].map((part) => (typeof part === "string" ? Buffer.from(part) : part))), "base64");
  }

  /** Puts bytes in the place of a file, as whoever can write the folder may. */
  replace(path: string, bytes: Buffer): void {
    const inode = Inode.of(bytes);
    this.#names.set(path, inode);
    this.#safeNames.set(path, inode);
  }

  unlink(path: string): void {
    this.#names.delete(path);
    this.#safeNames.delete(path);
  }

  /** What the next process finds when this one is killed; `more` bytes of a write that was under way are there too. */
  killed(call?: Call, more = 0): SimDisk {
    const inodes = new Map<Inode, Inode>();
    const copy = new SimDisk();
    const of = (entry: Entry): Entry => {
      if (entry === "folder") return entry;
      const known = inodes.get(entry) ?? entry.copy();
      inodes.set(entry, known);
      return known;
    };
    copy.#names = new Map([...this.#names].map(([path, entry]) => [path, of(entry)]));
    copy.#safeNames = new Map([...this.#safeNames].map(([path, entry]) => [path, of(entry)]));
    copy.#changes = this.#changes.map((change) => (change.set ? { ...change, set: [change.set[0], of(change.set[1])] } : change));
    if (call?.bytes && more > 0 && copy.#names.has(call.path)) copy.#file(call.path).append(call.bytes.subarray(0, more));
    copy.capacity = this.capacity;
    copy.ballast = this.ballast;
    return copy;
  }

  /** What a power cut may leave: some of the names, and some of the bytes of one file at a time (of all others nothing, or all). */
  *powerCuts(tear: Tear): Generator<SimDisk> {
    for (const changes of subsets(this.#changes, tear.names)) {
      const names = new Map(this.#safeNames);
      for (const change of changes) apply(names, change);
      for (const path of names.keys()) if (!rooted(names, path)) names.delete(path);
      const torn = [...names].flatMap(([path, entry]) => (entry !== "folder" && entry.safe < entry.size && !path.endsWith("/ballast") ? [[path, entry] as const] : []));
      for (const kept of ["nothing", "all"] as const) {
        const leave = (varied?: string, bytes?: Buffer): SimDisk => {
          const cut = new SimDisk();
          cut.#names = new Map([...names].map(([path, entry]) => [path, entry === "folder" ? entry : path === varied && bytes ? Inode.of(bytes) : Inode.of(entry.bytes().subarray(0, kept === "all" ? entry.size : entry.safe))]));
          cut.#safeNames = new Map(cut.#names);
          cut.capacity = this.capacity;
          cut.ballast = this.ballast;
          return cut;
        };
        if (torn.length === 0 && kept === "nothing") yield leave();
        if (tear.stride === Infinity) yield leave();
        else for (const [path, inode] of torn) if (kept === "nothing" || torn.length > 1) for (const bytes of tornBytes(inode, tear)) yield leave(path, bytes);
      }
    }
  }

  #call(name: Call["name"], path: string, bytes?: Uint8Array): number | void {
    return this.before?.({ name, path, ...(bytes && { bytes }) });
  }

  #change(change: NameChange): void {
    apply(this.#names, change);
    this.#changes.push(change);
  }

  #parent(path: string): void {
    if (this.#names.get(dirname(path)) !== "folder") throw diskError("ENOENT", "open");
  }

  #file(path: string): Inode {
    const entry = this.#names.get(path);
    if (!entry || entry === "folder") throw diskError(entry ? "EISDIR" : "ENOENT", "open");
    return entry;
  }

  #opened(path: string, inode: Inode): number {
    this.#open.set(this.#next, { path, inode });
    return this.#next++;
  }

  #descriptor(fd: number): { readonly path: string; readonly inode: Inode } {
    const open = this.#open.get(fd);
    if (!open) throw diskError("EBADF", "write");
    // It may have been renamed since.
    for (const [path, entry] of this.#names) if (entry === open.inode) return { path, inode: open.inode };
    return open;
  }
}

function apply(names: Map<string, Entry>, { set, unset }: NameChange): void {
  if (unset !== undefined) names.delete(unset);
  if (set) names.set(...set);
}

function rooted(names: Map<string, Entry>, path: string): boolean {
  for (let at = dirname(path); ; at = dirname(at)) {
    if (names.get(at) !== "folder") return false;
    if (at === "/") return true;
  }
}

/** All subsets in their order; of more than `most` only none, all, and all but the last. */
function* subsets<T>(all: readonly T[], most: number): Generator<readonly T[]> {
  if (all.length > most) yield* [[], all.slice(0, -1), all].slice(all.length > 1 ? 0 : 1);
  else for (let mask = 0; mask < 2 ** all.length; mask++) yield all.filter((_, index) => mask & (1 << index));
}

/** Every cut with nothing, NULs or garbage behind it; and subsets of its sectors, the rest NULs or garbage. */
function* tornBytes(inode: Inode, { stride, subsets: most }: Tear): Generator<Buffer> {
  const bytes = inode.bytes();
  const { safe } = inode;
  for (let cut = safe; cut <= bytes.length; cut = cut < bytes.length ? Math.min(cut + stride, bytes.length) : cut + 1) {
    yield bytes.subarray(0, cut);
    if (cut === bytes.length) break;
    yield Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(bytes.length - cut)]);
    yield Buffer.concat([bytes.subarray(0, cut), garbage(bytes.length - cut, cut)]);
  }
  const first = Math.floor(safe / SECTOR);
  const count = Math.ceil(bytes.length / SECTOR) - first;
  const all = 2 ** count;
  const masks = Array.from({ length: Math.min(all, most) }, (_, index) => index * Math.max(1, Math.ceil(all / most)));
  // All but one: what comes later may be whole.
  for (let sector = 0; sector < (most > 0 ? count : 0); sector++) masks.push((all - 1) ^ (1 << sector));
  for (const mask of masks) {
    for (const filled of [Buffer.alloc(bytes.length), garbage(bytes.length, mask)]) {
      bytes.copy(filled, 0, 0, safe);
      for (let sector = 0; sector < count; sector++) {
        if (!(mask & (1 << sector))) continue;
        const start = Math.max(safe, (first + sector) * SECTOR);
        bytes.copy(filled, start, start, (first + sector + 1) * SECTOR);
      }
      yield filled;
    }
  }
}

/** The same bytes for the same seed; every fourth is a line feed or looks like the start of a line. */
export function garbage(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed + 1) * 2_654_435_761 >>> 0;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state & 0x3000000 ? state >>> 16 : "\n{#~"[(state >>> 26) & 3]?.charCodeAt(0) ?? 0;
  }
  return bytes;
}
