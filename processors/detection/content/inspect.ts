import { DEFAULT_LIMITS } from "../limits.ts";
import { seriousFrom } from "./document.ts";
import type { ContentFinding, ContentKind, Role } from "./finding.ts";
import { Report, TooComplex } from "./report.ts";
import { STEPS_OF } from "./steps.ts";
import { traitsOf } from "./trigger.ts";

/**
 * Steps that a text may cost: so many at least, and so many per character. A step is 50 to 70 ns on a slow machine, so that
 * 64 KB take 10 ms at most; of 457 documents, programs and scripts of 20 to 64 KB some fourteen cost more, all of them as a `value`.
 */
const BASE_WORK = 30_000;
const WORK_PER_CHAR = 1.5;
/** What no text may cost, however long: about a tenth of a second. */
const MOST_WORK = 1_500_000;
/** Code units of a text that are looked at: as many as the detectors look at of a whole value. */
const LONGEST = DEFAULT_LIMITS.size;

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

const TOO_COMPLEX = "content.too_complex";
const NOTHING: readonly ContentFinding[] = Object.freeze([]);

/**
 * Looks for attacks in one text of a tool call. The text should be normalised; encodings that belong to paths,
 * URLs and SQL are taken off here. The cost grows with the length of the text and no faster, up to a bound; that a text
 * costs more, or is longer than 1,048,576 code units, is a finding as well (`content.too_complex`, at level `block`), beside
 * what was found until then. Throws only what `realpath` throws.
 */
export function inspectContent(text: string, options: ContentOptions = {}): readonly ContentFinding[] {
  return text === "" ? NOTHING : inspectInto(text, options)?.findings ?? NOTHING;
}

/** The same, with the work that was done; undefined where nothing asked for a closer look. */
export function inspectInto(text: string, options: ContentOptions): Report | undefined {
  if (text.length <= LONGEST) return look(text, options);
  const report = look(text.slice(0, LONGEST), options, text.length) ?? new Report(options.role ?? "value", MOST_WORK);
  report.add(TOO_COMPLEX, 0, text.length, `only the first ${LONGEST} characters were looked at`);
  return report;
}

/** @param whole code units of the text that this is the beginning of */
function look(text: string, { kinds, role = "value", roots, realpath }: ContentOptions, whole = text.length): Report | undefined {
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
    report?.add(TOO_COMPLEX, 0, whole, "not looked at to its end");
  }
  return report;
}
