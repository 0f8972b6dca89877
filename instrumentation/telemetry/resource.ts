import { attributesOf, type Clean } from "./item.ts";

/** What of a resource is the same in the SDK's versions 1 to 3. */
export interface Resource {
  readonly attributes: object;
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
  merge(other: never): object;
}

const COMMAND_ARGUMENTS = "process.command_args";

/** The attributes of a resource; the same map where there is nothing to take out. */
export function cleanResource(attributes: object, clean: Clean): object {
  const [cleaned] = clean([attributes]);
  const kept = attributesOf(cleaned);
  const args = (kept as Record<string, unknown>)[COMMAND_ARGUMENTS];
  if (!Array.isArray(args)) return kept;
  const joined = cleanArguments(args, clean);
  return joined === args ? kept : { ...kept, [COMMAND_ARGUMENTS]: joined };
}

/** An option and its value are two arguments; what the value is can only be told from both. */
function cleanArguments(args: readonly unknown[], clean: Clean): readonly unknown[] {
  let cleaned: unknown[] | undefined;
  for (let index = 1; index < args.length; index++) {
    const [option, value] = [args[index - 1], args[index]];
    if (typeof option !== "string" || typeof value !== "string" || !option.startsWith("-")) continue;
    const [pair] = clean([`${option} ${value}`]);
    if (pair === `${option} ${value}`) continue;
    cleaned ??= [...args];
    cleaned[index] = String(pair).startsWith(`${option} `) ? String(pair).slice(option.length + 1) : pair;
  }
  return cleaned ?? args;
}

/**
 * A resource as it may leave the process, for who asks it again and again: its attributes may still be detected.
 *
 * @param attributes what {@link Resource.attributes} is to tell, at any time
 * @param leaving the same for another resource that comes of this one
 */
export function leavingResource<T extends Resource>(resource: T, attributes: () => object, leaving: (resource: object) => object): T {
  const view: T = Object.create(resource, {
    attributes: { get: attributes, enumerable: true },
    asyncAttributesPending: { get: () => resource.asyncAttributesPending },
    waitForAsyncAttributes: { value: () => resource.waitForAsyncAttributes?.() },
    getRawAttributes: { value: () => Object.entries(attributes()) },
    merge: { value: (other: never) => leaving(resource.merge(other)) },
  }) as T;
  return view;
}
