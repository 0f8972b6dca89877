import type { Counted, Told } from "./store.ts";

/**
 * Judges a call by all of its windows and counts it, in one step that nothing comes between. A window is a sorted set:
 * an entry `<weight>:<id>` for each call that counts, its score the server's time in microseconds; and `total`, the
 * sum of the weights, with a score below zero. Whole numbers throughout, which Lua holds exactly as we do.
 *
 * KEYS: the windows. ARGV: an id of the call, 1 where it runs anyway, the time after which nobody waits for it any more
 * (0: not known); then of each window max, cost, length and step in microseconds, 1 where it is only observed. Answers
 * with the time, which window is full (0: none), whether the call is counted, and what each window has counted; with
 * nothing but the time where it is too late.
 */
export const SCRIPT = `
local function text(number) return string.format('%.0f', number) end
local function weight(member) return tonumber(string.match(member, '^%d+')) end
local function argument(i, n) return tonumber(ARGV[3 + (i - 1) * 5 + n]) end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local last = tonumber(ARGV[3])
if last > 0 and now > last then return { now } end
local full, shadow, spent = 0, 0, {}
for i, key in ipairs(KEYS) do
  local old = text(now - argument(i, 3))
  local total = -tonumber(redis.call('ZSCORE', key, 'total') or '0')
  local gone = redis.call('ZRANGEBYSCORE', key, '(0', old)
  if #gone > 0 then
    for _, member in ipairs(gone) do total = total - weight(member) end
    redis.call('ZREMRANGEBYSCORE', key, '(0', old)
    redis.call('ZADD', key, text(-total), 'total')
  end
  spent[i] = total
  if total > argument(i, 1) - argument(i, 2) then
    if argument(i, 5) == 1 then
      if shadow == 0 then shadow = i end
    elseif full == 0 then full = i end
  end
end
local counted = full == 0 or ARGV[2] == '1'
if counted then
  for i, key in ipairs(KEYS) do
    local max, cost, length, step = argument(i, 1), argument(i, 2), argument(i, 3), argument(i, 4)
    local total, entry, score = spent[i] + cost, text(cost) .. ':' .. ARGV[1], now
    if step > 0 then
      score = math.ceil(now / step) * step
      local there = redis.call('ZRANGEBYSCORE', key, text(score), text(score))[1]
      if there then
        redis.call('ZREM', key, there)
        entry = text(weight(there) + cost) .. ':' .. ARGV[1]
      end
    end
    redis.call('ZADD', key, text(score), entry)
    while total > max do
      local oldest = redis.call('ZRANGEBYSCORE', key, '(0', '+inf', 'LIMIT', 0, 1)[1]
      if not oldest or total - weight(oldest) <= max - cost then break end
      redis.call('ZREM', key, oldest)
      total = total - weight(oldest)
    end
    redis.call('ZADD', key, text(-total), 'total')
    redis.call('PEXPIRE', key, text(math.ceil((length + step) / 1000)))
    spent[i] = total
  end
end
local answer = { now, full > 0 and full or shadow, counted and 1 or 0 }
for i, total in ipairs(spent) do answer[i + 3] = total end
return answer
`;

const MICROSECONDS = 1_000;

/** What follows the name of the script: the number of keys, the keys, the arguments. */
export function scriptArguments(tag: string, windows: readonly Counted[], call: string, observing: boolean, last: number): string[] {
  return [
    String(windows.length), ...windows.map(({ key }) => `spangate:{${tag}}:${key}`), call, observing ? "1" : "0", String(last),
    ...windows.flatMap(({ max, cost, window, step, shadow }) => [max, cost, window * MICROSECONDS, step * MICROSECONDS, Number(shadow)].map(String)),
  ];
}

/**
 * The server's time, in microseconds, and what it says; nothing where it was too late for it.
 *
 * @throws Error where something else has answered than this script
 */
export function readAnswer(answer: unknown, windows: number): { readonly now: number; readonly told: Told | undefined } {
  const isAnswer = Array.isArray(answer) && [1, windows + 3].includes(answer.length) && answer.every(Number.isSafeInteger);
  const [now, exceeded = 0, counted = 0, ...spent] = isAnswer ? (answer as [number, number?, number?, ...number[]]) : [];
  // A window that is not there, and a call that nothing stands against and that is not counted: neither is a yes.
  if (now === undefined || exceeded < 0 || exceeded > windows || (spent.length > 0 && exceeded === 0 && counted !== 1)) throw new Error("the answer is none of the script");
  return { now, told: spent.length === 0 ? undefined : { exceeded: exceeded - 1, counted: counted === 1, spent } };
}
