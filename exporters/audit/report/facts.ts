import { join } from "node:path";
import { SpangateError } from "../../../errors.ts";
import type { AuditRecord } from "../record.ts";
import { parseRecord } from "../record.ts";
import { type Disk, realDisk } from "../disk.ts";
import { type AnnouncedKey, KeyList } from "../export/keys.ts";
import { listLogs } from "../segment.ts";
import { type Hold, readHolds } from "../upkeep/holds.ts";
import { originOfLog } from "../upkeep/by-hand.ts";
import { walkLog } from "../walk.ts";
import type { Period } from "./period.ts";

/** Something that happened once, and where it is written. */
export interface Event {
  /** ISO 8601; the host's clock. */
  readonly at: string;
  /** `<log>:<index>`. */
  readonly place: string;
  readonly what: string;
}

export interface LogFacts {
  readonly log: string;
  readonly origin: string;
  /** All that it has, and how many of them without their bodies. */
  readonly records: number;
  readonly pruned: number;
  readonly checkpoints: number;
  /** Why it was read no further; what is damaged, and how, is for the verification to say. */
  readonly problem?: string;
  readonly keys: readonly AnnouncedKey[];
}

export type Counts = Readonly<Record<string, number>>;

/** What the logs of a directory say of a period: counts and events, no arguments, no results, nobody's name but that of who acted on the log. */
export interface Facts {
  readonly logs: readonly LogFacts[];
  /** Records of the period by type. */
  readonly records: Counts;
  readonly decisions: {
    readonly total: number;
    readonly ran: number;
    readonly effects: Counts; readonly modes: Counts; readonly safety: Counts; readonly tools: Counts; readonly blockedTools: Counts; readonly rules: Counts; readonly frameworks: Counts; readonly models: Counts;
    readonly purposes: Counts; readonly dataCategories: Counts; readonly countries: Counts; readonly effectClasses: Counts; readonly redactions: Counts; readonly flags: Counts; readonly policies: Counts;
    /** Different ones, not who they are. */
    readonly callers: number; readonly agents: number; readonly sessions: number; readonly representedPersons: number;
  };
  readonly outcomes: { readonly total: number; readonly statuses: Counts; readonly errors: Counts; readonly redactions: Counts };
  /** Decisions to run of the period without an outcome. */
  readonly unfinished: number;
  readonly heartbeats: number;
  /** Modules that could run tools and were not gated, as heartbeats say. */
  readonly ungated: readonly string[];
  readonly opens: number;
  readonly events: {
    readonly human: readonly Event[]; readonly policies: readonly Event[]; readonly keys: readonly Event[]; readonly erasures: readonly Event[]; readonly prunes: readonly Event[]; readonly gaps: readonly Event[];
    readonly uncleanEnds: readonly Event[]; readonly recoveries: readonly Event[]; readonly halts: readonly Event[]; readonly refused: readonly Event[]; readonly members: readonly Event[];
  };
  readonly holds: readonly Hold[];
}

type Lists = { -readonly [K in keyof Facts["events"]]: Event[] };

