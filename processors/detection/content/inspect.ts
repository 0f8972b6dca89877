import { seriousFrom } from "./document.ts";
import type { ContentFinding, ContentKind, Role } from "./finding.ts";
import { Report, TooComplex } from "./report.ts";
import { STEPS_OF } from "./steps.ts";
import { traitsOf } from "./trigger.ts";

/** Steps that a text may cost: so many at least, and so many per character. Benign documents take up to 3 per character (p99). */
const BASE_WORK = 50_000;
const WORK_PER_CHAR = 8;
/** What no text may cost, however long: about half a second on a slow machine. */
const MOST_WORK = 1_500_000;

export interface ContentOptions {
  /** Only these families of rules. Default: all. */
  readonly kinds?: readonly ContentKind[];
  /** What the text is meant to be. Default `value`: nobody knows. */
  readonly role?: Role;
  /** Folders below which a `path` has to stay; the first is where relative paths start. Without them only climbing is judged. */
  readonly roots?: readonly string[];
  /** Follows symbolic links, for `roots`: the real path, or undefined where nothing is there. */
  readonly realpath?: (path: string) => string | undefined;
}

const NOTHING: readonly ContentFinding[] = Object.freeze([]);

/**
 * Looks for attacks in one text of a tool call. The text should be normalised; encodings that belong to paths,
 * URLs and SQL are taken off here. The cost grows with the length of the text and no faster, up to a bound; what
 * cannot be looked at to its end is a finding (`content.too_complex`). Throws only what `realpath` throws.
 */
export function inspectContent(text: string, options: ContentOptions = {}): readonly ContentFinding[] {
  return text === "" ? NOTHING : inspectInto(text, options)?.findings ?? NOTHING;
}

/** The same, with the work that was done; undefined where nothing asked for a closer look. */
export function inspectInto(text: string, { kinds, role = "value", roots, realpath }: ContentOptions): Report | undefined {
  const traits = traitsOf(text);
  const bounds = roots && { roots, ...(realpath && { realpath }) };
  let report: Report | undefined;
  try {
    for (const step of STEPS_OF[role]) {
      if (kinds && !kinds.includes(step.kind)) continue;
      if (step.always !== role && !step.wants(traits, text)) continue;
      report ??= new Report(role, Math.min(BASE_WORK + WORK_PER_CHAR * text.length, MOST_WORK), role === "value" ? seriousFrom(text) : 0);
      step.inspect(text, report, bounds);
    }
  } catch (thrown) {
    // Running out of stack is being too complex as well.
    if (!(thrown instanceof TooComplex || (thrown instanceof RangeError && thrown.message.includes("call stack")))) throw thrown;
    report?.add("content.too_complex", 0, text.length, "not looked at to its end");
  }
  return report;
}
