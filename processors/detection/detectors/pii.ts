import type { Detector } from "../detector.ts";
import { PII_AFRICA_MIDDLE_EAST } from "./pii-africa-middle-east.ts";
import { PII_ASIA } from "./pii-asia.ts";
import { PII_EUROPE_CENTRAL } from "./pii-europe-central.ts";
import { PII_EUROPE_EAST } from "./pii-europe-east.ts";
import { PII_EUROPE_NORTH } from "./pii-europe-north.ts";
import { PII_EUROPE_SOUTH } from "./pii-europe-south.ts";
import { PII_EUROPE_WEST } from "./pii-europe-west.ts";
import { PII_LATIN_AMERICA } from "./pii-latin-america.ts";
import { PII_OCEANIA } from "./pii-oceania.ts";
import { PII_PAYMENT } from "./pii-payment.ts";
import { PII_PERSON } from "./pii-person.ts";
import { PII_UNIVERSAL } from "./pii-universal.ts";
import { PII_US_CANADA } from "./pii-us-canada.ts";

/** Every detector of personal data. Those of a country apply where a policy names it; names and addresses are not here. */
export const PII: readonly Detector[] = [
  ...PII_UNIVERSAL, ...PII_PAYMENT, ...PII_PERSON, ...PII_US_CANADA, ...PII_LATIN_AMERICA, ...PII_EUROPE_WEST, ...PII_EUROPE_CENTRAL,
  ...PII_EUROPE_SOUTH, ...PII_EUROPE_NORTH, ...PII_EUROPE_EAST, ...PII_ASIA, ...PII_OCEANIA, ...PII_AFRICA_MIDDLE_EAST,
];
