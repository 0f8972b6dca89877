import * as z from "zod/mini";
import { SpangateError } from "../errors.ts";
import type { SignerSource } from "../exporters/audit/signer.ts";
import { nearest } from "../policies/nearest.ts";
import { DEPLOYMENT } from "../names.ts";
import type { Mode } from "../policies/index.ts";

const some = z.string().check(z.minLength(1));
const flag = z.pipe(z.enum(["0", "1", "false", "true"]), z.transform((text) => text === "1" || text === "true"));
const url = z.url({ protocol: /^https?$/ });
const number = (most: number): z.ZodMiniType<number, string> =>
  z.pipe(z.string().check(z.regex(/^\d{1,9}$/)), z.pipe(z.transform(Number), z.number().check(z.maximum(most))));
const port = number(65_535);
const milliseconds = number(999_999_999);
const compression = z.enum(["gzip", "none"]);
/** `key=value,key=value`, values percent-encoded (W3C Baggage, as OTEL_EXPORTER_OTLP_HEADERS has it). */
const pairs = z.string().check(z.refine((text) => text.split(",").every((pair) => pair.trim() === "" || /^[^=\s][^=]*=/.test(pair.trim()))));
/** A comma-separated list of exporter names. */
const EXPORTERS = new Set(["otlp", "prometheus", "console", "none"]);
/** Where the decision log goes: `json`, `json:<path>`, `otlp`, each once. A comma ends a path. */
const sinks = z.pipe(
  z.pipe(z.string(), z.transform((text) => text.split(",").map((sink) => sink.trim()))),
  z.array(z.string().check(z.regex(/^(json(:.+)?|otlp)$/))).check(z.refine((list) => new Set(list).size === list.length)),
);
const exporterList = z.string().check(z.refine((text) => text.split(",").every((name) => EXPORTERS.has(name.trim()))));

/** Variable → how its value is read, and what to say when it is wrong. */
const VARIABLES = {
  SPANGATE_POLICY: [some, "the path of a policy file"],
  SPANGATE_POLICY_KEY: [some, "verifier keys, or the path of a file of them"],
  SPANGATE_MODE: [z.enum(["observe", "enforce"]), "observe or enforce"],
  SPANGATE_AUDIT_DIR: [some, "a directory that this user may write"],
  SPANGATE_STRICT: [flag, "1 or 0"],
  SPANGATE_SDK: [flag, "1 or 0"],
  SPANGATE_AUDIT_ORIGIN: [z.string().check(z.regex(/^[^\s+]{1,160}$/)), "a name without spaces and plus signs, like example.com/production"],
  SPANGATE_AUDIT_KEY: [some, "an Ed25519 private key, PEM or 32 bytes in base64"],
  SPANGATE_AUDIT_KEY_FILE: [some, "the path of a private key"],
  SPANGATE_AUDIT_ML_DSA_KEY_FILE: [some, "the path of an ML-DSA-44 private key"],
  SPANGATE_AUDIT_SIGNER: [some, "unix:<socket>, or a command"],
  SPANGATE_AUDIT_PUBLIC_KEY: [some, "the public key of the signer"],
  SPANGATE_AUDIT_DESTINATIONS: [some, "the path of a file of destinations"],
  SPANGATE_VAULT_KEY: [z.string().check(z.regex(/^[A-Za-z0-9+/]{43}=$/)), "32 random bytes in base64"],
  SPANGATE_LIMITS_STORE: [z.url({ protocol: /^rediss?$/ }).check(z.refine(isStore)), "redis://[user:password@]host[:port][/database], or rediss://"],
  SPANGATE_LIMITS_TIMEOUT: [z.pipe(milliseconds, z.number().check(z.positive())), "a number of milliseconds, 1 or more"],
  SPANGATE_LOG: [sinks, "json, json:<path of a file>, otlp, or several of them with commas between, each once"],
  SPANGATE_REDACTION_KEY: [some, "32 random bytes in base64 or hex"],
  OTEL_SERVICE_NAME: [z.string(), "a name"],
  OTEL_RESOURCE_ATTRIBUTES: [pairs, "key=value,key=value"],
  OTEL_LOGS_EXPORTER: [z.string(), "otlp or none"],
  OTEL_METRICS_EXPORTER: [exporterList, "a list of otlp, prometheus, console or none"],
  OTEL_METRIC_EXPORT_INTERVAL: [milliseconds, "a number of milliseconds"],
  OTEL_EXPORTER_PROMETHEUS_HOST: [some, "a host name or address"],
  OTEL_EXPORTER_PROMETHEUS_PORT: [port, "a port number, 0 to 65535"],
  OTEL_EXPORTER_OTLP_ENDPOINT: [url, "an http or https URL"],
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: [url, "an http or https URL"],
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: [url, "an http or https URL"],
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: [url, "an http or https URL"],
  OTEL_EXPORTER_OTLP_HEADERS: [pairs, "key=value,key=value"],
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: [pairs, "key=value,key=value"],
  OTEL_EXPORTER_OTLP_LOGS_HEADERS: [pairs, "key=value,key=value"],
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: [pairs, "key=value,key=value"],
  OTEL_EXPORTER_OTLP_TIMEOUT: [milliseconds, "a number of milliseconds"],
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: [milliseconds, "a number of milliseconds"],
  OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: [milliseconds, "a number of milliseconds"],
  OTEL_EXPORTER_OTLP_COMPRESSION: [compression, "gzip or none"],
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: [compression, "gzip or none"],
  OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: [compression, "gzip or none"],
} as const;

