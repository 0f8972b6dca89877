import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The npm package that a file belongs to, whatever the folder is called (aliases, links). */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly root: string;
  /** Path inside the package, with forward slashes. */
  readonly path: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

const IN_NODE_MODULES = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;
const manifests = new Map<string, Manifest | undefined>();
const roots = new Map<string, string | undefined>();

/** Undefined for files outside every package. */
export function packageOf(url: string): PackageFile | undefined {
  const file = fileURLToPath(url);
  const root = IN_NODE_MODULES.exec(file)?.[1] ?? enclosingRoot(dirname(file));
  const manifest = root === undefined ? undefined : manifestOf(root);
  if (root === undefined || !manifest) return undefined;
  return { ...manifest, root, path: file.slice(root.length + 1).replaceAll("\\", "/") };
}

/** The nearest folder whose package.json has a name; some packages hold nameless ones that only set `type`. */
function enclosingRoot(folder: string): string | undefined {
  if (roots.has(folder)) return roots.get(folder);
  const parent = dirname(folder);
  const root = manifestOf(folder) ? folder : parent === folder ? undefined : enclosingRoot(parent);
  roots.set(folder, root);
  return root;
}

function manifestOf(root: string): Manifest | undefined {
  if (manifests.has(root)) return manifests.get(root);
  let manifest: Manifest | undefined;
  try {
    const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Partial<Manifest>;
    if (name) manifest = { name, version: version ?? "0.0.0" };
  } catch {
    // No package.json here, or not one that Node could read either.
  }
  manifests.set(root, manifest);
  return manifest;
}
