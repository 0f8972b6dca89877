import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { ROOT } from "../support/run.ts";

/** What could hold a configuration of a collector. Those of dashboards/collector are overlays, and validated by name. */
const FILES = ["*.md", "{deploy,docs,dashboards,examples,bench,cli}/**/*.{yaml,yml,md}"];
const NOT = /(^|\/)node_modules\/|^dashboards\/(collector|generated[^/]*)\//;
const FENCE = /^( *)```ya?ml\n([\s\S]*?)^\1```/gm;

export interface Configuration {
  /** File, and in it which block or key, where it is not the file itself. */
  readonly name: string;
  readonly text: string;
}

/** Every configuration of a collector in the repository but those of dashboards/collector: files, ConfigMaps, blocks of documents. */
export function otherConfigurations(): Configuration[] {
  return globSync(FILES, { cwd: ROOT }).filter((file) => !NOT.test(file)).sort().flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    if (!file.endsWith(".md")) return inYaml(file, text);
    return Array.from(text.matchAll(FENCE), ([, indent = "", block = ""], at) => inYaml(`${file}, block ${at + 1}`, block.replaceAll(new RegExp(`^${indent}`, "gm"), ""))).flat();
  });
}

function inYaml(name: string, text: string): Configuration[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) return [];
    const value: unknown = document.toJS();
    if (isCollector(value)) return [{ name, text }];
    const data = isMap(value) && value["kind"] === "ConfigMap" && isMap(value["data"]) ? Object.entries(value["data"]) : [];
    return data.flatMap(([key, inner]) => (typeof inner === "string" ? inYaml(`${name}, ${key}`, inner) : []));
  });
}

/** By what no other program's file has: pipelines of a service, or receivers by name beside exporters. */
export function isCollector(value: unknown): boolean {
  if (!isMap(value)) return false;
  const { service, receivers, exporters } = value;
  return (isMap(service) && isMap(service["pipelines"])) || (isMap(receivers) && isMap(exporters));
}

/** What is on another machine's disk, in a folder of ours: the collector looks whether it is there. */
export function withFolder(text: string, folder: string): string {
  return text.replaceAll(/\/var\/lib\/[\w-]+/g, folder);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
