import type { AuditRecord } from "../record.ts";
import { type Opened, opensCommitment, parseValue, Vault } from "../vault.ts";
import type { ValueCounts } from "./report.ts";

/** Checks what stands behind records, as far as the vault's key is at hand. */
export class Values {
  readonly #vault: Vault | undefined;
  /** Subject whose key is gone → its values. */
  #gone = new Map<string, number>();
  #counts = { checked: 0, erased: 0, unread: 0, damaged: 0 };

  /** @param directory the audit directory, whose `vault/` has the keys */
  constructor(directory: string, key: string | undefined) {
    let vault: Vault | undefined;
    try {
      vault = Vault.open(directory, key, false);
    } catch {
      // Records are verified without their values; that they were not read is told.
    }
    this.#vault = vault;
  }

  get counts(): ValueCounts {
    return { ...this.#counts };
  }

  /** To go back to, where a segment is read again. */
  mark(): () => void {
    const [counts, gone] = [{ ...this.#counts }, new Map(this.#gone)];
    return () => {
      this.#counts = counts;
      this.#gone = gone;
    };
  }

  /** Values whose key is gone and of whose subject no record says that it was erased. */
  unexplained(erased: ReadonlySet<string>): number {
    let count = 0;
    for (const [subject, values] of this.#gone) if (!erased.has(subject)) count += values;
    return count;
  }

  /** What is wrong with the line; undefined for nothing. */
  check(line: string, index: number, leaf: string, record: () => AuditRecord | undefined): string | undefined {
    const value = parseValue(line);
    if (!value || value.i !== index) return "not a value of the record before it";
    const opened: Opened = this.#vault ? this.#vault.unseal(line, index, leaf) : "locked";
    if (opened === "erased") {
      this.#counts.erased++;
      this.#gone.set(value.k, (this.#gone.get(value.k) ?? 0) + 1);
    }
    else if (opened === "locked") this.#counts.unread++;
    else if (opened === "damaged" || !isCommitted(opened, record())) {
      this.#counts.damaged++;
      return "it cannot be decrypted, or it is not what the record commits to";
    } else this.#counts.checked++;
    return undefined;
  }
}

function isCommitted({ text, salt }: Exclude<Opened, string>, record: AuditRecord | undefined): boolean {
  const commit = record?.t === "decision" ? record.args : record?.t === "outcome" ? record.result : undefined;
  if (commit === undefined) return false;
  return text === undefined || opensCommitment(commit, { salt, text });
}
