import type { ContentRule } from "./finding.ts";
import { CODE_RULES, TEMPLATE_RULES } from "./rules/code.ts";
import { DATA_RULES } from "./rules/data.ts";
import { PATH_RULES } from "./rules/path.ts";
import { SHELL_RULES } from "./rules/shell.ts";
import { SQL_RULES } from "./rules/sql.ts";
import { URL_RULES } from "./rules/url.ts";

/** What could not be looked at to its end: nobody knows what is in it. */
const TOO_COMPLEX: ContentRule = {
  id: "content.too_complex", title: "Too deeply nested or too long to be looked at", level: "block", source: "CWE-400", role: "shell",
  matches: ["$(".repeat(40)], misses: ["$($(id))"],
};

/** Every content rule there is: name, level, source, and what it finds and leaves. */
export const CATALOGUE: readonly ContentRule[] = [
  TOO_COMPLEX, ...SHELL_RULES, ...SQL_RULES, ...PATH_RULES, ...URL_RULES, ...TEMPLATE_RULES, ...CODE_RULES, ...DATA_RULES,
];

export const RULES: ReadonlyMap<string, ContentRule> = new Map(CATALOGUE.map((rule) => [rule.id, rule]));
