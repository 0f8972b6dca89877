/** Attacks in the arguments of tool calls, by what the arguments are meant to be. @module */
export { CATALOGUE } from "./catalogue.ts";
export type { ContentFinding, ContentKind, ContentRule, Level, Role } from "./finding.ts";
export { inspectContent, type ContentOptions } from "./inspect.ts";
export { roleOf } from "./role.ts";
export { classifyHost, matchesDomain, type HostClass, type HostFacts } from "./url/host.ts";
export { hostsOf, type HostInText } from "./url/find.ts";
