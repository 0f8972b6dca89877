import type { InjectionDetector } from "../injection/kind.ts";
import { INJECTION_AUTHORITY } from "./injection-authority.ts";
import { INJECTION_HIDDEN } from "./injection-hidden.ts";
import { INJECTION_LANGUAGES } from "./injection-languages.ts";
import { INJECTION_LEAKS } from "./injection-leaks.ts";
import { INJECTION_OVERRIDE } from "./injection-override.ts";
import { INJECTION_PERSONA } from "./injection-persona.ts";
import { INJECTION_ROLES } from "./injection-roles.ts";
import { INJECTION_TOOLS } from "./injection-tools.ts";

/** Everything that is evidence for an injection. */
export const INJECTION: readonly InjectionDetector[] = [
  ...INJECTION_OVERRIDE, ...INJECTION_ROLES, ...INJECTION_AUTHORITY, ...INJECTION_PERSONA, ...INJECTION_LEAKS, ...INJECTION_TOOLS, ...INJECTION_HIDDEN, ...INJECTION_LANGUAGES,
];
