import { NO } from "../answer.ts";
import { compileArgumentTest } from "../argument-test.ts";
import type { Invocation } from "../invocation.ts";
import { compilePatterns } from "../pattern.ts";
import { ToolIndex } from "../tool-index.ts";
import type { ActionDefinition, ActionMatch } from "./schema.ts";

interface Entry {
  readonly tool: readonly string[];
  readonly action: ActionDefinition;
  readonly recognises: (invocation: Invocation) => boolean;
}

/** The actions that a policy knows, found by call or by id. */
export class ActionRegistry {
  readonly #byId: ReadonlyMap<string, ActionDefinition>;
  readonly #index: ToolIndex<Entry>;

  /** @throws Error when an id is taken twice, or a pattern is not RE2 */
  constructor(actions: readonly ActionDefinition[]) {
    const byId = new Map<string, ActionDefinition>();
    for (const action of actions) {
      if (byId.has(action.id)) throw new Error(`the action ${action.id} is defined twice`);
      byId.set(action.id, action);
    }
    this.#byId = byId;
    // What looks at arguments knows more of a call than what looks at the name of the tool alone.
    const ways = actions.flatMap((action) => action.match.map((way) => ({ action, way, rank: specificity(way, action) }))).sort((a, b) => b.rank - a.rank);
    this.#index = new ToolIndex(ways.map(({ action, way }) => ({ tool: way.tool, action, recognises: lazily(() => recogniser(way)) })));
  }

  get(id: string): ActionDefinition | undefined {
    return this.#byId.get(id);
  }

  /** Which action a call is: of several that recognise it the one with the highest risk that looks at arguments, else at the name. */
  find(invocation: Invocation): ActionDefinition | undefined {
    const offered = withoutServer(invocation);
    return this.#recognise(invocation) ?? (offered && this.#recognise(offered));
  }

  #recognise(invocation: Invocation): ActionDefinition | undefined {
    for (const { action, recognises } of this.#index.of(invocation.tool)) if (recognises(invocation)) return action;
    return undefined;
  }
}

/** How hosts of several MCP servers name a tool: `mcp__<server>__<tool>`. */
const PREFIX = "mcp__";

function withoutServer(invocation: Invocation): Invocation | undefined {
  const { tool } = invocation;
  // Each of the two names has a character at least.
  const end = tool.startsWith(PREFIX) ? tool.indexOf("__", PREFIX.length + 1) : -1;
  if (end < 0 || end + 2 === tool.length) return undefined;
  return { ...invocation, tool: tool.slice(end + 2), server: invocation.server ?? tool.slice(PREFIX.length, end) };
}

const RISK = { low: 0, medium: 1, high: 2, critical: 3 } as const;

/** Arguments before server before name; then the worse. */
function specificity(way: ActionMatch, { risk }: ActionDefinition): number {
  return (way.arguments ? 20 : 0) + (way.server ? 10 : 0) + RISK[risk];
}

/** Hundreds of patterns, of which a process needs those of the tools that it calls. */
function lazily(compile: () => Entry["recognises"]): Entry["recognises"] {
  let compiled: Entry["recognises"] | undefined;
  return (invocation) => (compiled ??= compile())(invocation);
}

/** A call that cannot be judged is taken for the action: that is what counts against it. */
function recogniser(way: ActionMatch): (invocation: Invocation) => boolean {
  const server = way.server && compilePatterns(way.server);
  const tests = Object.entries(way.arguments ?? {}).map(([path, test]) => compileArgumentTest(path, test, false, false));
  return (invocation) => (!server || server(invocation.server ?? "")) && tests.every((test) => test(invocation.arguments) !== NO);
}
