import { messageOf } from "../../errors.ts";
import { say } from "../../say.ts";
import type { Queue } from "./queue.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import type { LogSigner } from "./signer.ts";
import { formatCheckpoint } from "./tree/checkpoint.ts";
import { formatNote, type NoteSignature } from "./tree/note.ts";

/** Records after which a checkpoint is due, and the longest and the shortest time to one, in milliseconds. */
const SEAL_RECORDS = 256;
const SEAL_AFTER = 1_000;
const SEAL_NOT_BEFORE = 100;

/** Where the sealer works. */
export interface SealerHost {
  readonly origin: string;
  readonly queue: Queue;
  readonly writer: SegmentWriter;
  /** False once the log is closed or the disk has failed. */
  readonly working: () => boolean;
  readonly failed: (problem: unknown) => void;
  /** There may be more to export. */
  readonly sealed: () => void;
}

/**
 * Puts signed checkpoints behind records: at once where a commit wants one, else after a while. A checkpoint is
 * written only when everything up to the one before is on the disk; resume.ts and verifiers rely on it.
 */
export class Sealer {
  readonly #host: SealerHost;
  #signer: LogSigner;
  #busy = false;
  #timer: NodeJS.Timeout | undefined;
  #last = 0;
  #told = false;

  constructor(host: SealerHost, signer: LogSigner) {
    this.#host = host;
    this.#signer = signer;
  }

  get key(): string {
    return this.#signer.key;
  }

  set signer(signer: LogSigner) {
    this.#signer = signer;
  }

  /** A checkpoint of everything so far, into what is written next. Who signs elsewhere is not waited for. */
  now(): void {
    const { queue, writer } = this.#host;
    if (queue.size === writer.sealed || !this.#signer.here) return;
    // Only what is safe may have a checkpoint after it.
    if (writer.sealIsOpen) writer.sync();
    const text = this.#checkpoint(queue.size);
    writer.seal(formatNote({ text, signatures: this.#signer.sign(text) as readonly NoteSignature[] }), queue.size);
  }

  schedule(): void {
    const { queue, writer, working } = this.#host;
    if (this.#busy || !working()) return;
    const due = queue.size - writer.sealed;
    if (due === 0 && !writer.sealIsOpen) return;
    if (due >= SEAL_RECORDS && performance.now() - this.#last >= SEAL_NOT_BEFORE) {
      this.stop();
      this.#round();
    } else if (!this.#timer) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#round();
      }, SEAL_AFTER).unref();
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Sync, sign, write the checkpoint, and sync again: then it may be exported. */
  #round(): void {
    const { queue, writer, working, failed, sealed } = this.#host;
    if (this.#busy || !working()) return;
    this.#busy = true;
    const end = (problem?: unknown): void => {
      this.#busy = false;
      this.#last = performance.now();
      if (problem && working()) return failed(problem);
      sealed();
      this.schedule();
    };
    writer.syncLater((problem) => {
      const { size } = queue;
      if (problem || !working() || size === writer.sealed) return end(problem);
      this.#sign(this.#checkpoint(size), (note) => {
        // Late: a newer one is there, or the segment that it belongs to has ended.
        if (note === undefined || !working() || size <= writer.sealed || writer.sealIsOpen || size < writer.first) return end();
        try {
          writer.seal(note, size);
          writer.write();
          writer.syncLater(end);
        } catch (thrown) {
          end(thrown);
        }
      });
    });
  }

  /** The note, or undefined where the signer fails: records are as safe without it, so that is told and tried again. */
  #sign(text: string, done: (note: string | undefined) => void): void {
    const refused = (thrown: unknown): void => {
      if (!this.#told) say(`spangate: the audit log ${this.#host.origin} gets no checkpoints: ${messageOf(thrown)}; its records are written and chained`);
      this.#told = true;
      done(undefined);
    };
    const signed = (signatures: readonly NoteSignature[]): void => {
      this.#told = false;
      done(formatNote({ text, signatures }));
    };
    try {
      const signatures = this.#signer.sign(text);
      if (signatures instanceof Promise) signatures.then(signed, refused);
      else signed(signatures);
    } catch (thrown) {
      refused(thrown);
    }
  }

  #checkpoint(size: number): string {
    return formatCheckpoint({ origin: this.#host.origin, size, root: this.#host.queue.root() });
  }
}
