import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { audit } from "./audit.ts";
import { fleet } from "./fleet.ts";
import { overview } from "./overview.ts";
import { search } from "./search.ts";

/** File name → board. Those on metrics come first. */
export const BOARDS: Readonly<Record<string, () => Dashboard>> = { overview, audit, fleet, search };
