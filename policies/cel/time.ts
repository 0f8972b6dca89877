/**
 * Timestamps and durations with nanoseconds, as CEL has them.
 *
 * @module
 */
import { Failure } from "./failure.ts";

const NANOS_PER_MS = 1_000_000;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z: the range of google.protobuf.Timestamp. */
const [FIRST_MS, LAST_MS] = [-62_135_596_800_000, 253_402_300_799_999];
/** 10,000 years: the range of google.protobuf.Duration, to the last nanosecond of that second. */
const LONGEST_NANOS = 315_576_000_000_999_999_999n;
const LONGEST_MS = 315_576_000_000_999;
/** Longest text that can be a duration. */
const LONGEST_TEXT = 64;

/** Milliseconds and the nanoseconds beyond them, so that no bigint is needed on the way. */
abstract class Moment {
  readonly ms: number;
  /** 0 to 999,999, also where `ms` is negative. */
  readonly nanos: number;

  constructor(ms: number, nanos: number) {
    const carry = Math.floor(nanos / NANOS_PER_MS);
    this.ms = ms + carry;
    this.nanos = nanos - carry * NANOS_PER_MS;
  }

  compare(other: Moment): number {
    return this.ms - other.ms || this.nanos - other.nanos;
  }

  /** As CEL's `string()` writes it. */
  abstract toString(): string;
}

export class Timestamp extends Moment {
  constructor(ms: number, nanos: number) {
    super(ms, nanos);
    if (!(this.ms >= FIRST_MS && this.ms <= LAST_MS)) throw new Failure("timestamp out of range (years 1 to 9999)");
  }

  static ofSeconds(seconds: bigint): Timestamp {
    return new Timestamp(Number(seconds) * 1_000, 0);
  }

  /** RFC 3339, with at most nine digits after the second. */
  static parse(text: string): Timestamp {
    const [, date, fraction = "", zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
    const utc = date === undefined ? Number.NaN : Date.parse(`${date}Z`);
    const offset = zone === "Z" ? 0 : parseOffset(zone ?? "");
    // `Date.parse` takes the 30th of February for the 1st of March.
    if (Number.isNaN(utc) || offset === undefined || new Date(utc).toISOString().slice(0, 19) !== date) throw new Failure(`"${text.slice(0, 40)}" is not a timestamp like 2026-01-31T12:00:00Z`);
    return new Timestamp(utc - offset, Number(fraction.padEnd(9, "0")));
  }

  override toString(): string {
    const nanos = (((this.ms % 1_000) + 1_000) % 1_000) * NANOS_PER_MS + this.nanos;
    return `${new Date(this.ms).toISOString().slice(0, 19)}${fractionOf(nanos)}Z`;
  }
}

export class Duration extends Moment {
  constructor(ms: number, nanos: number) {
    super(ms, nanos);
    if (!(this.ms >= -LONGEST_MS - 1 && this.ms <= LONGEST_MS) || (this.ms === -LONGEST_MS - 1 && this.nanos === 0)) throw new Failure("duration out of range (10,000 years)");
  }

  /** As Go writes them: `1h30m`, `-1.5s`, `250ms`. */
  static parse(text: string): Duration {
    const nanos = text.length <= LONGEST_TEXT ? parseNanos(text) : undefined;
    if (nanos === undefined) throw new Failure(`"${text.slice(0, 40)}" is not a duration like 1h30m (h, m, s, ms, us, ns)`);
    if (nanos > LONGEST_NANOS || nanos < -LONGEST_NANOS) throw new Failure("duration out of range (10,000 years)");
    return new Duration(Number(nanos / BigInt(NANOS_PER_MS)), Number(nanos % BigInt(NANOS_PER_MS)));
  }

  /** Whole milliseconds, towards zero. */
  get whole(): number {
    return this.ms < 0 && this.nanos > 0 ? this.ms + 1 : this.ms;
  }

  override toString(): string {
    const nanos = BigInt(this.ms) * BigInt(NANOS_PER_MS) + BigInt(this.nanos);
    const size = nanos < 0n ? -nanos : nanos;
    return `${nanos < 0n ? "-" : ""}${size / 1_000_000_000n}${fractionOf(Number(size % 1_000_000_000n))}s`;
  }
}

/** Facts hold `Date`s; whatever is computed is a {@link Timestamp}. */
export function instant(value: unknown): Timestamp {
  return value instanceof Timestamp ? value : new Timestamp((value as Date).getTime(), 0);
}

/** The same without what is below a millisecond. */
export function dateOf(value: unknown): Date {
  return value instanceof Date ? value : new Date((value as Timestamp).ms);
}

function fractionOf(nanos: number): string {
  return nanos ? `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}` : "";
}

const UNITS: Readonly<Record<string, bigint>> = { h: 3_600_000_000_000n, m: 60_000_000_000n, s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n, "µs": 1_000n, "μs": 1_000n, ns: 1n };

function parseNanos(text: string): bigint | undefined {
  const unsigned = text.replace(/^[+-]/, "");
  if (unsigned === "0") return 0n;
  const part = /([0-9]*)(?:\.([0-9]*))?(h|ms|m|s|us|µs|μs|ns)/y;
  let total = 0n;
  while (part.lastIndex < unsigned.length) {
    const [, whole = "", fraction = "", unit] = part.exec(unsigned) ?? [];
    if (unit === undefined || whole + fraction === "") return undefined;
    // Beyond the nanosecond nothing counts.
    const digits = fraction.slice(0, 18);
    total += BigInt(whole || "0") * (UNITS[unit] as bigint) + (BigInt(digits || "0") * (UNITS[unit] as bigint)) / 10n ** BigInt(digits.length);
  }
  return unsigned === "" ? undefined : text.startsWith("-") ? -total : total;
}

/** `+02:00`, `-07:30` or `02:00`, in milliseconds. */
export function parseOffset(text: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-]?)([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
