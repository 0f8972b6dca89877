import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { messageOf, SpangateError } from "../../../errors.ts";
import { parseDestinations } from "./config.ts";
import type { Destination } from "./destination.ts";
import type { DestinationConfig, ElasticConfig, S3Config, SplunkConfig, TlsConfig, WebhookConfig } from "./destination-config.ts";
import { elasticDestination } from "./elastic.ts";
import { Endpoint, type Tls } from "./endpoint.ts";
import { fileDestination } from "./file.ts";
import { s3Destination } from "./s3.ts";
import { splunkDestination } from "./splunk.ts";
import { syslogDestination } from "./syslog.ts";
import { secretOf, webhookDestination } from "./webhook.ts";

const require = createRequire(import.meta.url);

/**
 * The destinations that a file names, made and not yet connected to.
 *
 * @throws SpangateError SG_DESTINATIONS_INVALID for a file, a secret, a certificate or a package that is missing
 */
export function loadDestinations(file: string, env: NodeJS.ProcessEnv = process.env): readonly Destination[] {
  return parseDestinations(read(file, file), file).map((config) => create(config, { file, env }));
}

interface Context {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

function create(config: DestinationConfig, context: Context): Destination {
  const secret = (variable: string): string => {
    const value = context.env[variable];
    if (!value) throw invalid(context, config, `the environment variable ${variable} is not set`);
    return value;
  };
  switch (config.type) {
    case "file": return fileDestination(config.name, resolve(dirname(context.file), config.path), config.size);
    case "webhook": return webhookDestination(config.name, endpoint(config, context, config.authorization_env ? { Authorization: secret(config.authorization_env) } : {}), secretOf(secret(config.secret_env)), config.format);
    case "splunk": return splunkDestination(config.name, endpoint(config, context, { Authorization: `Splunk ${secret(config.token_env)}` }), { index: undefined, host: undefined, ...config });
    case "elastic": return elasticDestination(config.name, endpoint(config, context, config.authorization_env ? { Authorization: secret(config.authorization_env) } : {}), config.index, config.format);
    case "s3": return s3(config, context);
    case "syslog": return syslogDestination(config.name, {
      ...config, appName: config.app_name, hostname: config.hostname ?? (hostname().replaceAll(/[^!-~]/g, "") || "-"), tls: config.tls ? tlsOf(config, context) : undefined,
    });
  }
}

function s3(config: S3Config, context: Context): Destination {
  try {
    require.resolve("@aws-sdk/client-s3");
  } catch {
    throw invalid(context, config, "the package @aws-sdk/client-s3 is not installed");
  }
  const { name, bucket, prefix, region, endpoint: at, path_style: pathStyle, every, lock, timeout } = config;
  return s3Destination(name, {
    bucket, prefix: prefix === "" ? "" : `${prefix.replace(/\/+$/, "")}/`, region, endpoint: at, pathStyle, every, timeout, lock: lock && { mode: lock.mode === "compliance" ? "COMPLIANCE" : "GOVERNANCE", for: lock.for },
  });
}

function endpoint(config: WebhookConfig | SplunkConfig | ElasticConfig, context: Context, headers: Readonly<Record<string, string>>): Endpoint {
  const url = new URL(config.url);
  // Paths of an API are put behind it; a webhook is taken as it is.
  if (config.type !== "webhook" && !url.pathname.endsWith("/")) url.pathname += "/";
  return new Endpoint({ url, headers, timeout: config.timeout, tls: tlsOf(config, context) });
}

function tlsOf(config: DestinationConfig & TlsConfig, context: Context): Tls {
  const pem = (path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(resolve(dirname(context.file), path), "utf8");
    } catch (thrown) {
      throw invalid(context, config, messageOf(thrown));
    }
  };
  return { ca: pem(config.ca_file), cert: pem(config.cert_file), key: pem(config.key_file) };
}

function read(path: string, file: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    throw new SpangateError("SG_DESTINATIONS_INVALID", { problem: `cannot read ${file}: ${messageOf(thrown)}` }, { cause: thrown });
  }
}

function invalid({ file }: Context, { name }: DestinationConfig, problem: string): SpangateError {
  return new SpangateError("SG_DESTINATIONS_INVALID", { problem: `${file}: ${name}: ${problem}` });
}