/** What this process can be told. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(VARIABLES);
/** Written by us for the processes that we start; not for people. */
export const INTERNAL: ReadonlySet<string> = new Set(["SPANGATE_PRELOADED"]);
/** Values that must not be repeated: not in an error message, not by `spangate info`. */
export const SECRET: RegExp = /HEADERS|_KEY$|_SIGNER$|_STORE$/;
export const DEFAULT_AUDIT_DIR = ".spangate/audit";
/**
 * How long the store of limits may take to answer, in milliseconds. On one network a server answers within one; what is late is denied, and on
 * two busy cores single answers took more than 25.
 */
const DEFAULT_LIMITS_TIMEOUT = 100;
/** Defaults of the OpenTelemetry specification. */
const DEFAULT_PROMETHEUS = { host: "localhost", port: 9464 };

export interface DecisionLogPlaces {
  /** Lines of JSON: files, undefined for standard error. */
  readonly lines: readonly (string | undefined)[];
  /** `own`: to the OTLP endpoint, where the application has no logger provider; `application`: to that provider alone. */
  readonly otlp: "own" | "application" | undefined;
}

/** The configuration of this process. */
export interface Environment {
  readonly policy: string | undefined;
  /** Verifier keys, or the path of a file of them: policies that none of these has signed are not put in force. */
  readonly policyKey: string | undefined;
  readonly mode: Mode | undefined;
  readonly auditDirectory: string;
  /** True when the directory was named by the user, who then wants to hear at once that it cannot be written. */
  readonly auditDirectoryGiven: boolean;
  /** Refuse to go on when a module that can run tools is not gated. */
  readonly strict: boolean;
  /** Start an OpenTelemetry SDK for an application that has none. */
  readonly startSdk: boolean;
  readonly serviceName: string | undefined;
  /** `deployment.environment.name` of `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly deployment: string | undefined;
  /** Names and keys of the audit log. */
  readonly audit: SignerSource & { readonly origin?: string | undefined; readonly vaultKey?: string | undefined };
  /** Where processes count rates and budgets together; undefined: each for itself. */
  readonly limitStore: { readonly url: string; readonly timeout: number } | undefined;
  /** Where each decision and outcome is told; undefined for nowhere. */
  readonly decisionLog: DecisionLogPlaces | undefined;
  /** Send the audit log to the OTLP endpoints for traces and for logs. */
  readonly shipAudit: { readonly traces: boolean; readonly logs: boolean };
  /** File that names further destinations of the audit log. */
  readonly destinations: string | undefined;
  readonly otlpMetrics: boolean;
  readonly prometheus: { readonly host: string; readonly port: number } | undefined;
}

