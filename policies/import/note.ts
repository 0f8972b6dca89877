/**
 * What an import has to say of one key of the foreign file: `dropped`, not carried over · `approximated`, carried over
 * as something stricter · `assumed`, carried over as it was most likely meant.
 */
export interface Note {
  /** Of the foreign file, keys joined by dots. */
  readonly path: string;
  readonly kind: "dropped" | "approximated" | "assumed";
  readonly what: string;
}

/** Collects notes; the same thing is said once. */
export class Notes {
  readonly #notes = new Map<string, Note>();

  dropped(path: string, what: string): void {
    this.#add({ path, kind: "dropped", what });
  }

  approximated(path: string, what: string): void {
    this.#add({ path, kind: "approximated", what });
  }

  assumed(path: string, what: string): void {
    this.#add({ path, kind: "assumed", what });
  }

  get all(): readonly Note[] {
    return [...this.#notes.values()];
  }

  #add(note: Note): void {
    const key = JSON.stringify(note);
    if (!this.#notes.has(key)) this.#notes.set(key, note);
  }
}
