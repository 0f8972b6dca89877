import type { Guard } from "../guard.ts";
import type { PackageFile } from "../packages.ts";

/** How one framework's seams are found and replaced. */
export interface Framework {
  /** Stands in records and metrics, like `ai`. */
  readonly id: string;
  /** npm packages that hold a seam, with the lines (majors, or `0.minor`) that tests prove. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** Whether this file of such a package can run tools. Wider than the seam: it must hold for versions to come. */
  capable(source: string, file: PackageFile): boolean;
  /**
   * One statement, appended to the file, that rebinds the seam; `$` is what {@link bind} returns. Undefined
   * when the anchor is not there.
   */
  patch(source: string, file: PackageFile): string | undefined;
  /** Found in bundles that contain this framework, minified or not. */
  readonly signature: RegExp;
  /** The functions that patched code calls. */
  bind(guard: Guard): object;
}
