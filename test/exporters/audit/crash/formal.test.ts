import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../../support/run.ts";

/*
 * docs/formal/audit.tla, state by state: all that its configurations reach. A sequence of records is a string with
 * one character for each, the session that wrote it; a name here is the name there.
 */

interface State {
  readonly disk: string;
  readonly cache: string;
  readonly memory: string;
  readonly seals: readonly number[];
  readonly safeSeals: readonly number[];
  readonly acked: string;
  readonly exported: readonly string[];
  readonly witnessed: string;
  readonly refused: boolean;
  readonly session: number;
  readonly up: boolean;
}

interface Constants {
  readonly MaxRecords: number;
  readonly MaxSessions: number;
  readonly SyncFirst: boolean;
}

const INIT: State = { disk: "", cache: "", memory: "", seals: [], safeSeals: [], acked: "", exported: [], witnessed: "", refused: false, session: 1, up: true };

const last = (sizes: readonly number[]): number => sizes.at(-1) ?? 0;
const consistent = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

/** Each action of Next, with every state that it leads to. */
const ACTIONS: Readonly<Record<string, (s: State, c: Constants) => Iterable<State>>> = {
  AppendRecord: (s, c) => (s.up && s.memory.length < c.MaxRecords ? [{ ...s, memory: s.memory + String(s.session) }] : []),
  *Write(s) {
    if (s.up) for (let n = s.cache.length + 1; n <= s.memory.length; n++) yield { ...s, cache: s.memory.slice(0, n) };
  },
  Seal: (s) => (s.up && s.cache.length > last(s.seals) && String(s.seals) === String(s.safeSeals) ? [{ ...s, seals: [...s.seals, s.cache.length] }] : []),
  Sync: (s) => (s.up ? [{ ...s, disk: s.cache, safeSeals: s.seals, acked: s.cache }] : []),
  Rotate: (s) => (s.up ? [{ ...s, cache: s.disk, seals: s.safeSeals }] : []),
  Export(s, c) {
    const size = last(c.SyncFirst ? s.safeSeals : s.seals);
    return s.up && size > 0 ? [{ ...s, exported: [...new Set([...s.exported, s.memory.slice(0, size)])].sort() }] : [];
  },
  *Cosign(s) {
    for (const tree of s.exported) {
      if (tree.startsWith(s.witnessed)) yield { ...s, witnessed: tree };
      else yield { ...s, refused: s.refused || !consistent(tree, s.witnessed) };
    }
  },
  Kill: (s, c) => (s.up && s.session < c.MaxSessions ? [{ ...s, up: false, memory: "" }] : []),
  *PowerCut(s, c) {
    if (!s.up || s.session >= c.MaxSessions) return;
    for (let n = s.disk.length; n <= s.cache.length; n++) {
      const seals = s.seals.filter((size) => size <= n);
      yield { ...s, up: false, memory: "", cache: s.cache.slice(0, n), disk: s.cache.slice(0, n), seals, safeSeals: seals };
    }
  },
  Resume: (s) => (s.up ? [] : [{ ...s, up: true, session: s.session + 1, memory: s.cache, disk: s.cache, safeSeals: s.seals }]),
};

const INVARIANTS: Readonly<Record<string, (s: State) => boolean>> = {
  AckedIsThere: (s) => !s.up || s.memory.startsWith(s.acked),
  NoFork: (s) => s.exported.every((a) => s.exported.every((b) => consistent(a, b)) && (!s.up || s.memory.startsWith(a))),
  WitnessNeverRefuses: (s) => !s.refused,
  SealedIsSafe: (s) => s.seals.slice(0, -1).every((size) => size <= s.disk.length),
};

interface Found {
  readonly states: number;
  /** The shortest way to a state that breaks an invariant. */
  readonly broken: { readonly invariant: string; readonly way: readonly string[] } | undefined;
}

