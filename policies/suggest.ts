import type { RecordedCall } from "./replay.ts";
import type { PolicySource } from "./schema/policy.ts";

/** Fewest calls of a tool from which ranges and lists of values are concluded. */
const ENOUGH = 5;
/** Most values that become a list; more are taken for free text. */
const MAX_VALUES = 8;
/** Deepest arguments that are looked into. */
const MAX_DEPTH = 4;
/** What the log writes in the place of a value that it does not keep. */
const REDACTED = /\[REDACTED:/;

/** Everything that one argument was seen with. */
class Seen {
  readonly values = new Set<unknown>();
  count = 0;
  isNumber = true;
  max = -Infinity;
  longest = 0;
  redacted = false;

  add(value: unknown): void {
    this.count++;
    if (typeof value === "string") {
      this.longest = Math.max(this.longest, value.length);
      if (REDACTED.test(value)) this.redacted = true;
    }
    if (typeof value === "number") this.max = Math.max(this.max, value);
    else this.isNumber = false;
    if (this.values.size <= MAX_VALUES) this.values.add(value);
  }

  /** The narrowest test that all values pass; undefined where nothing can be said. */
  test(calls: number): object | undefined {
    // Where it was not always there, a rule that allows would refuse the calls without it.
    if (this.redacted || this.count < calls || calls < ENOUGH) return undefined;
    // Less than ever was is no danger, more is.
    if (this.isNumber) return { max: this.max };
    const scalars = [...this.values].every((value) => typeof value !== "object" || value === null);
    if (scalars && this.values.size <= MAX_VALUES && this.values.size * 2 <= calls) return this.values.size === 1 ? { equals: [...this.values][0] } : { in: [...this.values] };
    return this.longest > 0 ? { max_length: 2 ** Math.ceil(Math.log2(this.longest)) } : undefined;
  }
}

export interface Suggestion {
  readonly policy: PolicySource;
  /** Tool → from how many calls. */
  readonly calls: Readonly<Record<string, number>>;
  /** What an author should look at. */
  readonly notes: readonly string[];
}

/**
 * A least-privilege policy from recorded calls: one rule a tool, for the callers and agents and within the arguments
 * that were seen. Calls that were refused are left out.
 */
export function suggest(recorded: Iterable<RecordedCall>, name = "suggested"): Suggestion {
  const byTool = Map.groupBy([...recorded].filter(({ before }) => before === undefined || before.effect === "allow" || before.effect === "modify"), ({ call }) => call.tool);
  const notes: string[] = [];
  const rules = [...byTool].sort(([a], [b]) => (a < b ? -1 : 1)).map(([tool, calls]) => ruleFor(tool, calls, notes));
  return {
    policy: { spangate: 1, name, mode: "enforce", default: "deny", rules, redact: { in: ["results"] } },
    calls: Object.fromEntries([...byTool].map(([tool, calls]) => [tool, calls.length])),
    notes,
  };
}

function ruleFor(tool: string, calls: readonly RecordedCall[], notes: string[]): object {
  const whole = calls.filter(({ lossy }) => lossy === undefined || lossy === "redacted");
  if (whole.length < calls.length) notes.push(`${tool}: the arguments of ${calls.length - whole.length} of ${calls.length} calls were cut in the log; no ranges are concluded from them`);
  if (calls.length < ENOUGH) notes.push(`${tool}: seen ${calls.length === 1 ? "once" : `${calls.length} times`} only; its arguments are not narrowed`);
  const agents = few(calls.map(({ call }) => call.agent));
  const roles = few(calls.flatMap(({ call }): readonly (string | undefined)[] => (call.roles?.length ? call.roles : [undefined])));
  const tests = whole.length === calls.length ? argumentTests(whole) : {};
  return {
    id: `allow-${tool}`, tool: tool.replace(/[*?]/g, "?"), effect: "allow",
    ...(agents && { agent: agents }), ...(roles && { caller: { role: roles } }),
    ...(Object.keys(tests).length > 0 && { arguments: tests }),
  };
}

/** The values, where every call had one and there are only a few. */
function few(values: readonly (string | undefined)[]): string[] | undefined {
  const distinct = new Set(values);
  return distinct.has(undefined) || distinct.has("") || distinct.size > MAX_VALUES ? undefined : ([...distinct] as string[]).sort();
}

function argumentTests(calls: readonly RecordedCall[]): Record<string, object> {
  const seen = new Map<string, Seen>();
  for (const { call } of calls) {
    collect(call.arguments, [], 0, (keys, value) => {
      const path = pathOf(keys);
      const known = seen.get(path) ?? new Seen();
      seen.set(path, known);
      known.add(value);
    });
  }
  return Object.fromEntries([...seen].flatMap(([path, known]) => {
    const test = known.test(calls.length);
    return test ? [[path, test]] : [];
  }));
}

/** Every scalar by its path; lists are left out, since how long they are is no habit to rely on. */
function collect(value: unknown, path: readonly string[], depth: number, add: (path: readonly string[], value: unknown) => void): void {
  if (typeof value !== "object" || value === null) {
    if (path.length > 0) add(path, value);
    return;
  }
  if (Array.isArray(value) || depth >= MAX_DEPTH) return;
  for (const [key, inner] of Object.entries(value)) {
    collect(inner, [...path, key], depth + 1, add);
  }
}

/** As an author would write it: joined by dots, or a JSON Pointer where a key has dots or wildcards in it. */
function pathOf(keys: readonly string[]): string {
  if (keys.every((key) => /^[^./*]+$/.test(key))) return keys.join(".");
  return `/${keys.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`;
}
