import * as z from "zod/mini";
import { SpangateError } from "../../../errors.ts";
import { duration, size, text } from "../../../policies/schema/units.ts";
import { type Place, validate } from "../../../policies/validate.ts";
import { readYaml } from "../../../policies/yaml.ts";
import type { DestinationConfig } from "./destination-config.ts";
import { OTLP_LOGS, OTLP_TRACES } from "./otlp.ts";

/** Destinations that spangate makes by itself. */
const RESERVED: readonly string[] = [OTLP_TRACES, OTLP_LOGS];

const name = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "a name of a to z, 0 to 9 and hyphens"));
/** The name of an environment variable: secrets do not stand in files. */
const variable = z.string().check(z.regex(/^[A-Z_][A-Z0-9_]*$/, "the name of an environment variable, like SPLUNK_HEC_TOKEN"));
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const address = z.string().check(z.refine((written) => {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  return url !== undefined && url.username === "" && (url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname)));
}, "an https URL without a password (http only to this machine)"));
const path = text(4_096);
const format = z.enum(["record", "ocsf", "cef"]);
const tls = { ca_file: z.optional(path), cert_file: z.optional(path), key_file: z.optional(path) };
const timeout = z._default(duration, 10_000);
const http = { name, url: address, timeout, ...tls };

/** Type of a destination → its keys. docs/shipping.md explains them. */
const TYPES = {
  file: z.strictObject({ name, type: z.literal("file"), path, size: z._default(size, 64 * 1024 * 1024) }),
  webhook: z.strictObject({ ...http, type: z.literal("webhook"), secret_env: variable, authorization_env: z.optional(variable), format: z._default(format, "record") }),
  splunk: z.strictObject({
    ...http, type: z.literal("splunk"), token_env: variable, ack: z._default(z.boolean(), true), index: z.optional(text(80)), source: z._default(text(256), "spangate"),
    sourcetype: z._default(text(256), "spangate:audit"), host: z.optional(text(256)), format: z._default(format, "record"),
  }),
  elastic: z.strictObject({ ...http, type: z.literal("elastic"), index: text(255), authorization_env: z.optional(variable), format: z._default(z.enum(["record", "ocsf"]), "record") }),
  s3: z.strictObject({
    name, type: z.literal("s3"), bucket: text(63), prefix: z._default(z.string(), ""), region: z.optional(text(64)), endpoint: z.optional(address), path_style: z._default(z.boolean(), false),
    every: z._default(duration, 60_000), lock: z.optional(z.strictObject({ mode: z.enum(["compliance", "governance"]), for: duration })), timeout,
  }),
  syslog: z.strictObject({
    name, type: z.literal("syslog"), host: text(253), port: z._default(z.int().check(z.minimum(1), z.maximum(65_535)), 6514), tls: z._default(z.boolean(), true), ...tls,
    hostname: z.optional(z.string().check(z.regex(/^[!-~]{1,255}$/, "printable characters without spaces"))), app_name: z._default(z.string().check(z.regex(/^[!-~]{1,48}$/, "at most 48 printable characters without spaces")), "spangate"),
    enterprise: z._default(z.int().check(z.positive()), 32_473), format: z._default(format, "record"), timeout,
  }),
} as const;

const entry = z.looseObject({ name, type: z.enum(Object.keys(TYPES) as (keyof typeof TYPES)[]) });
const file = z.strictObject({ spangate: z.literal(1, { error: "must be 1, the version of the format" }), destinations: z.array(entry).check(z.minLength(1)) });

/**
 * The destinations of a file.
 *
 * @throws SpangateError SG_DESTINATIONS_INVALID, with line and column
 */
export function parseDestinations(content: string, from: string): readonly DestinationConfig[] {
  try {
    const { value, place } = readYaml(content, from);
    const { destinations } = validate(file, value, place);
    const names = new Set(RESERVED);
    return destinations.map((one, index) => {
      const within: Place = (inner, key) => place(["destinations", index, ...inner], key);
      if (names.has(one.name)) throw new SpangateError("SG_DESTINATIONS_INVALID", { problem: `${within(["name"])}: the name "${one.name}" is ${RESERVED.includes(one.name) ? "that of a destination that spangate makes itself" : "used twice"}` });
      names.add(one.name);
      return validate(TYPES[one.type] as unknown as z.ZodMiniType<DestinationConfig>, one, within);
    });
  } catch (thrown) {
    // The same mistakes as in a policy, and another file to mend.
    if (thrown instanceof SpangateError && thrown.code.startsWith("SG_POLICY_")) throw new SpangateError("SG_DESTINATIONS_INVALID", { problem: thrown.message }, { cause: thrown });
    throw thrown;
  }
}
