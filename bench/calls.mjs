// What a call costs: every contender in processes of its own, one round of each case in turn.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "./machine.mjs";
import { median } from "./round.mjs";

const CONTENDERS = { floor: "./floor.mjs", spangate: "./guard.mjs", "policy-opa": "./peers/policy-opa.mjs", "agent-governance": "./peers/agent-governance.mjs" };

/** @returns `calls`: rows of nanoseconds, medians over the rounds; `details`: what the contenders say of themselves */
export async function measureCalls(folder, { rounds, calls, slowCalls, warmUp }) {
  const [children, rows, details] = [[], [], {}];
  try {
    for (const [group, module] of Object.entries(CONTENDERS)) {
      // What is synced to the disk has a process and files apart: it must not pay for what others left unsynced in its file.
      for (const slow of [false, true]) {
        const own = join(folder, `${group}-${slow ? "synced" : "unsynced"}`);
        mkdirSync(own);
        const child = fork(fileURLToPath(new URL("contender.mjs", import.meta.url)), [module, own], { env: { ...cleanEnvironment(), SPANGATE_AUDIT_DIR: join(own, "audit") } });
        children.push(child);
        const opened = await answer(child, group);
        Object.assign(details, opened.details);
        const all = opened.cases.map((one) => ({ ...one, group, child, rounds: [] }));
        // Both processes run the same code hot; syncing thousands of times for that would take minutes.
        for (const row of all.filter((one) => !one.slow)) await ask(row, { warmUp, calls: 1 });
        rows.push(...all.filter((one) => one.slow === slow));
      }
    }
    for (let index = 0; index < rounds; index++) {
      for (const row of shuffled(rows)) {
        const share = row.slow ? slowCalls : calls;
        row.rounds.push(await ask(row, { warmUp: Math.ceil(share / 10), calls: share }));
      }
    }
    const measured = rows.map(({ group, id, label, slow, rounds: all }) => ({
      group, id, label, calls: slow ? slowCalls : calls,
      p50: median(all.map((times) => times.p50)), p99: median(all.map((times) => times.p99)), mean: median(all.map((times) => times.mean)),
    }));
    return { calls: measured, details };
  } finally {
    await Promise.all(children.map(end));
  }
}

function shuffled(list) {
  return list.map((one) => ({ one, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ one }) => one);
}

/** One round of a case in its contender's process. */
function ask({ child, group, id }, size) {
  child.send({ id, ...size });
  return answer(child, group);
}

async function answer(child, group) {
  const gone = new AbortController();
  const ended = (code) => gone.abort(new Error(`the process of ${group} ended with ${code}`));
  child.once("exit", ended);
  try {
    const [message] = await once(child, "message", { signal: gone.signal });
    return message;
  } catch (thrown) {
    throw gone.signal.reason ?? thrown;
  } finally {
    child.off("exit", ended);
  }
}

/** Without its channel a contender has nothing left to do. */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.disconnect();
  await once(child, "exit");
}
