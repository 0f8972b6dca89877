import type { Finding, Linted } from "./finding.ts";

/** Limits that let nothing through, and those that only speak. */
export function lintLimits({ policy, source }: Linted): Finding[] {
  const written = source.value["limits"] as Readonly<Record<string, readonly { readonly id: string }[] | undefined>> | undefined;
  return (["rate", "budget"] as const).flatMap((kind) => (written?.[kind] ?? []).flatMap(({ id }, index): Finding[] => {
    const limit = policy.limits.find((one) => one.kind === kind && one.id === id);
    if (!limit) return [];
    const at = (key: string): string => source.place(["limits", kind, index, key]);
    if (limit.cost > limit.max) return [{ rule: "never-fits", level: "warning", place: at("cost"), message: `one call costs more than the budget ${id} has: none passes` }];
    if (limit.mode === "observe" && policy.source.mode === "enforce") return [{ rule: "still-observing", level: "info", place: at("mode"), message: `${kind} ${id} is only observed` }];
    return [];
  }));
}
