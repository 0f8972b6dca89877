import { inspectCode } from "./code/inspect.ts";
import { inspectPayloads } from "./code/payload.ts";
import { inspectFormula, mayBeFormula } from "./data/formula.ts";
import { inspectHeaders } from "./data/header.ts";
import { inspectLdap } from "./data/ldap.ts";
import { inspectNosql } from "./data/nosql.ts";
import { inspectXml } from "./data/xml.ts";
import { seriousFrom } from "./document.ts";
import type { ContentFinding, ContentKind, Role } from "./finding.ts";
import { inspectPath } from "./path/inspect.ts";
import { Report, TooComplex } from "./report.ts";
import { beginsAsCommand, inspectShell } from "./shell/inspect.ts";
import { inspectSql } from "./sql/inspect.ts";
import { inspectTemplates } from "./template/inspect.ts";
import { HAS, SAYS, traitsOf, type Traits } from "./trigger.ts";
import { inspectUrls } from "./url/inspect.ts";

/** Steps that a text may cost: so many at least, and so many per character. Benign documents take up to 3 per character (p99). */
const BASE_WORK = 50_000;
const WORK_PER_CHAR = 8;
/** What no text may cost, however long: about a tenth of a second. */
const MOST_WORK = 2_000_000;

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

type Inspector = (text: string, report: Report, options: ContentOptions) => void;

interface Step {
  readonly kind: ContentKind;
  /** Roles in which the text is looked at in any case. */
  readonly always: readonly Role[];
  /** Roles in which it is not looked at. */
  readonly never: readonly Role[];
  readonly wants: (traits: Traits, text: string) => boolean;
  readonly inspect: Inspector;
}

const any = (bits: number, wanted: number): boolean => (bits & wanted) !== 0;
const all = (bits: number, wanted: number): boolean => (bits & wanted) === wanted;

/** What a text must have to be looked at by whom. */
const STEPS: readonly Step[] = [
  {
    kind: "shell", always: ["shell"], never: ["code", "sql"],
    wants: ({ chars }, text) => any(chars, HAS.separator | HAS.backtick | HAS.dollar | HAS.percent | HAS.backslash | HAS.brace) || any(chars, HAS.angle) || beginsAsCommand(text),
    inspect: (text, report) => inspectShell(text, report, inspectCode),
  },
  {
    kind: "sql", always: ["sql"], never: ["code", "shell", "path", "url"],
    wants: ({ chars, words }) => any(words, SAYS.sql) || any(chars, HAS.quote | HAS.percent) || (any(words, SAYS.connector) && any(chars, HAS.equals | HAS.angle | HAS.hash | HAS.wide | HAS.dash)) || all(chars, HAS.round | HAS.separator),
    inspect: inspectSql,
  },
  {
    kind: "path", always: ["path"], never: ["code", "shell", "sql", "url"],
    wants: ({ chars }, text) => any(chars, HAS.slash | HAS.backslash | HAS.control | HAS.percent | HAS.wide) && !any(chars, HAS.space) || text.charCodeAt(0) === 46,
    inspect: (text, report, { roots, realpath }) => inspectPath(text, report, roots && { roots, ...(realpath && { realpath }) }),
  },
  { kind: "url", always: ["url"], never: [], wants: ({ chars }) => all(chars, HAS.colon | HAS.slash) || all(chars, HAS.colon | HAS.backslash) || (any(chars, HAS.slash) && !any(chars, HAS.space)) || all(chars, HAS.colon | HAS.round), inspect: inspectUrls },
  { kind: "template", always: [], never: ["code", "shell", "sql"], wants: ({ chars }) => any(chars, HAS.brace) || all(chars, HAS.angle | HAS.percent) || all(chars, HAS.hash | HAS.round) || all(chars, HAS.hash | HAS.angle) || all(chars, HAS.square | HAS.hash), inspect: inspectTemplates },
  { kind: "code", always: ["code"], never: ["sql"], wants: ({ chars, words }) => any(words, SAYS.code) && any(chars, HAS.round | HAS.quote | HAS.square) || (any(words, SAYS.code) && !any(chars, HAS.space)), inspect: (text, report) => (report.role === "shell" && !isCall(text) ? undefined : inspectCode(text, report)) },
  { kind: "code", always: ["code"], never: ["sql"], wants: ({ chars }, text) => any(chars, HAS.angle | HAS.dollar | HAS.bang | HAS.percent) || all(chars, HAS.colon | HAS.quote) || text.startsWith("rO0AB") || text.startsWith("aced0005") || text.startsWith("AAEAAAD"), inspect: inspectPayloads },
  { kind: "xml", always: [], never: ["shell", "sql", "path", "url"], wants: ({ chars }) => any(chars, HAS.angle), inspect: inspectXml },
  { kind: "ldap", always: [], never: ["shell", "sql", "path", "url", "code"], wants: ({ chars }) => any(chars, HAS.round), inspect: inspectLdap },
  { kind: "nosql", always: [], never: ["shell", "path", "url"], wants: ({ chars }) => any(chars, HAS.dollar) || all(chars, HAS.quote | HAS.separator), inspect: inspectNosql },
  { kind: "header", always: [], never: ["shell", "sql", "code"], wants: ({ chars }) => any(chars, HAS.percent) || any(chars, HAS.separator | HAS.control), inspect: inspectHeaders },
  { kind: "formula", always: [], never: ["shell", "sql", "code", "path", "url"], wants: (_, text) => mayBeFormula(text), inspect: inspectFormula },
];

