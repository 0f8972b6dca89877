import type { AuditRecord } from "../../../exporters/audit/record.ts";
import { PRELOAD, runApp } from "../../support/run.ts";

const POLICY = `
spangate: 1
name: langchain
default: allow
rules:
  - { id: no-destruction, tool: [wipe, purge, shred], effect: deny, reason: "destroying is not allowed" }
limits: { deadline: 600ms }
redact: { in: [arguments, results] }
`;
export const DENIED = "Tool call denied by policy: destroying is not allowed.";
export const EMAIL = "jane@example.com";
export const CONVERSATIONS = [
  "block", "arguments", "result", "error", "stream", "generator", "parallel", "agent", "runnable", "kinds", "interrupt", "invalid", "direct",
];
/** How long the processor in ai-late.mjs takes, in milliseconds. */
export const DELAY = 300;

export interface Read {
  readonly content: unknown;
  readonly status?: string;
  readonly artifact?: unknown;
  readonly isToolMessage: boolean;
  /** The content once more, where the framework keeps it for serialisation. */
  readonly kept: unknown;
}
export interface Conversation {
  readonly ran: { readonly tool: string; readonly input: unknown; readonly call?: unknown; readonly at: number }[];
  readonly read: Record<string, Read>;
  readonly innerRead: Record<string, Read>;
  readonly streamed: unknown[];
  readonly reported: unknown[];
  readonly text?: string;
  readonly crash?: string;
  readonly question?: unknown;
  readonly began: number;
}
export interface Direct {
  readonly results: Record<string, { readonly value?: any; readonly isToolMessage?: boolean; readonly error?: string; readonly code?: string }>;
  readonly ran: Conversation["ran"];
}

const behind = (fixture: string): string[] => [...PRELOAD, "--import", new URL(`../../apps/${fixture}`, import.meta.url).href];
const strict = { SPANGATE_STRICT: "1" };
/** The children that are run for each app; each answers for many tests. */
export const RUNS = {
  plain: (app: string) => runApp(app, { args: CONVERSATIONS, nodeArgs: [] }),
  gated: (app: string) => runApp(app, { args: CONVERSATIONS, policy: POLICY, env: strict }),
  observed: (app: string) => runApp(app, { args: CONVERSATIONS, policy: POLICY, env: { ...strict, SPANGATE_MODE: "observe" } }),
  late: (app: string) => runApp(app, { args: ["late", "never"], policy: POLICY, env: strict, nodeArgs: behind("ai-late.mjs") }),
  withheld: (app: string) => runApp(app, { args: ["parallel", "runnable"], policy: POLICY, env: strict, nodeArgs: behind("withhold.mjs") }),
};

export type RunKind = keyof typeof RUNS;

/** `tool effect` for each decision of a session and `tool status` for each outcome, in the order of the log. */
export function trail(records: AuditRecord[], session: string): string[] {
  const decisions = new Set<number>();
  return records.flatMap((record) => {
    if (record.t === "decision") {
      const { tool, effect, session: own, i } = record as AuditRecord<"decision">;
      if (own !== session) return [];
      decisions.add(i);
      return [`${tool} ${effect}`];
    }
    if (record.t !== "outcome") return [];
    const { tool, status, ref } = record as AuditRecord<"outcome">;
    return decisions.has(ref) ? [`${tool} ${status}`] : [];
  });
}

/** A conversation without times, random ids and the stacks that some agents show the model. */
export function comparable({ ran, read, innerRead, question }: Conversation): unknown {
  const unstacked = (value: unknown): unknown => (typeof value === "string" ? value.replaceAll(/\n +at .*/g, "") : value);
  const strip = (answers: Record<string, Read>): unknown =>
    Object.fromEntries(Object.entries(answers).sort().map(([id, read]) => [id, { ...read, content: unstacked(read.content), kept: unstacked(read.kept) }]));
  return { ran: ran.map(({ tool, input, call }) => JSON.stringify([tool, input, call])).sort(), read: strip(read), innerRead: strip(innerRead), question };
}
