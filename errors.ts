/**
 * The one table of everything that can go wrong, with its remedy. `docs/errors.md` is generated from it.
 *
 * @module
 */

/** Code → what happened (`{name}` is filled in) and what to do about it. */
export const ERRORS = {
  SG_ENV_INVALID: ["{variable}={value} is not valid: {problem}", "Mend it, or unset it."],
  SG_POLICY_UNREADABLE: ["cannot read the policy {file}: {problem}", "Check the path (SPANGATE_POLICY names that of a process) and that this user may read it."],
  SG_POLICY_TOO_LARGE: ["the policy {file} is {size} bytes, more than {limit}", "Split the policy; a policy of this size is not written by a person."],
  SG_POLICY_SYNTAX: ["{place}: not valid YAML: {problem}", "Mend the YAML at that place."],
  SG_POLICY_INVALID: ["{place}: {problem}", "Mend the policy at that place; docs/policy.md lists every key."],
  SG_POLICY_UNKNOWN_KEY: ["{place}: unknown key \"{key}\"{nearest}", "Rename or remove the key; docs/policy.md lists every key."],
  SG_POLICY_PARENT_UNREADABLE: ["{file} extends {parent}, which cannot be read: {problem}", "Mend the path in extends; paths are relative to the file that names them."],
  SG_POLICY_CYCLE: ["{place}: extends {parent}, which extends this file again", "Remove one of the two extends."],
  SG_POLICY_WIDENS: ["{place}: looser than {parent} permits: {problem}", "Narrow it, or have {parent} say overridable."],
  SG_POLICY_SELF_TEST: ["{file}: self_test {case}: expected {expected}, and it is {found}", "Mend the rule or the case; `spangate explain` tells which rules matched."],
  SG_POLICY_UNTRUSTED: ["the policy {policy} must not be put in force: {problem}", "{remedy}"],
  SG_POLICY_KEY: ["the keys in SPANGATE_POLICY_KEY cannot be used: {problem}", "Give verifier keys (`spangate audit keygen <file> --name <name>` prints one), or the path of a file with one on each line."],
  SG_REDACTION_KEY: ["the policy redacts by hash or token, and {variable} is no key: {problem}", "Set {variable} to 32 random bytes in base64: openssl rand -base64 32."],
  SG_DETECTOR_INVALID: ["the detector {id} of the policy is not valid: {problem}", "Mend its triggers, pattern or examples; the contract stands in docs/policy.md under detection."],
  SG_DETECTOR_UNKNOWN: ["{path}: {problem}", "Name a detector, a category (pii, secret), or a pattern of them; `spangate packs detectors` lists them."],
  SG_NER_UNAVAILABLE: ["the model for names in {model} cannot be used: {problem}", "Install @huggingface/transformers and put the model (config.json, tokenizer.json, onnx/model.onnx) into that folder."],
  SG_PACK_UNKNOWN: ["{file} extends {name}, and there is no pack of that name{nearest}", "`spangate packs` lists the packs; the name of a file starts with ./ or ends in .yaml."],
  SG_REGISTRY_UNKNOWN: ["there is no action registry {name}{nearest}", "`spangate packs` lists the registries; the path of a folder starts with ./ or /."],
  SG_REGISTRY_INTEGRITY: ["the action registry file {file} is not as its manifest says: {problem}", "Restore the file, or review it and write a new manifest with `spangate packs manifest`."],
  SG_LIMITS_STORE: ["the store of limits {store} cannot be used: {problem}", "{remedy}"],
  SG_AUDIT_UNWRITABLE: ["cannot write the audit log in {directory}: {problem}", "Make the directory writable for this user, or set SPANGATE_AUDIT_DIR to one that is."],
  SG_AUDIT_CORRUPT: ["the audit log {file} is damaged at {place}: {problem}", "A new log was begun beside it. Run `spangate verify` on the directory, and keep the file as evidence."],
  SG_AUDIT_RECORD_TOO_LARGE: ["a record of type {type} has {size} bytes, more than {limit}", "Shorten what the policy puts into it: names, reasons, flags."],
  SG_AUDIT_KEY: ["the signing key {where} cannot be used: {problem}", "Give an Ed25519 private key in a file of mode 600 (of the audit log: SPANGATE_AUDIT_KEY_FILE), or a signer that answers."],
  SG_AUDIT_TRUST: ["cannot verify with {where}: {problem}", "Mend it; `spangate verify --help` tells what it takes."],
  SG_DESTINATIONS_INVALID: ["the audit destinations cannot be used: {problem}", "Mend the file that SPANGATE_AUDIT_DESTINATIONS names, or set what it asks for; docs/shipping.md lists every key."],
  SG_VAULT_KEY: ["the vault key {where} cannot be used: {problem}", "Restore the key, or set SPANGATE_VAULT_KEY to 32 random bytes: openssl rand -base64 32."],
  SG_AUDIT_UPKEEP: ["the segment {file} of the audit log stays as it is: {problem}", "Nothing is lost. It is tried again when the next segment ends; `spangate audit prune` tries it now."],
  SG_AUDIT_APPEND_ONLY: ["the append-only flag cannot be set on {file}", "It takes CAP_LINUX_IMMUTABLE and a file system that has it (ext4, XFS, Btrfs); where they are missing set audit.append_only to false."],
  SG_AUDIT_HELD: ["{what} is refused: the legal hold {hold} of {who} is in force since {since} ({why})", "When it is over: `spangate audit hold release {hold}`."],
  SG_AUDIT_HOLD: ["the legal hold {name} cannot be changed: {problem}", "{remedy}"],
  SG_AUDIT_NOT_PROVEN: ["record {place} cannot be proven: {problem}", "{remedy}"],
  SG_AUDIT_MEMBER: ["the members of {directory} do not go on as they were seen before: {problem}", "Keep the files and run `spangate verify` on each: a directory restored from a copy, a second writer, or somebody who changed a log."],
  SG_AUDIT_TILE: ["the tile {path} cannot be used: {problem}", "Restore the tiles from a copy, or have them written again from the log; keep what is there as evidence."],
  SG_AUDIT_TILE_ENTRY: ["record {index} is {size} bytes, more than the {limit} of an entry of a tile", "Keep large arguments out of the records: `args` is cut before it gets that long."],
  SG_AUDIT_WITNESS_UNREACHABLE: ["the witness {witness} gave no cosignature: {problem}", "Nothing is lost, and a later checkpoint covers the same records; see whether the witness is up and can be reached from here."],
  SG_AUDIT_WITNESS_REFUSED: ["the witness {witness} refuses the log {origin}: {problem}", "Give the operator of the witness the origin and the verifier key of this log."],
  SG_AUDIT_WITNESS_CONFLICT: ["the witness {witness} saw another history of {origin}: {problem}", "Keep the files and run `spangate verify`: a directory restored from a copy, a second writer, or somebody who changed the log. Go on with a new log."],
  SG_AUDIT_WITNESS_ANSWER: ["the answer of the witness {witness} cannot be believed: {problem}", "Compare its verifier key with the one that its operator publishes, and see what stands between it and this process."],
  SG_PORT_IN_USE: ["the Prometheus endpoint {host}:{port} cannot be opened: {problem}", "Set OTEL_EXPORTER_PROMETHEUS_PORT to a free port, or stop what uses this one."],
  SG_NOT_GATED: ["{module} can run tools and is not gated: {reason}", "{remedy}"],
  SG_LOADER_UNAVAILABLE: ["this Node ({version}) has no module.registerHooks", "Run Node ^22.22.3, ^24.15.0 or >=26."],
  SG_DENIED: ["{tool} was not allowed: {reason}", "Ask whoever owns the policy, or change the request."],
  SG_ARGUMENTS_UNREADABLE: ["the arguments of {tool} cannot be copied: {problem}", "Pass plain data to the tool."],
  SG_USAGE: ["{problem}", "Run `{command} --help`."],
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
    const line = `spangate: ${this.code}: ${this.message}. ${this.remedy}`;
    return oneLine(line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line);
  }
}

/** Longest line that an error makes, in characters: a key of a file may have megabytes. */
const LONGEST_LINE = 8_000;
/** What would begin a line that passes for one of ours, move the cursor of a terminal, or turn the direction of text. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text of others on one line, as it stands and does nothing. */
export function oneLine(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The text of anything that was thrown; never throws itself. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return "something that has no text";
  }
}

function fill(template: string, details: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? `{${name}}`));
}