/** Reads and validates the environment. An empty variable counts as unset, as OpenTelemetry has it. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith("SPANGATE_") || Object.hasOwn(VARIABLES, variable) || INTERNAL.has(variable)) continue;
    const known = nearest(variable, Object.keys(VARIABLES));
    throw new SpangateError("SG_ENV_INVALID", { variable, value: "…", problem: `there is no such variable${known ? `; did you mean ${known}` : ""}` });
  }
  const get = <K extends keyof typeof VARIABLES>(variable: K): z.output<(typeof VARIABLES)[K][0]> | undefined => {
    const value = env[variable];
    if (value === undefined || value === "") return undefined;
    const [schema, expected] = VARIABLES[variable];
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data as z.output<(typeof VARIABLES)[K][0]>;
    throw new SpangateError("SG_ENV_INVALID", { variable, value: SECRET.test(variable) ? "…" : JSON.stringify(value), problem: `expected ${expected}` });
  };
  for (const variable of Object.keys(VARIABLES)) get(variable as keyof typeof VARIABLES);

  const policy = get("SPANGATE_POLICY");
  const mode = get("SPANGATE_MODE");
  if (mode === "enforce" && !policy) {
    throw new SpangateError("SG_ENV_INVALID", { variable: "SPANGATE_MODE", value: '"enforce"', problem: "there is no policy to enforce, SPANGATE_POLICY is not set" });
  }
  const exporters = get("OTEL_METRICS_EXPORTER")?.split(",").map((name) => name.trim());
  const endpoint = get("OTEL_EXPORTER_OTLP_ENDPOINT");
  // A backend that takes no logs.
  const mayTakeLogs = get("OTEL_LOGS_EXPORTER")?.trim() !== "none";
  const store = get("SPANGATE_LIMITS_STORE");
  return {
    policy,
    policyKey: get("SPANGATE_POLICY_KEY"),
    mode,
    auditDirectory: get("SPANGATE_AUDIT_DIR") ?? DEFAULT_AUDIT_DIR,
    auditDirectoryGiven: get("SPANGATE_AUDIT_DIR") !== undefined,
    audit: {
      origin: get("SPANGATE_AUDIT_ORIGIN"), key: get("SPANGATE_AUDIT_KEY"), keyFile: get("SPANGATE_AUDIT_KEY_FILE"), mlDsaKeyFile: get("SPANGATE_AUDIT_ML_DSA_KEY_FILE"),
      signer: get("SPANGATE_AUDIT_SIGNER"), publicKey: get("SPANGATE_AUDIT_PUBLIC_KEY"), vaultKey: get("SPANGATE_VAULT_KEY"),
    },
    strict: get("SPANGATE_STRICT") ?? false,
    startSdk: get("SPANGATE_SDK") ?? false,
    serviceName: get("OTEL_SERVICE_NAME"),
    deployment: resourceAttribute(get("OTEL_RESOURCE_ATTRIBUTES"), DEPLOYMENT),
    limitStore: store === undefined ? undefined : { url: store, timeout: get("SPANGATE_LIMITS_TIMEOUT") ?? DEFAULT_LIMITS_TIMEOUT },
    decisionLog: decisionLogPlaces(get("SPANGATE_LOG"), mayTakeLogs),
    shipAudit: {
      traces: (endpoint ?? get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")) !== undefined,
      // The same variable for traces is for the application's own.
      logs: (endpoint ?? get("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT")) !== undefined && mayTakeLogs,
    },
    destinations: get("SPANGATE_AUDIT_DESTINATIONS"),
    // The specification's default is otlp to localhost; without an endpoint nobody has asked for it.
    otlpMetrics: (endpoint ?? get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")) !== undefined ? (exporters?.includes("otlp") ?? true) : (exporters?.includes("otlp") ?? false),
    prometheus: exporters?.includes("prometheus")
      ? { host: get("OTEL_EXPORTER_PROMETHEUS_HOST") ?? DEFAULT_PROMETHEUS.host, port: get("OTEL_EXPORTER_PROMETHEUS_PORT") ?? DEFAULT_PROMETHEUS.port }
      : undefined,
  };
}

function decisionLogPlaces(list: readonly string[] | undefined, mayTakeLogs: boolean): DecisionLogPlaces | undefined {
  if (list === undefined) return undefined;
  const lines = list.filter((sink) => sink !== "otlp").map((sink) => sink.slice("json:".length) || undefined);
  return { lines, otlp: list.includes("otlp") ? (mayTakeLogs ? "own" : "application") : undefined };
}

/** A host, and nothing that would be left out of account. */
function isStore(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, pathname, search, hash } = new URL(text);
  return hostname !== "" && /^\/?\d*$/.test(pathname) && search === "" && hash === "";
}

/** One entry of a W3C Baggage list; values are percent-encoded. */
function resourceAttribute(list: string | undefined, wanted: string): string | undefined {
  for (const pair of list?.split(",") ?? []) {
    const [key, value] = pair.split("=", 2);
    if (key?.trim() !== wanted || value === undefined) continue;
    try {
      return decodeURIComponent(value.trim());
    } catch {
      return value.trim();
    }
  }
  return undefined;
}
