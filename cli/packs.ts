import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadPolicy } from "../policies/index.ts";
import { loadRegistry, manifestOf, packFile, packNames, registryNames } from "../policies/load.ts";
import { action, type AddCommand, EXIT, usage } from "./command.ts";
import { print, short, style, table } from "./output.ts";

export const packs: AddCommand = (program) => {
  const command = program.command("packs")
    .summary("the policies and action registries that are shipped")
    .description("Lists the packs, which a policy names in extends, and the action registries, which it names in actions.")
    .option("--json", "one JSON object on standard output")
    .action(action(({ json }: { json?: boolean }) => {
      const policies = packNames().map((name) => ({ name, version: loadPolicy(name).source.version, about: aboutOf(packFile(name)) }));
      const registries = registryNames().map((name) => ({ name, actions: loadRegistry(name).actions.length }));
      print(json, { packs: policies, registries }, () => [
        style("bold", "packs"), table(policies.map(({ name, version, about }) => [name, version, short(about, 50)])),
        "", style("bold", "action registries"), table(registries.map(({ name, actions }) => [name, `${actions} actions`])),
      ].join("\n"));
      return EXIT.ok;
    }));
  command.command("show").argument("<name>", "a pack or a registry")
    .summary("print a pack, or the actions of a registry")
    .option("--json", "one JSON object on standard output")
    .action(action((name: string, { json }: { json?: boolean }) => {
      if (packNames().includes(name)) {
        print(json, loadPolicy(name).source, () => readFileSync(packFile(name), "utf8").trimEnd());
        return EXIT.ok;
      }
      const { actions } = loadRegistry(name);
      print(json, actions, () => table(actions.map(({ id, risk, effect_class: classes, reversible, title }) => [id, risk, classes.join("+"), reversible ? "reversible" : "final", short(title, 40)]), ""));
      return EXIT.ok;
    }));
  command.command("manifest").argument("<folder>", "a folder of action registry files")
    .summary("write the manifest of your own registry")
    .description("Writes manifest.json with the SHA-256 of every file, after checking that each is a valid registry. Without it, and when a file changes, the registry is refused.")
    .action(action((folder: string) => {
      if (!existsSync(folder) || !statSync(folder).isDirectory()) throw usage(`${folder} is no folder`);
      const file = join(folder, "manifest.json");
      writeFileSync(file, `${JSON.stringify(manifestOf(folder), null, 2)}\n`);
      const { actions } = loadRegistry(folder.startsWith(".") || folder.startsWith("/") ? folder : `./${folder}`, "policy");
      process.stderr.write(`${file} written: ${actions.length} actions\n`);
      return EXIT.ok;
    }));
};

/** The first line of the comment that a pack begins with. */
function aboutOf(file: string): string {
  return readFileSync(file, "utf8").split("\n").find((line) => line.startsWith("# ") && !line.includes("yaml-language-server"))?.slice(2) ?? "";
}
