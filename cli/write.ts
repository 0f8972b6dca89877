import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import type * as JsYaml from "js-yaml";
import type { PolicySource } from "../policies/index.ts";
import type { Suite } from "../policies/suite/schema.ts";
import { usage } from "./command.ts";

const require = createRequire(import.meta.url);

/** What the first lines of every policy that we write say to editors, and to whoever has one. */
const EDITOR = ["# yaml-language-server: $schema=./policy.schema.json", "# Completion in an editor: spangate schema > policy.schema.json", "#"];
/** Longest line that is not broken up. */
const WIDTH = 80;
const STEP = 2;

/** A policy as YAML, with comments above it. */
export function policyText(policy: PolicySource, comments: readonly string[]): string {
  return [...EDITOR, ...comments.map((line) => `# ${line}`.trimEnd()), "", toYaml(policy)].join("\n");
}

/** A test suite as YAML. */
export function suiteText(suite: Suite): string {
  return toYaml(suite);
}

/** YAML in which a rule or a case stands on one line where it fits there. */
function toYaml(value: object): string {
  return `${block(value, 0)}\n`;
}

/** The entries of a list or map on lines of their own. */
function block(value: object, indent: number): string {
  const space = " ".repeat(indent);
  if (Array.isArray(value)) return value.map((item) => `${space}-${after(item, indent + STEP, 1)}`).join("\n");
  return Object.entries(value).map(([key, inner]) => `${space}${flow(key)}:${after(inner, indent + STEP, key.length + 1)}`).join("\n");
}

/** What follows a dash or a key of so many characters. */
function after(value: unknown, indent: number, used: number): string {
  const line = flow(value);
  const isEmpty = typeof value !== "object" || value === null || Object.keys(value).length === 0;
  const isRules = indent === STEP && Array.isArray(value) && typeof value[0] === "object";
  if (isEmpty || (!isRules && indent - STEP + used + 1 + line.length <= WIDTH)) return ` ${line}`;
  const lines = block(value, indent);
  // A map begins on the line of its dash.
  return used === 1 && !Array.isArray(value) ? ` ${lines.trimStart()}` : `\n${lines}`;
}

/** On one line, whatever it is: inside of brackets no text has lines of its own. */
function flow(value: unknown): string {
  const { dump } = require("js-yaml") as typeof JsYaml;
  return dump([value], { lineWidth: -1, flowLevel: 0 }).trimEnd().slice(1, -1);
}

/** Writes to a file that must not be there yet, or to standard output. */
export function output(file: string | undefined, text: string, force = false): void {
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  if (existsSync(file) && !force) throw usage(`${file} is there already; --force writes over it`);
  writeFileSync(file, text);
  process.stderr.write(`${file} written\n`);
}

/** Replaces a file as a whole, whatever the umask is: whoever reads it, and a crash, sees the one before or this one. */
export function replace(file: string, text: string, mode: number): void {
  // Two runs at once have a name each; what stands there is of a process that is gone, or a trap.
  const next = `${file}.${process.pid}.new`;
  rmSync(next, { force: true });
  try {
    writeFileSync(next, text, { flag: "wx", mode, flush: true });
    chmodSync(next, mode);
    renameSync(next, file);
  } catch (thrown) {
    rmSync(next, { force: true });
    throw thrown;
  }
}
