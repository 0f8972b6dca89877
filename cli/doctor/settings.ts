import { messageOf, SpangateError } from "../../errors.ts";
import { type Environment, INTERNAL, readEnvironment } from "../../instrumentation/environment.ts";
import type { Signed } from "../../instrumentation/policy-signature.ts";
import { formatTime } from "../../instrumentation/policy-statement.ts";
import { PolicyTrust } from "../../instrumentation/policy-trust.ts";
import { loadPolicy } from "../../policies/index.ts";
import { loadRegistry, registryNames } from "../../policies/load.ts";
import { lint } from "../../policies/lint/lint.ts";
import { Pipeline } from "../../processors/pipeline.ts";
import { plural } from "../output.ts";
import { type Check, failed, type Finding, ok, warning } from "./check.ts";

/** How long before a signature expires it is told, in milliseconds. */
const EXPIRES_SOON = 7 * 86_400_000;

/** The settings of an environment without its wrong variables, and those as findings: every one, not only the first. */
export function readSettings(env: NodeJS.ProcessEnv): { readonly environment: Environment; readonly wrong: readonly Finding[] } {
  const rest = { ...env };
  const wrong: Finding[] = [];
  for (;;) {
    try {
      return { environment: readEnvironment(rest), wrong };
    } catch (thrown) {
      const variable = thrown instanceof SpangateError ? /^(\w+)=/.exec(thrown.message)?.[1] : undefined;
      if (variable === undefined || !(variable in rest)) throw thrown;
      wrong.push(findingOf(thrown));
      delete rest[variable];
    }
  }
}

/** An error of ours with its remedy. */
export function findingOf(thrown: unknown): Finding {
  return thrown instanceof SpangateError ? failed(`${thrown.code}: ${thrown.message}`, thrown.remedy) : failed(messageOf(thrown), "Mend what it names.");
}

export const settings: Check = {
  name: "settings",
  run({ env }) {
    const { wrong } = readSettings(env);
    const set = Object.keys(env).filter((name) => name.startsWith("SPANGATE_") && !INTERNAL.has(name) && env[name] !== "");
    return wrong.length > 0 ? wrong : [ok(set.length > 0 ? `${set.join(", ")} as expected` : "no SPANGATE_ variable is set: defaults")];
  },
};

export const policy: Check = {
  name: "policy",
  run(context) {
    const { policy: file, policyKey, mode } = context.environment;
    if (file === undefined && policyKey !== undefined) return [failed("none, and SPANGATE_POLICY_KEY asks for one that is signed: no process starts", "Set SPANGATE_POLICY, or unset SPANGATE_POLICY_KEY.")];
    if (file === undefined) return [warning("none: every call runs and is recorded", "spangate init writes a first one; SPANGATE_POLICY names it.")];
    try {
      const trust = PolicyTrust.of(context.environment);
      const loaded = trust ? trust.load(file, mode) : loadPolicy(file, mode);
      // What a process does at its start: keys, models and engines that the policy needs are looked for.
      const { source, digest, notEnforced } = new Pipeline(loaded).policy;
      context.policy = loaded;
      const found = lint(loaded, registryNames().flatMap((name) => loadRegistry(name).actions));
      const errors = found.filter(({ level }) => level === "error");
      const warnings = found.filter(({ level }) => level === "warning");
      return [
        ok(`${file}: ${source.name}@${source.version}, ${plural(source.rules.length, "rule")}, digest ${digest}`),
        ...(trust ? [signature(trust.signedOf(loaded), Date.now())] : []),
        source.mode === "enforce" ? ok("enforced") : warning("it only observes: nothing is blocked", "mode: enforce in the policy, or SPANGATE_MODE=enforce, once the records look right."),
        ...errors.map(({ place, message }) => failed(`${place}: ${message}`, "spangate lint tells more of it; --fix mends some.")),
        ...(warnings.length > 0 ? [warning(`lint has ${plural(warnings.length, "warning")}`, `spangate lint ${file}`)] : []),
        ...notEnforced.map((section) => warning(`${section} is not enforced by this version`, "Take it out, or do not count on it.")),
      ];
    } catch (thrown) {
      return [findingOf(thrown)];
    }
  },
};

/** How a policy is signed that would be put in force. */
export function signature({ keys, revision, expires }: Signed, now: number): Finding {
  const says = `signed by ${keys.join(", ")}, revision ${revision}${expires === undefined ? "" : `, until ${formatTime(expires)}`}`;
  return expires !== undefined && expires - now < EXPIRES_SOON ? warning(says, "Sign it again: from then on no process starts with it.") : ok(says);
}
