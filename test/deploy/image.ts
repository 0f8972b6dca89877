import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/run.ts";

export interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** The instructions of deploy/docker/Dockerfile: a word and the rest, continued lines joined. */
export const instructions: readonly Instruction[] = readFileSync(join(ROOT, "deploy/docker/Dockerfile"), "utf8").replace(/^#.*\n/gm, "").replace(/\\\n/g, " ").split("\n").filter(Boolean)
  .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line) as unknown as [string, string, string]).map(([, word, rest]) => ({ word, rest: rest.replace(/\s+/g, " ") }));
const starts = instructions.flatMap(({ word }, index) => (word === "FROM" ? [index] : []));
export const stages: readonly (readonly Instruction[])[] = starts.map((start, index) => instructions.slice(start, starts[index + 1]));

/** What the stage that runs says with a word. */
export function saidOf(word: string): string[] {
  return (stages.at(-1) ?? []).filter((one) => one.word === word).map(({ rest }) => rest);
}

/** What a container of the image has in its environment, and what it gives to Node. */
export function imageSettings(): { readonly env: Readonly<Record<string, string>>; readonly command: readonly string[] } {
  const env = Object.fromEntries(saidOf("ENV").join(" ").split(" ").map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]));
  return { env, command: saidOf("CMD").flatMap((json) => JSON.parse(json) as string[]) };
}
