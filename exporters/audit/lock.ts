import type { DatabaseSync } from "node:sqlite";

/**
 * One writer per log. SQLite's exclusive transaction is a lock that the kernel releases when the process
 * dies in whatever way, and it needs no native add-on. Undefined when somebody else holds it.
 */
export function acquire(file: string): DatabaseSync | undefined {
  const database = new (sqlite().DatabaseSync)(file);
  try {
    database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    return database;
  } catch {
    database.close();
    return undefined;
  }
}

/** Node 22 announces that its SQLite is experimental; that is no news for the operator of an agent. */
export function sqlite(): typeof import("node:sqlite") {
  const warn = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = warn;
  }
}
