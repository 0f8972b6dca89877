// One contender in a process of its own: node contender.mjs <module> <folder for its logs>. The parent asks for rounds.
import { round } from "./round.mjs";

const [module, folder] = process.argv.slice(2);
const { open, details } = await import(module);
const cases = new Map((await open(folder)).map((one) => [one.id, one]));

process.on("message", async ({ id, warmUp, calls }) => {
  const one = cases.get(id);
  await one.before?.();
  await round(one, warmUp);
  const times = await round(one, calls);
  await one.after?.();
  process.send(times);
});
process.send({ cases: [...cases.values()].map(({ id, label, slow = false }) => ({ id, label, slow })), details: details?.() ?? {} });
