import type { ContentPattern, EnforceCore } from "./enforcecore-model.ts";

/**
 * A policy with the one that it extends, as `Policy.merge` does it: lists of what is denied together, else the child's
 * word. Sections that the child does not have stay the parent's: so says the documentation, while EnforceCore 1.11.1
 * switches them off.
 */
export function mergeEnforceCore(parent: EnforceCore, child: EnforceCore): EnforceCore {
  return {
    ...child,
    paths: { ...parent.paths, ...child.paths },
    extends: parent.extends,
    allowed: child.allowed ?? parent.allowed,
    where: child.allowed ? child.where : child.where ?? parent.where,
    denied: [...new Set([...parent.denied, ...child.denied])],
    pii: child.pii ?? parent.pii,
    redactOutput: child.pii ? child.redactOutput : child.redactOutput || parent.redactOutput,
    duration: child.duration ?? parent.duration,
    memoryMb: child.memoryMb ?? parent.memoryMb,
    costUsd: child.costUsd ?? parent.costUsd,
    outputBytes: child.outputBytes ?? parent.outputBytes,
    network: child.network ? { ...child.network, denied: [...new Set([...(parent.network?.denied ?? []), ...child.network.denied])] } : parent.network,
    content: child.content && parent.content ? byName([...child.content, ...parent.content]) : child.content ?? parent.content,
    rates: child.rates
      ? { tools: new Map([...(parent.rates?.tools ?? []), ...child.rates.tools]), all: child.rates.all ?? parent.rates?.all }
      : parent.rates,
  };
}

function byName(patterns: readonly ContentPattern[]): readonly ContentPattern[] {
  return patterns.filter(({ name }, index) => patterns.findIndex((other) => other.name === name) === index);
}
