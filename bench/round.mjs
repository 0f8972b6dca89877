// How a call is timed, and what is made of the times.

/** After so many calls the event loop turns once, outside the timed part: what an agent that waits for a model does all the time. */
const CALLS_PER_TURN = 50;

const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Times each call of one round by itself. `sync` cases are not awaited.
 *
 * @returns {Promise<{ p50: number, p99: number, mean: number }>} nanoseconds; `mean` is the wall time of the
 *   round over its calls, so it holds what is done between calls too (a flush, a collection of garbage)
 */
export async function round({ call, sync = false }, calls) {
  const times = new Float64Array(calls);
  const began = performance.now();
  for (let index = 0; index < calls; index++) {
    if (index % CALLS_PER_TURN === 0) await turn();
    const from = performance.now();
    if (sync) call();
    else await call();
    times[index] = performance.now() - from;
  }
  await turn();
  const mean = (performance.now() - began) / calls;
  times.sort();
  return { p50: percentile(times, 50) * 1e6, p99: percentile(times, 99) * 1e6, mean: mean * 1e6 };
}

/** Nearest rank of sorted numbers. */
function percentile(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
