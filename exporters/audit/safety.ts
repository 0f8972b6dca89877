import type { AuditMode, Durability } from "../../policies/index.ts";

/** What a log does when it cannot keep up, in the words of Kubernetes' audit back ends; docs/audit.md. */
export interface Safety {
  readonly mode: AuditMode;
  readonly durability: Durability;
}

/** How a record fared. */
export interface Kept {
  /** Undefined for a record that there was no room for: a `gap` record will count it. */
  readonly index: number | undefined;
  /** Whether what it tells of may go on. */
  readonly safe: boolean;
}
