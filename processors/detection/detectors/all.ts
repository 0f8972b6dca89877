import type { Detector } from "../detector.ts";
import { INJECTION } from "./injection.ts";
import { PII } from "./pii.ts";
import { SECRETS_CLOUD } from "./secrets-cloud.ts";
import { SECRETS_CONNECTIONS } from "./secrets-connections.ts";
import { secretsGitleaks } from "./secrets-gitleaks.ts";
import { SECRETS_HEADERS } from "./secrets-headers.ts";
import { SECRETS_KEYS } from "./secrets-keys.ts";
import { SECRETS_KUBERNETES } from "./secrets-kubernetes.ts";
import { SECRETS_PASSWORDS } from "./secrets-passwords.ts";
import { SECRETS_SHAPES } from "./secrets-shapes.ts";
import { SECRETS_TOKENS } from "./secrets-tokens.ts";

/** Every detector that is shipped. */
export function allDetectors(): readonly Detector[] {
  return [
    ...SECRETS_KEYS, ...SECRETS_TOKENS, ...SECRETS_CLOUD, ...SECRETS_CONNECTIONS, ...SECRETS_HEADERS, ...SECRETS_KUBERNETES, ...SECRETS_PASSWORDS, ...SECRETS_SHAPES, ...secretsGitleaks(), ...PII, ...INJECTION,
  ];
}
