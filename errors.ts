/**
 * The one table of everything that can go wrong, with its remedy. `docs/errors.md` is generated from it.
 *
 * @module
 */

/** Code → what happened (`{name}` is filled in) and what to do about it. */
export const ERRORS = {
  SG_ENV_INVALID: ["{variable}={value} is not valid: {problem}", "Set {variable} to {expected}, or unset it."],
  SG_POLICY_UNREADABLE: ["cannot read the policy {file}: {problem}", "Check the path in SPANGATE_POLICY and that this user may read it."],
  SG_POLICY_TOO_LARGE: ["the policy {file} is {size} bytes, more than {limit}", "Split the policy; a policy of this size is not written by a person."],
  SG_POLICY_SYNTAX: ["{place}: not valid YAML: {problem}", "Mend the YAML at that place."],
  SG_POLICY_INVALID: ["{place}: {problem}", "Mend the policy at that place; docs/policy.md lists every key."],
  SG_POLICY_UNKNOWN_KEY: ["{place}: unknown key \"{key}\"{nearest}", "Rename or remove the key; docs/policy.md lists every key."],
  SG_AUDIT_UNWRITABLE: ["cannot write the audit log in {directory}: {problem}", "Make the directory writable for this user, or set SPANGATE_AUDIT_DIR to one that is."],
  SG_AUDIT_CORRUPT: ["the audit log {file} is damaged at line {line}: {problem}", "Run `spangate verify {directory}`, keep the file as evidence and set SPANGATE_AUDIT_DIR to a new directory."],
  SG_PORT_IN_USE: ["the Prometheus endpoint {host}:{port} cannot be opened: {problem}", "Set OTEL_EXPORTER_PROMETHEUS_PORT to a free port, or stop what uses this one."],
  SG_NOT_GATED: ["{module} can run tools and is not gated: {reason}", "{remedy}"],
  SG_LOADER_UNAVAILABLE: ["this Node ({version}) has no module.registerHooks", "Run Node ^22.22.3, ^24.15.0 or >=26."],
  SG_DENIED: ["{tool} was not allowed: {reason}", "Ask whoever owns the policy, or change the request."],
  SG_ARGUMENTS_UNREADABLE: ["the arguments of {tool} cannot be copied: {problem}", "Pass plain data to the tool."],
  SG_USAGE: ["{problem}", "Run `spangate --help`."],
} as const;

export type ErrorCode = keyof typeof ERRORS;

const BRAND = Symbol.for("spangate.error");

/**
 * An error with a stable code and a remedy. `instanceof` holds across copies of this package (a preload
 * bundle and the library are two copies in one process), since it looks at a brand and not at the class.
 */
export class SpangateError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, details: Readonly<Record<string, string | number>> = {}, options?: ErrorOptions) {
    const [message, remedy] = ERRORS[code];
    super(fill(message, details), options);
    this.name = "SpangateError";
    this.code = code;
    this.remedy = fill(remedy, details);
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  /** One line for a person: code, what happened, what to do. */
  get line(): string {
    return `spangate: ${this.code}: ${this.message}. ${this.remedy}`;
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function fill(template: string, details: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? `{${name}}`));
}
