import { messageOf } from "../errors.ts";
import { SECRET } from "../instrumentation/environment.ts";
import { policyVerifiers } from "../instrumentation/policy-keys.ts";
import { verifyPolicy } from "../instrumentation/policy-signature.ts";
import { VERSION } from "../names.ts";
import { type CompiledPolicy, loadPolicy } from "../policies/index.ts";
import { packNames, PACKS, registryNames } from "../policies/load.ts";
import { regexEngine } from "../policies/regex.ts";
import { action, type AddCommand, EXIT } from "./command.ts";
import { installedFrameworks } from "./frameworks.ts";
import { plural, print, style, table, wrap } from "./output.ts";

export const info: AddCommand = (program) => {
  program.command("info").argument("[policy]", "a policy file, or the name of a pack", process.env["SPANGATE_POLICY"])
    .summary("what is installed, and what a policy is made of")
    .description("Tells versions, frameworks that are installed here, settings of the environment and, of a policy (default: SPANGATE_POLICY), its layers, digest and sections.")
    .option("--json", "one JSON object on standard output")
    .action(action((file: string | undefined, { json }: { json?: boolean }) => {
      const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(SPANGATE_|OTEL_)/.test(name)).map(([name, value = ""]) => [name, shown(name, value)]));
      const told = {
        spangate: VERSION, node: process.version, regex: regexEngine().name, frameworks: installedFrameworks(process.cwd()), environment,
        packs: packNames(), registries: registryNames(), policy: file === undefined ? undefined : describe(file),
      };
      print(json, told, () => text(told));
      return EXIT.ok;
    }));
};

/** A setting for the eyes of whoever looks over a shoulder: that a secret is set, and no more of it. */
function shown(name: string, value: string): string {
  return SECRET.test(name) && value !== "" ? "(set)" : value.replace(/\/\/[^/@\s]*@/g, "//…@");
}

function describe(file: string): Record<string, unknown> {
  const policy = loadPolicy(file);
  const { source, digest, notEnforced, files } = policy;
  const { limits, engines, rules, actions } = source;
  return {
    file, name: source.name, version: source.version, mode: source.mode, digest, ...signature(policy), layers: source.layers.map(({ name, version }) => `${name}@${version}`), files,
    rules: rules.length, shadowRules: rules.filter(({ mode }) => mode === "observe").length, engines: engines.map(({ id, engine }) => `${id} (${engine})`), actions, rates: limits.rate.length, budgets: limits.budget.length, notEnforced,
  };
}

/** Whether a process with this environment takes it for signed. */
function signature(policy: CompiledPolicy): { readonly signature?: string } {
  const key = process.env["SPANGATE_POLICY_KEY"];
  if (!key) return {};
  try {
    const { keys, revision } = verifyPolicy(policy, policyVerifiers(key));
    return { signature: `by ${keys.join(", ")}, revision ${revision}` };
  } catch (thrown) {
    return { signature: `none that counts: ${messageOf(thrown)}` };
  }
}

function text({ spangate, node, regex, frameworks, environment, packs, registries, policy }: { spangate: string; node: string; regex: string; frameworks: readonly { module: string; version: string; proven: boolean }[]; environment: Record<string, string | undefined>; packs: readonly string[]; registries: readonly string[]; policy: Record<string, unknown> | undefined }): string {
  return [
    rows([["spangate", spangate], ["node", node], ["patterns run on", regex], ["packs", packs.join(", ")], ["action registries", registries.join(", ")]], ""),
    "", style("bold", "frameworks installed here"),
    frameworks.length ? table(frameworks.map(({ module, version, proven }) => [module, version, proven ? "" : style("yellow", "this version has not been proven")])) : "  none that spangate knows",
    "", style("bold", "environment"),
    Object.keys(environment).length ? table(Object.entries(environment).map(([name, value]) => [name, value ?? ""])) : "  nothing set",
    ...(policy ? ["", style("bold", "policy"), rows(Object.entries(policy).filter(([, value]) => !Array.isArray(value) || value.length > 0).map(([key, value]) => [key, Array.isArray(value) ? listed(value as string[]) : String(value)]), "  ")] : []),
  ].join("\n");
}

/** Names with what is said of them, in lines of 80 characters. */
function rows(entries: readonly (readonly [string, string])[], indent: string): string {
  const before = indent.length + Math.max(...entries.map(([name]) => name.length)) + 2;
  return table(entries.map(([name, value]) => [name, wrap(value, 80 - before, before)]), indent);
}

/** Files of ours are many and not a user's to look at: they are counted. */
function listed(values: readonly string[]): string {
  const own = values.filter((value) => !value.startsWith(PACKS));
  const shipped = values.length - own.length;
  return [...own, ...(shipped > 0 ? [`${plural(shipped, "file")} of spangate`] : [])].join(", ");
}
