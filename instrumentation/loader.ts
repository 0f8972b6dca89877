import * as module from "node:module";
import { messageOf, SpangateError } from "../errors.ts";
import { attach } from "./attach.ts";
import type { Coverage, Reason } from "./coverage.ts";
import { FRAMEWORKS } from "./frameworks/index.ts";
import type { Framework } from "./frameworks/framework.ts";
import { type PackageFile, packageOf } from "./packages.ts";

/** Where patched code finds us. One per thread, whichever copy of spangate put it there. */
export const SEAMS: unique symbol = Symbol.for("spangate.seams") as never;

/** Called by patched code. */
export interface Seams {
  bind(framework: string, url: string, patch: (helpers: object) => void): void;
}

const ALL: readonly Framework[] = [...FRAMEWORKS, attach];
const BY_PACKAGE = new Map<string, Framework>(ALL.flatMap((framework) => Object.keys(framework.packages).map((name) => [name, framework] as const)));

export interface LoaderOptions {
  readonly coverage: Coverage;
  /** The functions for a framework's patched code; called when its seam is bound. */
  readonly helpers: (framework: Framework) => object;
  /** Called once, when the application loads `worker_threads`. */
  readonly onThreads?: () => void;
}

/**
 * Rewrites known files as Node loads them: one statement is appended that rebinds the function every tool
 * call passes. Nothing above it moves, so stack traces and source maps stay right.
 */
export function installLoader({ coverage, helpers, onThreads }: LoaderOptions): void {
  if (!module.registerHooks) throw new SpangateError("SG_LOADER_UNAVAILABLE", { version: process.version });
  const pending = new Map<string, { file: PackageFile; reason: Reason | undefined }>();

  const report = (framework: Framework, file: PackageFile, reason: Reason | undefined): void => {
    if (framework === attach) return;
    coverage.add({ module: file.name, version: file.version, place: file.root, gated: !reason, reason });
  };

  (globalThis as Record<symbol, unknown>)[SEAMS] = {
    bind(id, url, patch) {
      const framework = ALL.find((candidate) => candidate.id === id) as Framework;
      const found = pending.get(url);
      if (!found) return;
      let { reason } = found;
      try {
        patch(helpers(framework));
      } catch (thrown) {
        // A function became a constant: the rebinding throws where it stands, and the application goes on without.
        process.emitWarning(`spangate: ${url}: ${messageOf(thrown)}`);
        reason = "patch_failed";
      }
      report(framework, found.file, reason);
    },
  } satisfies Seams;

  let threads = onThreads;
  module.registerHooks({
    load(url, context, nextLoad) {
      if (url === "node:worker_threads") {
        threads?.();
        threads = undefined;
      }
      const loaded = nextLoad(url, context);
      if (!url.startsWith("file:") || !loaded.source || loaded.format === "json" || loaded.format === "wasm") return loaded;
      const file = packageOf(url.replace(/[?#].*$/, ""));
      const framework = file && BY_PACKAGE.get(file.name);
      if (!framework) {
        if (!file || !url.includes("/node_modules/")) reportBundle(url, textOf(loaded.source), file, coverage);
        return loaded;
      }
      const source = textOf(loaded.source);
      const statement = framework.patch(source, file);
      if (statement) {
        pending.set(url, { file, reason: isProven(framework, file) ? undefined : "unknown_version" });
        return { ...loaded, source: `${source}\n;globalThis[Symbol.for("spangate.seams")]?.bind(${JSON.stringify(framework.id)},${JSON.stringify(url)},($)=>{${statement}});\n` };
      }
      if (framework.capable(source, file)) report(framework, file, "anchor_not_found");
      return loaded;
    },
  });
}

/**
 * Modules that somebody loaded before us: the seams of frameworks are out of reach, those of OpenTelemetry are not.
 *
 * @param onTelemetry told of each file of OpenTelemetry
 */
export function reportLoadedBefore(urls: Iterable<string>, coverage: Coverage, onTelemetry: (url: string) => void): void {
  for (const url of urls) {
    const file = packageOf(url);
    const framework = file && BY_PACKAGE.get(file.name);
    if (framework === attach) onTelemetry(url);
    else if (framework) coverage.add({ module: file.name, version: file.version, place: file.root, gated: false, reason: "loaded_before_us" });
  }
}

/** A bundled framework has no file of its own to rewrite; what is left of it is the text of its errors. */
function reportBundle(url: string, source: string, file: PackageFile | undefined, coverage: Coverage): void {
  for (const { signature, id } of FRAMEWORKS) {
    if (signature.test(source)) coverage.add({ module: id, version: "bundled", place: file ? url.replace(/^file:\/\//, "") : url, gated: false, reason: "bundled" });
  }
}

function isProven({ packages }: Framework, { name, version }: PackageFile): boolean {
  const [major, minor] = version.split(".");
  return packages[name]?.includes(major === "0" ? `0.${minor}` : (major as string)) ?? false;
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray): string {
  return typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString("utf8");
}
