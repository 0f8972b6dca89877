import { readFileSync, statSync } from "node:fs";
import { messageOf } from "../errors.ts";
import { callOf } from "../exporters/audit/calls.ts";
import { readRecords } from "../exporters/audit/reader.ts";
import type { RecordedCall } from "../policies/replay.ts";
import { type CaseCall, caseCall } from "../policies/schema/world.ts";
import { suiteFile } from "../policies/suite/schema.ts";
import { validate } from "../policies/validate.ts";
import { readYaml } from "../policies/yaml.ts";
import { AUDIT_DIRECTORY, usage } from "./command.ts";
import { progress } from "./output.ts";

/** The text that every `--calls` has in its help. */
export const CALLS_HELP = "an audit directory, a file of calls (one JSON object a line), or a test suite (YAML)";

/** Where calls are looked for when nobody says: the audit directory that a process writes to by default. */
export const DEFAULT_CALLS: string = AUDIT_DIRECTORY;

/** The calls of an audit directory, of a file of JSON lines, or of a test suite. */
export function readCalls(source: string): RecordedCall[] {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(source).isDirectory();
  } catch (thrown) {
    throw usage(`cannot read ${source}: ${messageOf(thrown)}`);
  }
  const calls = isDirectory ? [...fromAudit(source)] : fromFile(source);
  if (calls.length === 0) throw usage(`there are no calls in ${source}`);
  return calls;
}

function* fromAudit(directory: string): Generator<RecordedCall> {
  const { step, end } = progress("reading calls");
  let count = 0;
  for (const placed of readRecords(directory)) {
    const found = callOf(placed);
    if (!found) continue;
    step(++count);
    yield found as RecordedCall;
  }
  end();
}

function fromFile(file: string): RecordedCall[] {
  const text = readFileSync(file, "utf8");
  if (/\.ya?ml$/.test(file)) {
    const { value, place } = readYaml(text, file);
    return validate(suiteFile, value, place).cases.map(({ call: one }, index) => ({ call: one, place: place(["cases", index]) }));
  }
  return text.split("\n").flatMap((line, index): RecordedCall[] => {
    if (line.trim() === "") return [];
    const place = `${file}:${index + 1}`;
    return [{ call: parseCall(line, place), place }];
  });
}

/** A call as JSON: `{"tool": "refund", "arguments": {"amount": 5}, "caller": "ann", "roles": ["clerk"]}`. */
export function parseCall(json: string, place: string): CaseCall {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (thrown) {
    throw usage(`${place}: not JSON: ${messageOf(thrown)}`);
  }
  return validate(caseCall, value, () => place);
}
