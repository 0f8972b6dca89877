import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileZone } from "../../../policies/cel/zone.ts";

const HOUR = 3_600_000;

describe("the offset of a time zone", () => {
  const cases: readonly (readonly [zone: string, moment: string, hours: number])[] = [
    ["UTC", "2026-07-01T00:00:00Z", 0], ["Europe/Berlin", "2026-01-01T00:00:00Z", 1], ["Europe/Berlin", "2026-07-01T00:00:00Z", 2],
    // The clocks of Berlin go forward at 01:00 UTC on the last Sunday of March, and back on that of October.
    ["Europe/Berlin", "2026-03-29T00:59:59.999Z", 1], ["Europe/Berlin", "2026-03-29T01:00:00Z", 2], ["Europe/Berlin", "2026-10-25T00:59:59.999Z", 2], ["Europe/Berlin", "2026-10-25T01:00:00Z", 1],
    ["America/St_Johns", "2026-01-01T00:00:00Z", -3.5], ["Asia/Kathmandu", "2026-01-01T00:00:00Z", 5.75], ["Australia/Lord_Howe", "2026-07-01T00:00:00Z", 10.5], ["Pacific/Apia", "2011-12-31T00:00:00Z", 14],
    ["+02:00", "2026-01-01T00:00:00Z", 2], ["-09:30", "2026-01-01T00:00:00Z", -9.5], ["00:45", "2026-01-01T00:00:00Z", 0.75], ["+00:00", "2026-01-01T00:00:00Z", 0],
  ];
  for (const [zone, moment, hours] of cases) test(`${zone} at ${moment} is ${hours} h`, () => assert.equal(compileZone(zone)(Date.parse(moment)) / HOUR, hours));

  test("does not depend on what was asked before, nor on the zone of this process", () => {
    const zone = compileZone("Europe/Berlin");
    const [winter, summer] = ["2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"].map((moment) => Date.parse(moment)) as [number, number];
    assert.deepEqual([winter, summer, summer, winter].map((ms) => zone(ms) / HOUR), [1, 2, 2, 1]);
    // Where 02:30 does not exist; what takes a zone's clock for that of the process says 03:00 there.
    const gap = Date.parse("2024-03-10T01:30:00Z");
    const before = process.env["TZ"];
    try {
      process.env["TZ"] = "America/New_York";
      assert.equal(new Date(gap + zone(gap)).getUTCHours(), 2);
    } finally {
      if (before === undefined) delete process.env["TZ"];
      else process.env["TZ"] = before;
    }
  });

  test("before the zones of today there were seconds", () => assert.equal(compileZone("Africa/Monrovia")(Date.parse("1950-01-01T00:00:00Z")), -(44 * 60 + 30) * 1_000));

  for (const zone of ["", "Mars/Olympus", "+25:00", "+02:60", "local"]) test(`${JSON.stringify(zone)} is no time zone`, () => assert.throws(() => compileZone(zone), { message: `unknown time zone "${zone}"` }));
});
