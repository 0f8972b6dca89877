import { realpathSync } from "node:fs";
import type { CompiledPolicy, Invocation } from "../policies/index.ts";
import { compilePatterns, type Matcher } from "../policies/pattern.ts";
import type { Files } from "../policies/schema/data.ts";
import { canonicalPath, placeUnder, roleOf } from "./detection/heavy.ts";
import { GateProcessor } from "./gate-processor.ts";
import { eachText } from "./texts.ts";
import { currentArguments, isDenied, type Opinion } from "./verdict.ts";

/** Keeps the paths in arguments to where the policy lets them lead, whatever they are spelled like; symbolic links are followed. */
export class FilesProcessor extends GateProcessor {
  override readonly name = "files";
  readonly #policy: CompiledPolicy;
  readonly #files: Files | undefined;
  readonly #deny: Matcher;
  readonly #read: Matcher | undefined;
  readonly #write: Matcher | undefined;

  constructor(policy: CompiledPolicy) {
    super();
    this.#policy = policy;
    this.#files = policy.source.files;
    this.#deny = compilePatterns(this.#files?.deny ?? []);
    this.#read = this.#files?.read && compilePatterns(this.#files.read);
    this.#write = this.#files?.write && compilePatterns(this.#files.write);
  }

  override judge(invocation: Invocation): Opinion | undefined {
    if (!this.#files || isDenied(invocation)) return undefined;
    let opinion: Opinion | undefined;
    eachText(currentArguments(invocation), (text, key) => {
      if (roleOf(key, invocation.tool) === "path") opinion = this.#judgePath(text, invocation);
      return opinion !== undefined;
    });
    return opinion;
  }

  #judgePath(text: string, invocation: Invocation): Opinion | undefined {
    const { roots = [] } = this.#files as Files;
    const deny = (rule: string, reason: string): Opinion => ({ effect: "deny", rule: `files.${rule}`, reason });
    const canonical = canonicalPath(text);
    // Where a relative path starts is where the process is, unless the policy says.
    const { full, inside } = placeUnder(canonical, { roots, base: roots[0] ?? process.cwd() });
    // Both where the path says it leads and where it really does.
    const places = [full, realPath(full)];
    if (canonical.nul) return deny("nul", "a path holds a null byte");
    if (places.some(this.#deny)) return deny("deny", "a path leads where the policy lets nobody go");
    if (roots.length > 0 && (!inside || !places.every((place) => roots.some((root) => isUnder(place, root))))) return deny("roots", "a path leads out of the folders that the policy allows");
    const classes = this.#policy.world.view(invocation).effectClasses;
    const reads = classes.length === 0 || classes.includes("read");
    // Of a tool of which nobody knows what it does, both must hold.
    const writes = classes.length === 0 || classes.some((effectClass) => effectClass !== "read");
    if (reads && !writes && this.#read && !places.every(this.#read)) return deny("read", "a path leads where the policy lets nobody read");
    if (writes && this.#write && !places.every(this.#write)) return deny("write", "a path leads where the policy lets nobody write");
    return undefined;
  }
}

function isUnder(place: string, root: string): boolean {
  return place === root || place.startsWith(root.endsWith("/") ? root : `${root}/`);
}

/** Of a file that is not there yet, that of the deepest folder that is. */
function realPath(path: string): string {
  for (let at = path, rest = ""; ; ) {
    try {
      return `${realpathSync(at)}${rest}`.replaceAll("//", "/");
    } catch {
      const slash = at.lastIndexOf("/");
      if (slash <= 0) return path;
      rest = at.slice(slash) + rest;
      at = at.slice(0, slash);
    }
  }
}
