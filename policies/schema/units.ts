/**
 * Values with units and other small forms that many keys share. A bare number where a unit belongs is an error: nobody
 * can guess it.
 *
 * @module
 */
import { en } from "zod/locales";
import * as z from "zod/mini";

/** Longest accepted name of a rule, policy or pattern, in characters. */
const NAME_LENGTH = 256;
/** Longest accepted reason, in characters: it is shown to the model and stored in every record. */
const REASON_LENGTH = 500;

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^([1-9]\d{0,8})(ms|s|m|h|d)$/;
/** Decimal and binary multiples as IEC 80000-13 names them. */
const BYTES = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;
const SIZE = /^([1-9]\d{0,8})(B|kB|MB|GB|KiB|MiB|GiB)$/;
/** An amount with at most six decimals and an ISO 4217 code, below nine thousand million: in millionths a whole number that is exact. */
const MONEY = /^(0|[1-9]\d{0,8}|[1-8]\d{9})(?:\.(\d{1,6}))? ([A-Z]{3})$/;

/** An amount of money in millionths, so that sums stay exact. */
export interface Money {
  readonly micros: number;
  /** ISO 4217. */
  readonly currency: string;
}

/**
 * How values are checked. The small build of zod says only "Invalid input" unless it is given words, and it keeps its
 * configuration in a global that the application's zod shares: so the words come with each check. A policy is checked once or
 * twice, and what zod would compile for speed needs `eval`.
 */
export const CHECKING: { readonly error: z.core.$ZodErrorMap; readonly jitless: true } = { error: en().localeError, jitless: true };

export const text = (longest: number): z.ZodMiniString => z.string().check(z.minLength(1), z.maxLength(longest));
export const name: z.ZodMiniString = text(NAME_LENGTH);
/** A name of its own, for a key that has documentation. */
export const named = (): z.ZodMiniString => text(NAME_LENGTH);
export const reason: z.ZodMiniString = text(REASON_LENGTH);

/** `observe`: nothing is blocked, would-be verdicts are recorded. */
export type Mode = "observe" | "enforce";
export const mode: z.ZodMiniType<Mode> = z.enum(["observe", "enforce"]);

/** One value or a list of them, as a list. */
export function listOf<T>(item: z.ZodMiniType<T>): z.ZodMiniType<readonly T[]> {
  return z.pipe(z.union([item, z.array(item).check(z.minLength(1))]), z.transform((value) => (Array.isArray(value) ? value : [value]) as readonly T[])) as z.ZodMiniType<readonly T[]>;
}

/** Names; `*` stands for any characters, `?` for one. */
export const patterns: z.ZodMiniType<readonly string[]> = listOf(name);

/** Hosts in the same way; what has a colon is IPv6. Whether it stands for any host is seen when the policy is put in force. */
export const domains: z.ZodMiniType<readonly string[]> = listOf(
  named().check(z.regex(/^(?:[^/\\#@:%\s]+|[\da-fA-F.*?:[\]]+)$/, "a domain or an address, without scheme, port and path, like *.example.com")),
);

/** A whole number and a unit, in milliseconds after parsing. */
export const duration: z.ZodMiniType<number, string> = z.pipe(
  z.string({ error: "a duration needs a unit, like 30s (ms, s, m, h, d)" }).check(z.regex(DURATION, "a duration is a whole number and a unit, like 30s (ms, s, m, h, d), and longer than 0")),
  z.transform((written) => {
    const [, count, unit] = DURATION.exec(written) as unknown as [string, string, keyof typeof MILLISECONDS];
    return Number(count) * MILLISECONDS[unit];
  }),
);

/** A whole number and a unit, in bytes after parsing. */
export const size: z.ZodMiniType<number, string> = z.pipe(
  z.string({ error: "a size needs a unit, like 256MiB (B, kB, MB, GB, KiB, MiB, GiB)" }).check(z.regex(SIZE, "a size is a whole number and a unit, like 256MiB (B, kB, MB, GB, KiB, MiB, GiB), and more than 0")),
  z.transform((written) => {
    const [, count, unit] = SIZE.exec(written) as unknown as [string, string, keyof typeof BYTES];
    return Number(count) * BYTES[unit];
  }),
);

export const money: z.ZodMiniType<Money, string> = z.pipe(
  z.string({ error: "an amount needs a currency, like 5.00 USD" }).check(z.regex(MONEY, "an amount is a number below 9000000000 with at most six decimals, a space and an ISO 4217 code, like 5.00 USD")),
  z.transform((written) => {
    const [, whole, decimals = "", currency] = MONEY.exec(written) as unknown as [string, string, string | undefined, string];
    return { micros: Number(whole) * 1e6 + Number(decimals.padEnd(6, "0")), currency };
  }),
);

/** A whole number from 1. */
export const count: z.ZodMiniType<number> = z.int().check(z.positive());
