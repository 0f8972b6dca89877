import { attributesOf, type Kind, UNREADABLE } from "./item.ts";

/** An instrumentation scope. */
export interface Scope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  readonly attributes?: object;
}

export const SCOPE: Kind<Scope> = {
  changes(scope, clean) {
    const parts = [scope.name, scope.version, scope.schemaUrl, scope.attributes] as const;
    const cleaned = clean(parts);
    if (cleaned === parts) return undefined;
    const [name, version, schemaUrl, attributes] = cleaned;
    return { name, version, schemaUrl, ...(attributes && { attributes: attributesOf(attributes) }) };
  },

  withheld: () => ({ name: UNREADABLE, version: undefined, schemaUrl: undefined, attributes: undefined }),
};
