import { isUtf8 } from "node:buffer";
import { readdirSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, SpangateError } from "../errors.ts";
import { sha256 } from "../sha256.ts";
import { compileArgumentTest } from "./argument-test.ts";
import { type Accept, assemble, type EngineFiles, type Gathered, isFile } from "./assemble.ts";
import type { CompiledPolicy } from "./compile.ts";
import { nearest } from "./nearest.ts";
import { plain } from "./plain.ts";
import { FileTooLarge, readFile } from "../read-file.ts";
import { type ActionDefinition, manifest, registryFile } from "./registry/schema.ts";
import type { Mode } from "./schema/units.ts";
import type { PolicySource } from "./schema/policy.ts";
import type { Engine } from "./schema/world.ts";
import { type Place, validate } from "./validate.ts";
import { readYaml } from "./yaml.ts";

/** Largest accepted file, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Most bytes, and most files, that one policy may be made of: they are all read before anybody can say whose it is. */
const MAX_TOTAL = 4 * MAX_BYTES;
const MAX_FILES = 2_000;
/** The packs that we ship, beside this file in the sources and beside the bundle in the package. */
export const PACKS: string = fileURLToPath(new URL("./packs/", import.meta.url));
const MANIFEST = "manifest.json";
/** In the package each registry that we ship is also there as one file of JSON that has been validated. */
export const VALIDATED = "registry.json";

/**
 * Reads, validates, composes and compiles a policy file, or a pack by its name.
 *
 * @param mode overrides the mode that the file names
 * @param accept throws for a policy that must not be put in force, before anything of it is run
 * @throws SpangateError that names file, line and column
 */
export function loadPolicy(file: string, mode?: Mode, accept?: Accept): CompiledPolicy {
  const path = isPack(file) ? packFile(file) : file;
  const read = reader();
  const { value, place } = readYaml(textOf(read(path), path), path);
  return assemble({ file: path, value, place }, mode, filesWith(read), accept);
}

/** The same for text; `file` is used in messages, and what the policy extends is looked for beside it. */
export function parsePolicy(text: string, file = "policy", mode?: Mode, accept?: Accept): CompiledPolicy {
  const { value, place } = readYaml(text, file);
  return assemble({ file, value, place }, mode, filesWith(reader()), accept);
}

/** Validates a policy that was made in code; what it extends is looked for in the working directory. */
export function definePolicy(source: PolicySource, mode?: Mode): CompiledPolicy {
  const place: Place = (path) => ["policy", ...path].join(".");
  return assemble({ file: "policy", value: plain(source, place), place }, mode, filesWith(reader()));
}

/** Whether a policy is named by the name of a pack, and not by its path. */
export function isPack(file: string): boolean {
  return !isFile(file) && packNames().includes(file);
}

/** Names of the policies that we ship. */
export function packNames(): readonly string[] {
  return list(PACKS).filter((name) => name.endsWith(".yaml")).map((name) => name.slice(0, -".yaml".length)).sort();
}

/** Names of the action registries that we ship. */
export function registryNames(): readonly string[] {
  return list(join(PACKS, "actions")).toSorted();
}

/** Folder of an action registry that we ship. */
export function registryFolder(name: string): string {
  return join(PACKS, "actions", name);
}

/** Path of a pack. */
export function packFile(name: string): string {
  return join(PACKS, `${name}.yaml`);
}

/**
 * Reads an action registry: a folder of the user's, or the name of one that we ship. Every file is checked against the manifest.
 *
 * @throws SpangateError for what is not there, not as the manifest says, not valid, or a pattern that is not RE2
 */
export function loadRegistry(name: string, from = "policy", bytesOf: Reader = readBytes): { readonly actions: readonly ActionDefinition[]; readonly content: string; readonly files: readonly string[] } {
  const folder = isFile(name) ? resolve(dirname(from), name) : registryFolder(name);
  if (!isFile(name) && !registryNames().includes(name)) {
    const known = nearest(name, registryNames());
    throw new SpangateError("SG_REGISTRY_UNKNOWN", { name, nearest: known ? `, did you mean "${known}"?` : "" });
  }
  const content = textOf(bytesOf(join(folder, MANIFEST)), join(folder, MANIFEST));
  const { files: expected } = validate(manifest, readYaml(content, join(folder, MANIFEST)).value, () => join(folder, MANIFEST));
  const there = list(folder).filter((file) => file !== MANIFEST);
  const stranger = there.find((file) => !Object.hasOwn(expected, file));
  if (stranger) throw new SpangateError("SG_REGISTRY_INTEGRITY", { file: join(folder, stranger), problem: "the manifest does not name it" });
  const written = Object.entries(expected).filter(([file]) => file !== VALIDATED);
  const read = (file: string): string => {
    const path = join(folder, file);
    if (dirname(file) !== ".") throw new SpangateError("SG_REGISTRY_INTEGRITY", { file: path, problem: "the manifest leads out of the folder" });
    const text = textOf(bytesOf(path), path);
    if (sha256(text, "hex") !== expected[file]) throw new SpangateError("SG_REGISTRY_INTEGRITY", { file: path, problem: "its SHA-256 is not the one in the manifest" });
    return text;
  };
  // Only of ours: of any other registry nobody but this function has validated anything.
  const isValidated = !isFile(name) && Object.hasOwn(expected, VALIDATED);
  const actions = isValidated ? (JSON.parse(read(VALIDATED)) as ActionDefinition[]) : written.flatMap(([file]) => {
    const { value, place } = readYaml(read(file), join(folder, file));
    const { actions: own } = validate(registryFile, value, place);
    compileTests(own, place);
    return own;
  });
  // The digest of a policy is over what the authors wrote, wherever it is read from.
  return { actions, content: JSON.stringify(written), files: [join(folder, MANIFEST), ...there.map((file) => join(folder, file))] };
}

