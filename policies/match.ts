import { type Answer, answerOf, NO, UNKNOWN, YES } from "./answer.ts";
import { compileArgumentTest } from "./argument-test.ts";
import { compileCondition } from "./condition.ts";
import { compilePatterns } from "./pattern.ts";
import type { Match } from "./schema/match.ts";
import { compileTimeWindow } from "./time-window.ts";
import type { View } from "./view.ts";

/** One thing that a rule asks of a call. */
export interface Check {
  /** The key of the rule, like `caller.role` or `arguments.amount`. */
  readonly key: string;
  readonly test: (view: View) => Answer;
}

/** A key of a match that cannot be compiled. */
export class MatchError extends Error {
  readonly path: readonly string[];

  constructor(path: readonly string[], cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.path = path;
  }
}

/**
 * Compiles what a rule matches on, cheapest check first. The tool is left out: {@link ToolIndex} has found the rule by it.
 *
 * @param allows a rule that lets the call run must be sure of every part of it; any other needs one part that fits
 * @param loose arguments count in the other forms, too, in which tools take them
 * @throws MatchError
 */
export function compileMatch(match: Match, allows: boolean, loose: boolean): readonly Check[] {
  const checks: Check[] = [];
  const add = (key: string, test: (view: View) => Answer): void => void checks.push({ key, test });
  const text = (key: string, patterns: readonly string[] | undefined, valueOf: (view: View) => string | undefined): void => {
    if (!patterns) return;
    const fits = compilePatterns(patterns);
    add(key, (view) => answerOf(fits(valueOf(view) ?? "")));
  };
  text("framework", match.framework, ({ invocation }) => invocation.framework);
  text("server", match.server, ({ invocation }) => invocation.server);
  text("agent", match.agent, ({ invocation }) => invocation.agent);
  text("session", match.session, ({ invocation }) => invocation.session);
  text("environment", match.environment, ({ invocation }) => invocation.environment);
  text("caller.id", match.caller?.id, ({ invocation }) => invocation.caller);
  text("caller.tenant", match.caller?.tenant, ({ invocation }) => invocation.tenant);
  text("caller.on_behalf_of", match.caller?.on_behalf_of, ({ invocation }) => invocation.onBehalfOf);
  if (match.caller?.role) {
    const fits = compilePatterns(match.caller.role);
    add("caller.role", ({ invocation }) => answerOf(invocation.roles?.some(fits) ?? false));
  }
  for (const [name, patterns] of Object.entries(match.context ?? {})) {
    text(`context.${name}`, patterns, ({ invocation }) => (invocation.context && Object.hasOwn(invocation.context, name) ? invocation.context[name] : undefined));
  }
  if (match.time) {
    const open = compileTimeWindow(match.time);
    add("time", ({ invocation }) => answerOf(open(invocation.time)));
  }
  text("action", match.action, ({ action }) => action?.id);
  if (match.effect_class) add("effect_class", effectClassTest(match.effect_class, allows));
  text("target.type", match.target?.type, ({ target }) => target.type);
  for (const key of ["name", "environment", "sensitivity"] as const) {
    const patterns = match.target?.[key];
    if (!patterns) continue;
    const fits = compilePatterns(patterns);
    // Of a list of names nobody can say which one counts.
    add(`target.${key}`, ({ target, isTargetClear }) => (isTargetClear ? answerOf(fits(target[key])) : UNKNOWN));
  }
  text("risk", match.risk, ({ risk }) => risk);
  for (const [path, test] of Object.entries(match.arguments ?? {})) {
    const compiled = attempt(["arguments", path], () => compileArgumentTest(path, test, allows, loose));
    add(`arguments.${path}`, ({ invocation }) => compiled(invocation.arguments));
  }
  const { when } = match;
  if (when !== undefined) {
    const holds = attempt(["when"], () => compileCondition(when));
    add("when", ({ facts }) => {
      try {
        return answerOf(holds(facts));
      } catch {
        return UNKNOWN;
      }
    });
  }
  return checks;
}

/** A tool that also writes is no tool that reads, for a rule that allows; for any other rule one class is enough. */
function effectClassTest(wanted: readonly string[], allows: boolean): Check["test"] {
  return ({ effectClasses }) => {
    if (effectClasses.length === 0) return UNKNOWN;
    return answerOf(allows ? effectClasses.every((effectClass) => wanted.includes(effectClass)) : effectClasses.some((effectClass) => wanted.includes(effectClass)));
  };
}

/** All checks of a rule on a call. */
export function answerAll(checks: readonly Check[], view: View): Answer {
  let answer: Answer = YES;
  for (const { test } of checks) {
    const one = test(view);
    if (one === NO) return NO;
    if (one === UNKNOWN) answer = UNKNOWN;
  }
  return answer;
}

function attempt<T>(path: readonly string[], compile: () => T): T {
  try {
    return compile();
  } catch (thrown) {
    throw new MatchError(path, thrown);
  }
}
