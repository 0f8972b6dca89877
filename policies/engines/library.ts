import { createRequire } from "node:module";
import { messageOf } from "../../errors.ts";

const require = createRequire(import.meta.url);

/** Loads an optional peer dependency, on first use and synchronously: policies are also loaded by `--require`. */
export function library(specifier: string, name: string): unknown {
  try {
    return require(specifier) as unknown;
  } catch (thrown) {
    const missing = (thrown as NodeJS.ErrnoException | undefined)?.code === "MODULE_NOT_FOUND";
    throw new Error(missing ? `the package ${name} is not installed: npm install ${name}` : `the package ${name} cannot be loaded: ${messageOf(thrown)}`, { cause: thrown });
  }
}
