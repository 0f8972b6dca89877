import type { Socket } from "node:net";
import { AUDIT_INDEX, AUDIT_LEAF, AUDIT_LOG, AUDIT_RECORD } from "../../../names.ts";
import type { Destination } from "./destination.ts";
import { type Tls, tlsOptions } from "./endpoint.ts";
import { type Format, formatMessage, type Message } from "./message.ts";
import { messageDestination } from "./messages-out.ts";
import { SEVERITIES } from "./severity.ts";

/** Facility "log audit", RFC 5424 table 1. */
const FACILITY = 13;
/** How long after the last byte, beside two round trips, we end the connection, in milliseconds: a receiver that has closed it unread has said so by then. */
const SETTLE = 50;

export interface SyslogOptions {
  readonly host: string;
  readonly port: number;
  /** RFC 5425; undefined: plain TCP. */
  readonly tls: Tls | undefined;
  readonly hostname: string;
  readonly appName: string;
  /** Private enterprise number of the structured data. */
  readonly enterprise: number;
  readonly format: Format;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * Syslog, RFC 5424, over TCP with octet counting (RFC 6587 §3.4.1) or TLS (RFC 5425). Syslog has no acknowledgement, and
 * what was written to a connection that breaks is lost in silence. So each batch has a connection of its own that
 * we end and the receiver must end too, after us: its side has then taken every byte. UDP loses more than that and is not offered.
 */
export function syslogDestination(name: string, options: SyslogOptions): Destination {
  const open = new Set<Socket>();
  return messageDestination(name, (messages) => send(options, messages.map((message) => frame(syslogMessage(options, message))).join(""), open), () => {
    for (const socket of open) socket.destroy();
  });
}

function send({ host, port, tls, timeout }: SyslogOptions, text: string, open: Set<Socket>): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const socket: Socket = tls
      ? process.getBuiltinModule("node:tls").connect({ host, port, ...(process.getBuiltinModule("node:net").isIP(host) ? {} : { servername: host }), ...tlsOptions(tls) })
      : process.getBuiltinModule("node:net").connect({ host, port });
    open.add(socket);
    const timer = setTimeout(() => socket.destroy(new Error(`the receiver did not end the connection within ${timeout} ms`)), timeout);
    let [ending, ended] = [false, false];
    socket.on("error", reject);
    // The receiver ends after we have, without a reset: its side has everything. Whatever it says is of no interest.
    socket.on("end", () => (ended = ending));
    socket.on("close", (failed) => {
      clearTimeout(timer);
      open.delete(socket);
      if (!failed && ended) resolve(0);
      else reject(new Error("the connection was closed before the receiver had everything"));
    });
    socket.resume();
    socket.once(tls ? "secureConnect" : "connect", () => {
      const roundTrip = performance.now() - started;
      socket.write(text, "utf8", () => setTimeout(() => {
        ending = !socket.readableEnded;
        socket.end();
      }, SETTLE + 2 * roundTrip));
    });
  });
}

function frame(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`;
}

/** HEADER, STRUCTURED-DATA and MSG of RFC 5424 §6. With the format `record` the message is the text that was hashed. */
export function syslogMessage({ hostname, appName, enterprise, format }: Pick<SyslogOptions, "hostname" | "appName" | "enterprise" | "format">, message: Message): string {
  const { severity, time, evidence, record, event } = message;
  const priority = FACILITY * 8 + SEVERITIES[severity].syslog;
  const id = record ? record.t : event.replace("audit.", "");
  const data = { log: evidence[AUDIT_LOG], i: evidence[AUDIT_INDEX], leaf: evidence[AUDIT_LEAF] };
  const parameters = Object.entries(data).flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${value.replace(/["\\\]]/g, "\\$&")}"`])).join("");
  return `<${priority}>1 ${new Date(time).toISOString()} ${hostname} ${appName} ${process.pid} ${id} [spangate@${enterprise}${parameters}] ${bodyOf(format, message)}`;
}

function bodyOf(format: Format, message: Message): string {
  const { evidence, record } = message;
  if (format === "record") return record ? (evidence[AUDIT_RECORD] ?? "") : JSON.stringify(evidence);
  const formatted = formatMessage(format, message);
  return typeof formatted === "string" ? formatted : JSON.stringify(formatted);
}