/** Reads every log of a directory; one that is damaged as far as it goes on from itself. */
export function gatherFacts(directory: string, period: Period | undefined, step: (records: number) => void = () => {}, disk: Disk = realDisk): Facts {
  const gatherer = new Gatherer(period);
  let read = 0;
  const logs = listLogs(disk, directory).flatMap((log): LogFacts[] => {
    const folder = join(directory, log);
    const origin = originOfLog(disk, folder);
    if (origin === undefined) return [];
    const keys = KeyList.of(disk, folder);
    let records = 0;
    let pruned = 0;
    let checkpoints = 0;
    let problem: string | undefined;
    try {
      for (const item of walkLog(disk, folder)) {
        if (item.kind === "seal") checkpoints++;
        if (item.kind !== "leaf") continue;
        records++;
        step(++read);
        if (item.text === undefined) {
          pruned++;
          continue;
        }
        keys.see(item.text);
        const record = parseRecord(item.text);
        if (typeof record !== "string") gatherer.take(record);
      }
    } catch (thrown) {
      if (!(thrown instanceof SpangateError)) throw thrown;
      problem = thrown.message.replace(directory, "").replace(/^(the audit log )\//, "$1");
    }
    gatherer.endLog();
    return [{ log, origin, records, pruned, checkpoints, ...(problem !== undefined && { problem }), keys: keys.keys }];
  });
  return { logs, ...gatherer.facts(), holds: readHolds(directory, disk) };
}

class Gatherer {
  readonly #period: Period | undefined;
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #different = new Map<string, Set<string>>();
  readonly #ungated = new Set<string>();
  #running = new Set<number>();
  #unfinished = 0;
  readonly #events: Lists = { human: [], policies: [], keys: [], erasures: [], prunes: [], gaps: [], uncleanEnds: [], recoveries: [], halts: [], refused: [], members: [] };

  constructor(period: Period | undefined) {
    this.#period = period;
  }

  take(record: AuditRecord): void {
    // An outcome may come after the period of its decision.
    if (record.t === "outcome") this.#running.delete(record.ref);
    const at = Number(BigInt(record.ts) / 1_000_000n);
    if (this.#period && (at < this.#period.from || at >= this.#period.to)) return;
    this.#count("records", record.t);
    switch (record.t) {
      case "decision": return this.#decision(record);
      case "outcome": return this.#outcome(record);
      case "heartbeat": return record.ungated.forEach((module) => this.#ungated.add(module));
      case "open":
        if (!record.clean) this.#event("uncleanEnds", record, `the session before did not end with a close record; ${record.unsealed} of its records were under no checkpoint`);
        if (record.refused !== undefined) this.#event("refused", record, record.refused);
        return;
      case "human": return this.#event("human", record, [record.actor, record.action, record.subject, record.reason].filter(Boolean).join(": "));
      case "policy": return this.#event("policies", record, `${record.policy}, ${record.mode}, ${record.safety}, digest ${record.digest}`);
      case "key": return this.#event("keys", record, `${record.previous} → ${record.key}: ${record.reason}`);
      case "erase": return this.#event("erasures", record, `values of ${record.subject}, by ${record.actor}, basis: ${record.basis}`);
      case "prune": return this.#event("prunes", record, `records ${record.from} to ${record.to - 1} of ${record.target}, by ${record.actor}: ${record.reason}`);
      case "gap": return this.#event("gaps", record, `${record.count} records, ${record.decisions} of them decisions: ${record.reason}`);
      case "recover": return this.#event("recoveries", record, `${record.bytes} bytes of ${record.segment} count for nothing: ${record.reason}`);
      case "halt": return this.#event("halts", record, record.reason);
      case "member": return record.state === "fork" || record.state === "rollback" || record.state === "unverified" ? this.#event("members", record, `${record.origin}: ${record.state}${record.detail === undefined ? "" : `, ${record.detail}`}`) : undefined;
      default: return undefined;
    }
  }

  endLog(): void {
    this.#unfinished += this.#running.size;
    this.#running = new Set();
  }

  facts(): Omit<Facts, "logs" | "holds"> {
    const count = (what: string): Counts => Object.fromEntries([...(this.#counts.get(what) ?? [])].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
    const total = (what: string): number => Object.values(count(what)).reduce((sum, one) => sum + one, 0);
    const different = (what: string): number => this.#different.get(what)?.size ?? 0;
    return {
      records: count("records"),
      decisions: {
        total: total("effect"), ran: count("runs")["true"] ?? 0, effects: count("effect"), modes: count("mode"), safety: count("safety"), tools: count("tool"), blockedTools: count("blocked"), rules: count("rule"), frameworks: count("framework"), models: count("model"),
        purposes: count("purpose"), dataCategories: count("category"), countries: count("country"), effectClasses: count("class"), redactions: count("redacted"), flags: count("flag"), policies: count("policy"),
        callers: different("caller"), agents: different("agent"), sessions: different("session"), representedPersons: different("on_behalf_of"),
      },
      outcomes: { total: total("status"), statuses: count("status"), errors: count("error"), redactions: count("redacted result") },
      unfinished: this.#unfinished, heartbeats: count("records")["heartbeat"] ?? 0, ungated: [...this.#ungated].sort(), opens: count("records")["open"] ?? 0,
      events: Object.fromEntries(Object.entries(this.#events).map(([kind, list]) => [kind, list.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.place < b.place ? -1 : 1))])) as unknown as Facts["events"],
    };
  }

  #decision(record: AuditRecord<"decision">): void {
    const { effect, mode, safety, tool, rule, framework, model, purpose, recipient_country: country, runs, policy, digest } = record;
    for (const [what, value] of Object.entries({ effect, mode, safety, tool, rule, framework, model, purpose, country, runs: String(runs), policy: `${policy} ${digest}` })) if (value !== undefined) this.#count(what, value);
    if (!runs) this.#count("blocked", tool);
    for (const category of record.data_categories ?? []) this.#count("category", category);
    for (const one of record.effect_class ?? []) this.#count("class", one);
    for (const flag of record.flags ?? []) this.#count("flag", flag.split(":")[0] as string);
    for (const [detector, count] of Object.entries(record.redacted ?? {})) this.#count("redacted", detector, count);
    for (const key of ["caller", "agent", "session", "on_behalf_of"] as const) {
      const value = record[key];
      if (value !== undefined) this.#different.set(key, (this.#different.get(key) ?? new Set()).add(value));
    }
    if (runs) this.#running.add(record.i);
  }

  #outcome(record: AuditRecord<"outcome">): void {
    this.#count("status", record.status);
    if (record.error !== undefined) this.#count("error", record.error);
    for (const [detector, count] of Object.entries(record.redacted ?? {})) this.#count("redacted result", detector, count);
  }

  #count(what: string, value: string, more = 1): void {
    const counts = this.#counts.get(what) ?? new Map<string, number>();
    this.#counts.set(what, counts);
    counts.set(value, (counts.get(value) ?? 0) + more);
  }

  #event(kind: keyof Lists, { ts, log, i }: AuditRecord, what: string): void {
    this.#events[kind].push({ at: new Date(Number(BigInt(ts) / 1_000_000n)).toISOString(), place: `${log}:${i}`, what });
  }
}
