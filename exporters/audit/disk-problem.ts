import { messageOf, SpangateError } from "../../errors.ts";

/** No room is left, on the disk or of what this user may have. */
export function isFull(thrown: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes((thrown as NodeJS.ErrnoException | undefined)?.code ?? "");
}

/** What kept a log from being written, as one coded error. */
export function unwritable(directory: string, thrown: unknown): SpangateError {
  return thrown instanceof SpangateError && thrown.code !== "SG_AUDIT_KEY" ? thrown
    : new SpangateError("SG_AUDIT_UNWRITABLE", { directory, problem: messageOf(thrown) }, { cause: thrown });
}
