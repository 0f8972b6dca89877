/**
 * What a file of destinations says, validated, defaults filled in. Durations are in milliseconds, sizes in bytes; paths
 * are as they were written, relative to the file. docs/shipping.md explains the keys.
 *
 * @module
 */
import type { Format } from "./message.ts";

interface Named<T extends string> {
  /** Names the cursor and the dead-letter file. */
  readonly name: string;
  readonly type: T;
}

/** Files in PEM. */
export interface TlsConfig {
  readonly ca_file?: string | undefined;
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
}

/** Names ending in `_env` are those of environment variables. */
export interface HttpConfig extends TlsConfig {
  readonly url: string;
  readonly timeout: number;
}

export interface FileConfig extends Named<"file"> {
  readonly path: string;
  /** Bytes after which a segment of the copy ends. */
  readonly size: number;
}

export interface WebhookConfig extends Named<"webhook">, HttpConfig {
  readonly secret_env: string;
  readonly authorization_env?: string | undefined;
  readonly format: Format;
}

export interface SplunkConfig extends Named<"splunk">, HttpConfig {
  readonly token_env: string;
  readonly ack: boolean;
  readonly index?: string | undefined;
  readonly source: string;
  readonly sourcetype: string;
  readonly host?: string | undefined;
  readonly format: Format;
}

export interface ElasticConfig extends Named<"elastic">, HttpConfig {
  readonly index: string;
  readonly authorization_env?: string | undefined;
  readonly format: Exclude<Format, "cef">;
}

export interface S3Config extends Named<"s3"> {
  readonly bucket: string;
  readonly prefix: string;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly path_style: boolean;
  readonly every: number;
  readonly lock?: { readonly mode: "compliance" | "governance"; readonly for: number } | undefined;
  readonly timeout: number;
}

export interface SyslogConfig extends Named<"syslog">, TlsConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly hostname?: string | undefined;
  readonly app_name: string;
  readonly enterprise: number;
  readonly format: Format;
  readonly timeout: number;
}

export type DestinationConfig = FileConfig | WebhookConfig | SplunkConfig | ElasticConfig | S3Config | SyslogConfig;
