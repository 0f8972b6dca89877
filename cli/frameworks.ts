import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FRAMEWORKS } from "../instrumentation/frameworks/index.ts";

export interface InstalledFramework {
  readonly module: string;
  readonly version: string;
  /** Whether this version is one of those that each release is tested with. */
  readonly proven: boolean;
}

/** The frameworks that spangate gates and that a project has in its node_modules, or in those of the folders above. */
export function installedFrameworks(folder: string): InstalledFramework[] {
  return FRAMEWORKS.flatMap(({ packages }) => Object.entries(packages)).flatMap(([module, versions]) => {
    const version = versionOf(module, folder);
    if (version === undefined) return [];
    return [{ module, version, proven: versions.some((proven) => version === proven || version.startsWith(`${proven}.`)) }];
  });
}

function versionOf(module: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    try {
      return (JSON.parse(readFileSync(join(at, "node_modules", module, "package.json"), "utf8")) as { version?: string }).version;
    } catch {
      if (dirname(at) === at) return undefined;
    }
  }
}
