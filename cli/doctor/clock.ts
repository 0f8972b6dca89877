import { spawnSync } from "node:child_process";
import { type Check, failed, type Finding, ok, skipped, warning } from "./check.ts";

/** How far wall clock and monotonic clock may part while the doctor runs, in milliseconds. */
const STEP = 100;
/** How far a backend's clock may be from ours, beyond what its header leaves open, in milliseconds. */
const APART = 2_000;

/** Wall clock and monotonic clock, read together; a step of the former shows as a difference later. */
const started = { wall: Date.now(), steady: performance.now() };

export const clock: Check = {
  name: "clock",
  run({ backendClock }) {
    const stepped = Date.now() - started.wall - (performance.now() - started.steady);
    return [
      ...(Math.abs(stepped) > STEP ? [warning(`the clock was stepped by ${stepped.toFixed(0)} ms just now`, "Have NTP slew the clock (chronyd, systemd-timesyncd); records keep their order, their times jump.")] : []),
      synchronised(),
      ...(backendClock ? [compared(backendClock)] : []),
    ];
  },
};

/** What the kernel says, through systemd; in a container there is mostly nobody to ask. */
function synchronised(): Finding {
  const { error, status, stdout } = spawnSync("timedatectl", ["show", "--property=NTPSynchronized", "--value"], { encoding: "utf8", timeout: 5_000 });
  const answer = error || status !== 0 ? "" : stdout.trim();
  if (answer === "yes") return ok("synchronised by NTP");
  if (answer === "no") return warning("not synchronised by NTP", "timedatectl set-ntp true, or run chronyd.");
  return skipped("whether NTP sets it: timedatectl does not answer here");
}

function compared({ ahead, within }: { readonly ahead: number; readonly within: number }): Finding {
  const seconds = `${Math.abs(ahead / 1_000).toFixed(1)} s`;
  if (Math.abs(ahead) <= within + APART) return ok("agrees with the OTLP endpoint's");
  return failed(`${seconds} ${ahead > 0 ? "behind" : "ahead of"} the OTLP endpoint's`, "Set the clock by NTP on whichever of the two is wrong; times in the log are claims of this one.");
}
