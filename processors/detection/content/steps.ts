import { inspectCode } from "./code/inspect.ts";
import { inspectPayloads } from "./code/payload.ts";
import { inspectFormula, mayBeFormula } from "./data/formula.ts";
import { inspectHeaders } from "./data/header.ts";
import { inspectLdap } from "./data/ldap.ts";
import { inspectNosql } from "./data/nosql.ts";
import { inspectXml } from "./data/xml.ts";
import type { ContentKind, Role } from "./finding.ts";
import type { Roots } from "./path/canonical.ts";
import { inspectPath } from "./path/inspect.ts";
import type { Report } from "./report.ts";
import { beginsAsCommand, inspectShell } from "./shell/inspect.ts";
import { inspectSql } from "./sql/inspect.ts";
import { inspectTemplates } from "./template/inspect.ts";
import { HAS, SAYS, type Traits } from "./trigger.ts";
import { inspectUrls } from "./url/inspect.ts";

/** One closer look at a text, and when it is taken. */
export interface Step {
  readonly kind: ContentKind;
  /** Whether what a text is made of asks for this look. */
  readonly wants: (traits: Traits, text: string) => boolean;
  readonly inspect: (text: string, report: Report, roots: Roots | undefined) => void;
  /** The role whose texts are looked at in any case. */
  readonly always?: Role;
  /** Roles in which the look would only find what is ordinary there. */
  readonly never: readonly Role[];
}

const STEPS: readonly Step[] = [
  {
    kind: "shell", always: "shell", never: ["code", "sql"],
    wants: ({ chars }, text) => any(chars, HAS.separator | HAS.backtick | HAS.dollar | HAS.percent | HAS.backslash | HAS.brace | HAS.angle) || beginsAsCommand(text),
    inspect: (text, report) => inspectShell(text, report, inspectCode),
  },
  {
    kind: "sql", always: "sql", never: ["code", "shell", "path", "url"],
    wants: ({ chars, words }) => any(words, SAYS.sql) || any(chars, HAS.quote | HAS.percent) || (any(chars, HAS.separator) && any(chars, HAS.round | HAS.equals))
      || (any(words, SAYS.connector) && any(chars, HAS.equals | HAS.angle | HAS.hash | HAS.wide | HAS.dash)),
    inspect: inspectSql,
  },
  {
    kind: "path", always: "path", never: ["code", "shell", "sql", "url"],
    wants: ({ chars }, text) => (any(chars, HAS.slash | HAS.backslash | HAS.control | HAS.percent | HAS.wide) && !any(chars, HAS.space)) || text.startsWith("."),
    inspect: inspectPath,
  },
  {
    kind: "url", always: "url", never: [],
    wants: ({ chars }) => (any(chars, HAS.colon) && any(chars, HAS.slash | HAS.backslash | HAS.round)) || (any(chars, HAS.slash) && !any(chars, HAS.space)),
    inspect: inspectUrls,
  },
  {
    kind: "template", never: ["code", "shell", "sql"],
    wants: ({ chars }) => any(chars, HAS.brace) || all(chars, HAS.angle | HAS.percent) || (any(chars, HAS.hash) && any(chars, HAS.round | HAS.angle | HAS.square)),
    inspect: inspectTemplates,
  },
  {
    kind: "code", always: "code", never: ["sql"],
    wants: ({ chars, words }) => any(words, SAYS.code) && (any(chars, HAS.round | HAS.quote | HAS.square) || !any(chars, HAS.space)),
    inspect: (text, report) => {
      if (report.role !== "shell" || isCall(text)) inspectCode(text, report);
    },
  },
  {
    kind: "code", always: "code", never: ["sql"],
    wants: ({ chars }, text) => any(chars, HAS.angle | HAS.dollar | HAS.bang | HAS.percent) || all(chars, HAS.colon | HAS.quote) || isSerialised(text),
    inspect: inspectPayloads,
  },
  { kind: "xml", never: ["shell", "sql", "path", "url"], wants: ({ chars }) => any(chars, HAS.angle), inspect: inspectXml },
  { kind: "ldap", never: ["shell", "sql", "path", "url", "code"], wants: ({ chars }) => any(chars, HAS.round | HAS.percent), inspect: inspectLdap },
  {
    kind: "nosql", never: ["shell", "path", "url"],
    wants: ({ chars }, text) => any(chars, HAS.dollar) || all(chars, HAS.quote | HAS.separator) || (any(chars, HAS.round) && text.includes("db.")),
    inspect: inspectNosql,
  },
  { kind: "header", never: ["shell", "sql", "code"], wants: ({ chars }) => any(chars, HAS.percent | HAS.separator | HAS.control), inspect: inspectHeaders },
  { kind: "formula", never: ["shell", "sql", "code", "path", "url"], wants: (_, text) => mayBeFormula(text), inspect: inspectFormula },
];

/** The looks that are taken at texts of each role, in order. */
export const STEPS_OF: Readonly<Record<Role, readonly Step[]>> = {
  value: stepsOf("value"), shell: stepsOf("shell"), sql: stepsOf("sql"), path: stepsOf("path"), url: stepsOf("url"), code: stepsOf("code"),
};

function stepsOf(role: Role): readonly Step[] {
  return STEPS.filter(({ never }) => !never.includes(role));
}

function any(bits: number, wanted: number): boolean {
  return (bits & wanted) !== 0;
}

function all(bits: number, wanted: number): boolean {
  return (bits & wanted) === wanted;
}

/** `system('id')` where a command was wanted. */
function isCall(text: string): boolean {
  return /^[\s;|&'"]{0,8}(?:[\w.]{1,32}\(|<\?|\$\{|\{)/.test(text.slice(0, 48));
}

/** Beginnings of serialised objects of Java (base64 and hexadecimal) and .NET. */
function isSerialised(text: string): boolean {
  return text.startsWith("rO0AB") || text.startsWith("aced0005") || text.startsWith("AAEAAAD");
}
