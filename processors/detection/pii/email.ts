import type { MatchContext } from "../detector.ts";

/** File names such as `icon@2x.png` have the form of an address. */
const SCALED_IMAGE = /@\d(?:\.\d)?x\./;
/** Part of `scheme://user:password@host`: a login, not a mailbox. */
const IN_URL = /:\/\/[^\s/@]*$/;
/** Where a remote of git is copied from: `git@host:owner/repository`. */
const GIT_REMOTE = /^(?:git|hg|svn)@/i;

/** Refuses what only has the form of a mail address. */
export function isMailbox(value: string, { before, after }: MatchContext): boolean {
  if (/[\p{L}\p{N}_]$/u.test(before) || SCALED_IMAGE.test(value) || value.includes("..") || IN_URL.test(before)) return false;
  return !(GIT_REMOTE.test(value) && after.startsWith(":"));
}
