import { parsePath, REMOVE, select, update } from "./path.ts";
import type { Change } from "./schema/rule.ts";

/** Applies changes to arguments; throws where one cannot be made as asked. */
export type ApplyChanges = (args: unknown) => unknown;

/** Compiles the `modify` list of a rule. Arguments are never changed in place. */
export function compileChanges(changes: readonly Change[]): ApplyChanges {
  const steps = changes.map((change) => {
    const path = parsePath(change.path);
    const alter = compileChange(change);
    return (args: unknown): unknown => {
      // What is to be set has no place of its own in the elements of a list.
      const isSet = change.set !== undefined;
      const { value, count } = update(args, path, alter, isSet, !isSet);
      // A value that is to be set and has no place to stand, or arguments that are no map at all.
      if (isSet && count === 0) throw new Error(`there is no place for ${change.path}`);
      // A tool may take it all the same, and then it would run with what was to be changed.
      if (count === 0 && select(args, path, (found) => found !== null, true)) throw new Error(`${change.path} is there in another form`);
      return value;
    };
  });
  return (args) => steps.reduce((value, step) => step(value), args);
}

function compileChange({ path, set, remove, min, max, truncate }: Change): (value: unknown) => unknown {
  if (remove) return () => REMOVE;
  return (value) => {
    let changed = set === undefined ? value : set;
    if (min !== undefined || max !== undefined) {
      if (typeof changed !== "number" || Number.isNaN(changed)) throw new Error(`${path} is not a number`);
      changed = Math.min(Math.max(changed, min ?? -Infinity), max ?? Infinity);
    }
    if (truncate !== undefined) {
      if (typeof changed === "string") changed = changed.slice(0, truncate).toWellFormed();
      else if (Array.isArray(changed)) changed = changed.slice(0, truncate);
      else throw new Error(`${path} is neither a text nor a list`);
    }
    return changed;
  };
}
