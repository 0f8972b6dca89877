/**
 * What is signed of a policy: the text of a C2SP signed note in a file beside it. Its form is one of a kind, so that no
 * signature of anything else (a checkpoint, a cosignature, whatever `spangate doctor` has signed on trial) is one for a policy:
 *
 * ```
 * spangate/policy/v1
 * policy support-agent@7
 * digest 7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730
 * revision 1795651200
 * expires 2027-01-31T00:00:00Z
 * ```
 *
 * @module
 */

/** The first line, by which one who signs for several purposes tells them apart. */
export const STATEMENT_TYPE = "spangate/policy/v1";
/** The file of a policy's signature is the policy's own with this behind it. */
export const SIGNATURE_SUFFIX = ".sig";

export interface PolicyStatement {
  /** `name@version`. */
  readonly policy: string;
  /** That of the compiled policy, hex. */
  readonly digest: string;
  /** Grows with every policy that is signed: an older one does not come back. */
  readonly revision: number;
  /** RFC 3339 in UTC, whole seconds. */
  readonly expires?: string | undefined;
}

const FORM = /^spangate\/policy\/v1\npolicy ([^\n]+@[^\n]+)\ndigest ([0-9a-f]{64})\nrevision (0|[1-9]\d{0,15})\n(?:expires (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n)?$/;

export function formatStatement({ policy, digest, revision, expires }: PolicyStatement): string {
  return `${STATEMENT_TYPE}\npolicy ${policy}\ndigest ${digest}\nrevision ${revision}\n${expires === undefined ? "" : `expires ${expires}\n`}`;
}

/** A statement, or what is wrong with the text. Strict: what `formatStatement` would have written otherwise is none. */
export function parseStatement(text: string): PolicyStatement | string {
  if (!text.startsWith(`${STATEMENT_TYPE}\n`)) return `its first line is not ${STATEMENT_TYPE}`;
  const [, policy = "", digest = "", digits = "", expires] = FORM.exec(text) ?? [];
  if (policy === "") return "it has not the lines policy, digest, revision and perhaps expires, in this form and order";
  const revision = Number(digits);
  if (!Number.isSafeInteger(revision)) return `its revision ${digits} is too large`;
  // Also the 31st of February, which is no time at all.
  if (expires !== undefined && formatTime(Date.parse(expires)) !== expires) return `${expires} is no time`;
  return { policy, digest, revision, ...(expires !== undefined && { expires }) };
}

/** RFC 3339, whole seconds; undefined for what is no time. */
export function formatTime(milliseconds: number): string | undefined {
  return Number.isNaN(new Date(milliseconds).getTime()) ? undefined : new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, "Z");
}