function explore(constants: Constants, wanted: readonly string[], actions = ACTIONS): Found {
  const from = new Map<string, { readonly before: string | undefined; readonly action: string }>([[JSON.stringify(INIT), { before: undefined, action: "Init" }]]);
  const way = (key: string | undefined): string[] => (key === undefined ? [] : [...way(from.get(key)?.before), from.get(key)?.action as string]);
  let layer = [INIT];
  while (layer.length > 0) {
    const next: State[] = [];
    for (const state of layer) {
      const before = JSON.stringify(state);
      for (const [action, act] of Object.entries(actions)) for (const after of act(state, constants)) {
        const key = JSON.stringify(after);
        if (from.has(key)) continue;
        from.set(key, { before, action });
        const invariant = wanted.find((name) => !INVARIANTS[name]?.(after)) ?? (after.witnessed.startsWith(state.witnessed) ? undefined : "WitnessGrows");
        if (invariant !== undefined) return { states: from.size, broken: { invariant, way: way(key) } };
        next.push(after);
      }
    }
    layer = next;
  }
  return { states: from.size, broken: undefined };
}

/** What a configuration of TLC says. */
function configured(file: string): { readonly constants: Constants; readonly invariants: readonly string[] } {
  const text = readFileSync(join(ROOT, "docs/formal", file), "utf8");
  const value = (name: string): string => new RegExp(`^ *${name} = (\\w+)$`, "m").exec(text)?.[1] as string;
  return { constants: { MaxRecords: Number(value("MaxRecords")), MaxSessions: Number(value("MaxSessions")), SyncFirst: value("SyncFirst") === "TRUE" }, invariants: (/^INVARIANTS (.*)$/m.exec(text)?.[1] ?? "").split(" ") };
}

test("the model and its configurations are those of docs/formal", () => {
  const text = readFileSync(join(ROOT, "docs/formal/audit.tla"), "utf8");
  assert.deepEqual(/^Next == (.*)$/m.exec(text)?.[1]?.split(" \\/ "), Object.keys(ACTIONS));
  assert.deepEqual(configured("audit.cfg").invariants, Object.keys(INVARIANTS));
  for (const name of Object.keys(INVARIANTS)) assert.match(text, new RegExp(`^${name} ==`, "m"));
});

test("in every state that is reached, what was promised holds", (t) => {
  const { constants, invariants } = configured("audit.cfg");
  const { states, broken } = explore(constants, invariants);
  assert.equal(broken, undefined);
  t.diagnostic(`${states} states`);
  assert.ok(states > 20_000, `${states} states`);
});

test("a checkpoint that leaves before its fdatasync makes the log fork with itself", (t) => {
  const { constants, invariants } = configured("audit-export-early.cfg");
  const { broken } = explore(constants, invariants);
  assert.equal(broken?.invariant, "NoFork");
  t.diagnostic(broken?.way.join(", ") ?? "");
  assert.ok(broken?.way.includes("PowerCut"));
});

for (const [name, invariant, action, change] of [
  ["a record that is said to be safe when it is written", "AckedIsThere", "Write", (s: State): State => ({ ...s, acked: s.cache })],
  ["a resumed log that is built on before it is synced", "AckedIsThere|NoFork", "Resume", (s: State): State => ({ ...s, disk: "", safeSeals: [] })],
  ["a failed segment that is written again from its end", "AckedIsThere|NoFork", "Rotate", (s: State): State => ({ ...s, cache: "", disk: "" })],
] as const) {
  test(`the model sees ${name}`, () => {
    const { constants, invariants } = configured("audit.cfg");
    const act = ACTIONS[action] as (typeof ACTIONS)[string];
    const { broken } = explore(constants, invariants.filter((one) => one !== "SealedIsSafe"), { ...ACTIONS, *[action](s: State, c: Constants) { for (const after of act(s, c)) yield change(after); } });
    assert.match(broken?.invariant ?? "none", new RegExp(`^(?:${invariant})$`));
  });
}