/** A registry compiles a test when a call asks for it; what cannot be compiled is refused before, since a call that meets it could only be denied. */
function compileTests(actions: readonly ActionDefinition[], place: Place): void {
  for (const [index, { match }] of actions.entries()) {
    for (const [way, { arguments: tests = {} }] of match.entries()) {
      for (const [path, test] of Object.entries(tests)) {
        try {
          compileArgumentTest(path, test, false, false);
        } catch (thrown) {
          const at = ["actions", index, "match", way, "arguments", path];
          throw new SpangateError("SG_POLICY_INVALID", { place: place(at), problem: `${at.join(".")}: ${messageOf(thrown)}` }, { cause: thrown });
        }
      }
    }
  }
}

/** What a manifest of this folder must say. */
export function manifestOf(folder: string): { readonly files: Readonly<Record<string, string>> } {
  return { files: Object.fromEntries(list(folder).filter((file) => file !== MANIFEST).sort().map((file) => [file, sha256(textOf(readBytes(join(folder, file)), file), "hex")])) };
}

/** What assembling a policy needs of the disk. */
const filesWith = (read: Reader): Gathered => ({
  policy(name, from) {
    const file = isFile(name) ? shown(resolve(dirname(from), name)) : packFile(name);
    if (!isFile(name) && !packNames().includes(name)) {
      const known = nearest(name, packNames());
      throw new SpangateError("SG_PACK_UNKNOWN", { name, file: from, nearest: known ? `, did you mean "${known}"?` : "" });
    }
    let text: string;
    try {
      text = textOf(read(file), file);
    } catch (thrown) {
      throw new SpangateError("SG_POLICY_PARENT_UNREADABLE", { file: from, parent: file, problem: messageOf(thrown) }, { cause: thrown });
    }
    const { value, place } = readYaml(text, file);
    return { file, value, place };
  },
  registry: (name, from) => loadRegistry(name, from, read),
  engine({ file, data, schema, entities }: Engine, from: string): EngineFiles {
    const at = (path: string): string => (isAbsolute(path) ? path : resolve(dirname(from), path));
    const optional = (path: string | undefined): string | undefined => (path === undefined ? undefined : textOf(read(at(path)), at(path)));
    return { policy: read(at(file)), data: optional(data), schema: optional(schema), entities: optional(entities), files: [file, data, schema, entities].filter((path) => path !== undefined).map(at) };
  },
});

/** As a person in this working directory would name it. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near;
}

function textOf(bytes: Buffer, file: string): string {
  // What is not would be read as other text than its author wrote.
  if (!isUtf8(bytes)) throw new SpangateError("SG_POLICY_UNREADABLE", { file, problem: "it is not UTF-8" });
  return bytes.toString("utf8");
}

type Reader = (file: string) => Buffer;

/** Reads what one policy is made of. */
function reader(): Reader {
  let [files, total] = [0, 0];
  return (file) => {
    const bytes = readBytes(file);
    total += bytes.length;
    if (++files > MAX_FILES) throw new SpangateError("SG_POLICY_UNREADABLE", { file, problem: `a policy is made of ${MAX_FILES} files at most` });
    if (total > MAX_TOTAL) throw new SpangateError("SG_POLICY_TOO_LARGE", { file: `${file}, with what was read before,`, size: total, limit: MAX_TOTAL });
    return bytes;
  };
}

function readBytes(file: string): Buffer {
  try {
    return readFile(file, MAX_BYTES);
  } catch (thrown) {
    if (thrown instanceof FileTooLarge) throw new SpangateError("SG_POLICY_TOO_LARGE", { file, size: thrown.size, limit: MAX_BYTES });
    throw new SpangateError("SG_POLICY_UNREADABLE", { file, problem: messageOf(thrown) }, { cause: thrown });
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    throw new SpangateError("SG_POLICY_UNREADABLE", { file: folder, problem: messageOf(thrown) }, { cause: thrown });
  }
}
