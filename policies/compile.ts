import { sha256 } from "../sha256.ts";
import { compilePatterns, type Matcher } from "./pattern.ts";
import type { Mode, Policy, RateLimit } from "./schema.ts";

/** What one rule, or the default, says of a tool. */
export interface Ruling {
  readonly effect: "allow" | "deny";
  readonly rule: string;
  readonly reason: string;
  readonly mode: Mode;
}

export interface CompiledRate extends Omit<RateLimit, "tool" | "mode"> {
  readonly applies: Matcher;
  readonly mode: Mode;
}

/** A policy made ready for the hot path. */
export interface CompiledPolicy {
  readonly source: Policy;
  /** SHA-256 over the canonical JSON of the validated policy, hex. */
  readonly digest: string;
  /** Everything the policy says of a tool, strongest first; never empty. */
  rulings(tool: string): readonly Ruling[];
  readonly rates: readonly CompiledRate[];
  readonly redacts: Matcher;
}

/** Tools whose rulings are remembered; names come from the model, so the memory must be bounded. */
const REMEMBERED_TOOLS = 1_000;

export function compilePolicy(source: Policy): CompiledPolicy {
  const rules = source.rules.map((rule) => ({
    applies: compilePatterns(rule.tool),
    ruling: Object.freeze<Ruling>({
      effect: rule.effect,
      rule: rule.id,
      reason: rule.reason ?? `rule ${rule.id} of policy ${source.name}`,
      mode: effective(source.mode, rule.mode),
    }),
  }));
  const fallback = Object.freeze<Ruling>({
    effect: source.default,
    rule: "default",
    reason: `no rule of policy ${source.name} allows this tool`,
    mode: source.mode,
  });
  const remembered = new Map<string, readonly Ruling[]>();

  function rulings(tool: string): readonly Ruling[] {
    const known = remembered.get(tool);
    if (known) return known;
    const matching = rules.filter((rule) => rule.applies(tool)).map((rule) => rule.ruling);
    // The default speaks unless a rule that counts has spoken: a shadow rule alone must not open the gate.
    if (!matching.some((ruling) => ruling.mode === source.mode)) matching.push(fallback);
    matching.sort((a, b) => Number(b.effect === "deny") - Number(a.effect === "deny"));
    if (remembered.size < REMEMBERED_TOOLS) remembered.set(tool, matching);
    return matching;
  }

  let digest: string | undefined;
  return {
    source,
    // On first use: most processes that preload spangate never need it, nor the crypto module.
    get digest() {
      return (digest ??= sha256(canonical(source), "hex"));
    },
    rulings,
    rates: source.limits.rate.map(({ tool, mode, ...rate }) => ({
      ...rate, applies: compilePatterns(tool), mode: effective(source.mode, mode),
    })),
    redacts: source.redact ? compilePatterns(source.redact.tool) : () => false,
  };
}

/** A rule may be weaker than its policy (shadow), never stronger. */
function effective(policy: Mode, rule: Mode | undefined): Mode {
  return policy === "enforce" && rule !== "observe" ? "enforce" : "observe";
}

/** JSON with sorted keys, so that the order in which an author writes keys does not change the digest. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner);
}
