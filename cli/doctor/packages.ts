import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { FRAMEWORKS } from "../../instrumentation/frameworks/index.ts";
import { installedFrameworks } from "../frameworks.ts";
import { plural } from "../output.ts";
import { type Check, type Finding, ok, skipped, warning } from "./check.ts";

/** Packages of OpenTelemetry whose copies have state of their own; the first three hold classes of the same things. */
const SDK = ["@opentelemetry/sdk-trace", "@opentelemetry/sdk-trace-base", "@opentelemetry/sdk-trace-node", "@opentelemetry/sdk-metrics", "@opentelemetry/api"];
/** Packages that call tools themselves, through no seam of those that are gated. */
const CALLS_TOOLS = [
  "@openai/agents", "openai", "@anthropic-ai/sdk", "@anthropic-ai/claude-agent-sdk", "@mastra/core", "@google/adk", "@google/genai", "@strands-agents/sdk", "llamaindex",
  "genkit", "beeai-framework", "@inngest/agent-kit", "@mariozechner/pi-agent-core", "@tanstack/ai", "@livekit/agents",
];

export const copies: Check = {
  name: "OpenTelemetry copies",
  run({ cwd }) {
    const found = new Map<string, Map<string, string[]>>();
    const seen = new Set<string>();
    for (const folder of nodeModules(cwd)) collect(folder, found, seen);
    if (found.size === 0) return [skipped("none in node_modules here: the application has no OpenTelemetry of its own")];
    return [...found].map(([name, versions]): Finding => {
      const places = [...versions.values()].flat();
      if (places.length === 1) return ok(`${name} ${[...versions.keys()][0]}`);
      const listed = [...versions].map(([version, folders]) => `${version} (${folders.length === 1 ? `in ${relative(cwd, folders[0] as string)}` : plural(folders.length, "copy", "copies")})`).join(", ");
      return warning(`${name} is there ${places.length} times: ${listed}`, `npm ls ${name}; pin one set of versions and npm dedupe, else spans of one copy are not seen by the other.`);
    });
  },
};

/** Each package of ours in a node_modules folder and in those of the packages in it; a spangate's own are its own affair. */
function collect(folder: string, found: Map<string, Map<string, string[]>>, seen: Set<string>): void {
  for (const name of packagesIn(folder)) {
    const place = join(folder, name);
    let real: string;
    try {
      real = realpathSync(place);
    } catch {
      // A link that leads nowhere.
      continue;
    }
    if (seen.has(real)) continue;
    seen.add(real);
    const own = name.split("node_modules/").at(-1) as string;
    if (SDK.includes(own)) add(found, own, versionIn(real), place);
    if (own !== "spangate") collect(join(place, "node_modules"), found, seen);
  }
}

function packagesIn(folder: string): string[] {
  return list(folder).flatMap((name) => (name.startsWith("@") ? list(join(folder, name)).map((inner) => `${name}/${inner}`) : name.startsWith(".") ? [] : [name]))
    // pnpm: every package in a folder of its own, with what it needs beside it.
    .concat(list(join(folder, ".pnpm")).flatMap((one) => packagesIn(join(folder, ".pnpm", one, "node_modules")).map((name) => join(".pnpm", one, "node_modules", name))));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function add(found: Map<string, Map<string, string[]>>, name: string, version: string, place: string): void {
  const versions = found.get(name) ?? new Map<string, string[]>();
  found.set(name, versions);
  versions.set(version, [...(versions.get(version) ?? []), place]);
}

function versionIn(folder: string): string {
  try {
    return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version?: string }).version ?? "?";
  } catch {
    return "?";
  }
}

/** The node_modules folders that Node looks into from here. */
function nodeModules(cwd: string): string[] {
  const parent = dirname(cwd);
  return [join(cwd, "node_modules"), ...(parent === cwd ? [] : nodeModules(parent))];
}

export const coverage: Check = {
  name: "coverage",
  run({ cwd }) {
    const known = installedFrameworks(cwd);
    const gated = new Set(FRAMEWORKS.flatMap(({ packages }) => Object.keys(packages)));
    const installed = new Set(nodeModules(cwd).flatMap((folder) => CALLS_TOOLS.filter((name) => versionIn(join(folder, name)) !== "?")));
    const ungated = [...installed].filter((name) => !gated.has(name));
    if (known.length + ungated.length === 0) return [skipped("no framework that spangate knows is installed here", "Wrap the tools with guardTool.")];
    return [
      ...known.map(({ module, version, proven }) => (proven ? ok(`${module} ${version}`) : warning(`${module} ${version} has not been proven`, "Use a version from the support matrix in the README; SPANGATE_STRICT=1 refuses this one."))),
      ...ungated.map((name) => warning(`${name} can call tools, and spangate does not gate it`, "Wrap the tools that it is given with guardTool, or call the model through a framework that is gated.")),
    ];
  },
};
