import { messageOf } from "../../../errors.ts";
import type { Disk } from "../disk.ts";
import { listSegments, readSegment, type SegmentName } from "../segment.ts";

/** Most segments that are read beyond those which there were at first: who writes without end must not be read without end. */
const MOST_NEW = 1_000;

/** The segments of a log that may be written to, compressed and pruned while they are read. */
export class SegmentFiles {
  /** In their order; a form that changes is changed here. */
  readonly names: SegmentName[];
  /** File → why it cannot be read. */
  readonly unreadable: Map<string, string> = new Map();
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #only: string | undefined;
  readonly #most: number;

  /** @param only the only file that is read */
  constructor(disk: Disk, folder: string, only: string | undefined) {
    this.#disk = disk;
    this.#folder = folder;
    this.#only = only;
    this.names = listSegments(disk, folder).filter(({ file }) => only === undefined || file === only);
    this.#most = this.names.length + MOST_NEW;
  }

  /** Undefined for one that cannot be read, or that was pruned just now: `names` has it in its new form then. */
  read(name: SegmentName): Buffer | undefined {
    try {
      return readSegment(this.#disk, this.#folder, name);
    } catch (thrown) {
      const at = this.names.indexOf(name);
      const again = listSegments(this.#disk, this.#folder).find((one) => one.name === name.name);
      if (at >= 0 && again && again.file !== name.file) {
        this.names[at] = again;
        return again.form === "leaves" ? undefined : this.read(again);
      }
      this.unreadable.set(name.file, messageOf(thrown));
      return undefined;
    }
  }

  /** Whether segments were begun since: what tells of a change may stand in them. */
  grow(): boolean {
    const last = this.names.at(-1);
    if (this.#only !== undefined || !last || this.names.length >= this.#most) return false;
    const more = listSegments(this.#disk, this.#folder).filter(({ number }) => number > last.number);
    this.names.push(...more.slice(0, this.#most - this.names.length));
    return more.length > 0;
  }
}