const STEPS_OF: Readonly<Record<Role, readonly RoleStep[]>> = { value: stepsOf("value"), shell: stepsOf("shell"), sql: stepsOf("sql"), path: stepsOf("path"), url: stepsOf("url"), code: stepsOf("code") };
const NOTHING: readonly ContentFinding[] = Object.freeze([]);

/** `system('id')` where a command was wanted. */
function isCall(text: string): boolean {
  return /^[\s;|&'"]{0,8}(?:[\w.]{1,32}\(|<\?|\$\{|\{)/.test(text.slice(0, 48));
}

/**
 * Looks for attacks in one text of a tool call. The text should be normalised; encodings that belong to paths,
 * URLs and SQL are taken off here. The cost grows with the length of the text and no faster; what cannot be
 * looked at to its end is a finding (`content.too_complex`).
 */
export function inspectContent(text: string, options: ContentOptions = {}): readonly ContentFinding[] {
  return text === "" ? NOTHING : inspectInto(text, options)?.findings ?? NOTHING;
}

/** The same, with the work that was done; undefined where nothing asked for a closer look. */
export function inspectInto(text: string, options: ContentOptions): Report | undefined {
  const role = options.role ?? "value";
  const traits = traitsOf(text);
  let report: Report | undefined;
  try {
    for (const { step, always } of STEPS_OF[role]) {
      if (options.kinds && !options.kinds.includes(step.kind)) continue;
      if (!always && !step.wants(traits, text)) continue;
      report ??= new Report(role, Math.min(BASE_WORK + WORK_PER_CHAR * text.length, MOST_WORK), role === "value" ? seriousFrom(text) : 0);
      step.inspect(text, report, options);
    }
  } catch (thrown) {
    // Running out of stack is being too complex as well.
    if (!(thrown instanceof TooComplex || thrown instanceof RangeError)) throw thrown;
    report?.add("content.too_complex", 0, text.length, "not looked at to its end");
  }
  return report;
}

interface RoleStep {
  readonly step: Step;
  readonly always: boolean;
}

function stepsOf(role: Role): readonly RoleStep[] {
  return STEPS.filter(({ never }) => !never.includes(role)).map((step) => ({ step, always: step.always.includes(role) }));
}
