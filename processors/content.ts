import { SpangateError } from "../errors.ts";
import type { CompiledPolicy, Invocation } from "../policies/index.ts";
import { nearest } from "../policies/nearest.ts";
import { compilePatterns, isWild, type Matcher, matches } from "../policies/pattern.ts";
import type { Action } from "../policies/schema/data.ts";
import type { ContentFinding } from "./detection/content/finding.ts";
import { contentRules, inspectContent, roleOf } from "./detection/heavy.ts";
import { GateProcessor } from "./gate-processor.ts";
import { eachText } from "./texts.ts";
import { ballotOf, currentArguments, isDenied, type Opinion } from "./verdict.ts";

/** Rules that a policy may name beside those of the catalogue. */
const TOO_COMPLEX = "content.too_complex";

/** Applies the content rules to arguments: what a shell, a database, a file system or an interpreter would make of them. */
export class ContentProcessor extends GateProcessor {
  override readonly name = "content";
  readonly #rules: readonly (readonly [pattern: string, action: Action])[] | undefined;
  readonly #tools: Matcher;
  readonly #roots: readonly string[] | undefined;
  readonly #actions = new Map<string, Action>();

  /** @throws SpangateError for a rule that is not in the catalogue */
  constructor({ source }: CompiledPolicy) {
    super();
    const { content } = source;
    // The most exact entry counts, so the longest is looked at first.
    this.#rules = content && Object.entries(content.rules).sort(([a], [b]) => b.replaceAll("*", "").length - a.replaceAll("*", "").length);
    for (const [pattern] of this.#rules ?? []) refuseUnknown(pattern);
    this.#tools = compilePatterns(content?.tool ?? []);
    this.#roots = source.files?.roots;
  }

  override judge(invocation: Invocation): Opinion | undefined {
    const { tool } = invocation;
    if (!this.#rules || !this.#tools(tool) || isDenied(invocation)) return undefined;
    const flags = new Set<string>();
    let blocking: ContentFinding | undefined;
    eachText(currentArguments(invocation), (text, key) => {
      for (const finding of inspectContent(text, { role: roleOf(key, tool), ...(this.#roots && { roots: this.#roots }) })) {
        const action = this.#actionOf(finding);
        if (action === "flag") flags.add(`content:${finding.rule}`);
        if (action !== "block") continue;
        blocking = finding;
        return true;
      }
      return false;
    });
    if (blocking) return { effect: "deny", rule: `content.${blocking.rule}`, reason: `the arguments hold ${titleOf(blocking.rule)}` };
    ballotOf(invocation).flags.push(...flags);
    return undefined;
  }

  /** What the policy says of a rule, else the level of the finding. */
  #actionOf({ rule, level }: ContentFinding): Action {
    const key = `${rule}\0${level}`;
    let action = this.#actions.get(key);
    if (!action) this.#actions.set(key, (action = this.#rules?.find(([pattern]) => matches(pattern, rule))?.[1] ?? level));
    return action;
  }
}

function titleOf(rule: string): string {
  return contentRules().find(({ id }) => id === rule)?.title.replace(/^./, (first) => first.toLowerCase()) ?? rule;
}

function refuseUnknown(pattern: string): void {
  const ids = [...contentRules().map(({ id }) => id), TOO_COMPLEX];
  if (ids.some((id) => matches(pattern, id))) return;
  const near = isWild(pattern) ? undefined : nearest(pattern, ids);
  throw new SpangateError("SG_DETECTOR_UNKNOWN", { path: "content.rules", problem: `there is no content rule "${pattern}"${near ? `, did you mean "${near}"?` : ""}` });
}
