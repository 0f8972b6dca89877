import { WITHHELD } from "../../names.ts";
import type { Changes } from "./change.ts";

/** Takes values out of a list of texts and maps; throws when it cannot look at all of them. */
export type Clean = <T extends readonly unknown[]>(parts: T) => T;

/** How one kind of telemetry is taken apart and put together. */
export interface Kind<T> {
  /** What has to change; undefined where nothing has to. */
  changes(item: T, clean: Clean): Changes | undefined;
  /** What has to change in one that could not be looked at: everything goes that is no id, number or time. */
  withheld(item: T): Changes;
}

/** Stands in the place of a name or a text that could not be looked at. */
export const UNREADABLE = "[REDACTED:unreadable]";
/** What is left of attributes that could not be looked at; anew each time, since others may add to them. */
export function noAttributes(): Record<string, string> {
  return { [WITHHELD]: UNREADABLE };
}

/** A map that could not be looked at has become a text; exporters expect a map. */
export function attributesOf(cleaned: unknown): object {
  return typeof cleaned === "object" && cleaned !== null ? cleaned : { [WITHHELD]: cleaned };
}
