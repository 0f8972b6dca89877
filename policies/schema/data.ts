/**
 * Sections about what calls carry: redaction, content, secrets, network, files.
 *
 * @module
 */
import * as z from "zod/mini";
import { coversDomain } from "../domain-cover.ts";
import { doc } from "./doc.ts";
import { type Ner, ner } from "./ner.ts";
import { domains, listOf, name, patterns, text } from "./units.ts";

export type Direction = "arguments" | "results";
/** What happens to a value that was found. */
export const STRATEGIES = ["placeholder", "mask", "hash", "remove", "tokenize"] as const;
export type Strategy = (typeof STRATEGIES)[number];
/** What happens to a call in which something was found. */
export const ACTIONS = ["block", "flag", "off"] as const;
export type Action = (typeof ACTIONS)[number];

/** Another way for some of what is taken out; the first that applies counts. */
export interface RedactOverride {
  /** Ids or categories of detectors, or patterns of them. */
  readonly detectors: readonly string[];
  readonly in: readonly Direction[];
  readonly tool: readonly string[];
  readonly strategy: Strategy | "keep";
  readonly preserve_form: boolean;
}

export interface Redact {
  /** Ids or categories of detectors, or patterns of them. Default `all`. */
  readonly detectors: "all" | readonly string[];
  /** Default both. */
  readonly in: readonly Direction[];
  /** Default every tool. */
  readonly tool: readonly string[];
  /** Default `placeholder`. */
  readonly strategy: Strategy;
  /** Values of the same form in the place of what is taken out. */
  readonly preserve_form: boolean;
  readonly overrides: readonly RedactOverride[];
  /** Tools that get the values of tokens back. */
  readonly restore: readonly string[];
}

/** A detector of the author's own; the contract is that of the built-in ones. */
export interface CustomDetector {
  readonly id: string;
  readonly category: "pii" | "secret" | "injection" | "content";
  readonly locale?: string | undefined;
  /** RE2. Where to look: literals and short cores. */
  readonly triggers: readonly string[];
  /** RE2. */
  readonly pattern: string;
  readonly context?: readonly string[] | undefined;
  readonly needs_context: boolean;
  readonly score: number;
  readonly matches: readonly string[];
  readonly misses: readonly string[];
  readonly overridable: boolean;
}

/** What redaction, secrets and records look for, and how. */
export interface Detection {
  /** ISO 3166-1 alpha-2, lower case: country ids are only looked for where their country is named. */
  readonly locales: readonly string[];
  /** Least score of a finding. Default 0.5. */
  readonly threshold: number;
  readonly detectors: readonly CustomDetector[];
  /** What happens to a call of which not everything was looked at, since a limit cut it short or it could not be read. Default block. */
  readonly incomplete: Action;
  /** What happens to a call with something in it that nobody can look into: bytes that are no text, streams, functions. Default flag. */
  readonly unscannable: Action;
  /** Names and places, by a model. */
  readonly ner?: Ner | undefined;
}

export interface Content {
  /** Rule of the content catalogue, or a pattern of them → what to do. */
  readonly rules: Readonly<Record<string, Action>>;
  readonly tool: readonly string[];
}

export interface Secrets {
  readonly in: readonly Direction[];
  readonly action: Action;
  readonly tool: readonly string[];
}

export interface Network {
  readonly allow?: readonly string[] | undefined;
  readonly deny: readonly string[];
  /** Addresses that are not on the public internet, cloud metadata among them. Default deny. */
  readonly private: "allow" | "deny";
  readonly schemes: readonly string[];
}

export interface Files {
  readonly roots?: readonly string[] | undefined;
  readonly read?: readonly string[] | undefined;
  readonly write?: readonly string[] | undefined;
  readonly deny: readonly string[];
}

const direction = z.enum(["arguments", "results"]);
const directions = (): z.ZodMiniType<readonly Direction[]> => doc(z._default(z.array(direction).check(z.minLength(1)), ["arguments", "results"]), "Where to look.", { example: "in: [results]", merge: "union" });
const everyTool = (): z.ZodMiniType<readonly string[]> => doc(z._default(patterns, ["*"]), "For which tools.", { example: "tool: crm_*", merge: "union" });

const override = z.strictObject({
  detectors: patterns,
  in: z._default(z.array(direction).check(z.minLength(1)), ["arguments", "results"]),
  tool: z._default(patterns, ["*"]),
  strategy: z.enum([...STRATEGIES, "keep"]),
  preserve_form: z._default(z.boolean(), false),
});

export const redact: z.ZodMiniType<Redact> = z.strictObject({
  detectors: doc(z._default(z.union([z.literal("all"), z.array(name).check(z.minLength(1))]) as z.ZodMiniType<"all" | readonly string[]>, "all"), "`all`, or ids of detectors, categories (`pii`, `secret`), or patterns of them.", { example: "detectors: [pii, credit_card, aws_*]", merge: "union" }),
  in: directions(),
  tool: everyTool(),
  strategy: doc(z._default(z.enum(STRATEGIES), "placeholder"), "What stands in the place of a value: `placeholder` (`[REDACTED:email]`), `mask` (the last four characters are left), `hash` (keyed, so that equal values stay equal), `remove`, or `tokenize` (encrypted; tools in `restore` get it back). `hash` and `tokenize` need the key in `SPANGATE_REDACTION_KEY`.", { example: "strategy: mask" }),
  preserve_form: doc(z._default(z.boolean(), false), "With `placeholder` and `mask`: a value of the same form that is nobody's, so that the schema of a tool still accepts it. A redacted e-mail address is still one.", { example: "preserve_form: true" }),
  overrides: doc(z._default(z.array(override), []), "Another strategy (or `keep`) for some detectors, directions or tools; the first that applies counts.", { example: "overrides: [{ detectors: [email], tool: send_mail, in: [arguments], strategy: keep }]", merge: "own" }),
  restore: doc(z._default(patterns, []), "Tools that get the values of tokens back in their arguments; a token of another tenant, or one that was made up, is a denial.", { example: "restore: [send_mail, charge_card]", merge: "narrow" }),
});

const customDetector = z.strictObject({
  id: z.string().check(z.regex(/^[a-z][a-z0-9_]{1,63}$/, "an id is lower-case letters, digits and underscores, like employee_number")),
  category: z._default(z.enum(["pii", "secret", "injection", "content"]), "pii"),
  locale: z.optional(z.string().check(z.regex(/^[a-z]{2}$/, "a country as ISO 3166-1 alpha-2 in lower case, like de"))),
  triggers: z.array(text(200)).check(z.minLength(1)),
  pattern: text(1_000),
  context: z.optional(z.array(name).check(z.minLength(1))),
  needs_context: z._default(z.boolean(), false),
  score: z._default(z.number().check(z.minimum(0), z.maximum(1)), 0.6),
  matches: z.array(text(1_000)).check(z.minLength(1)),
  misses: z.array(text(1_000)).check(z.minLength(1)),
  overridable: z._default(z.boolean(), false),
});

export const detection: z.ZodMiniType<Detection> = z.strictObject({
  locales: doc(z._default(z.array(z.string().check(z.regex(/^[a-z]{2}$/, "a country as ISO 3166-1 alpha-2 in lower case, like de"))), []), "Countries whose ids (tax numbers, identity cards …) are looked for.", { example: "locales: [de, fr, us]", merge: "union" }),
  threshold: doc(z._default(z.number().check(z.minimum(0), z.maximum(1)), 0.5), "Least score of a finding, 0 to 1; the lower, the more is found and the more of it is wrong.", { example: "threshold: 0.6", merge: "stricter" }),
  detectors: doc(z._default(z.array(customDetector), []), "Detectors of your own, in RE2 syntax: `triggers` say where to look, `pattern` what is there; `matches` and `misses` are tried when the policy is loaded.", { example: 'detectors: [{ id: employee_number, triggers: ["EMP-"], pattern: "EMP-[0-9]{6}", matches: [EMP-123456], misses: [EMP-12] }]', merge: "by-id" }),
  ner: doc(z.optional(ner), "Names of people, places and organisations in running text, which no rule can find, by a model of your own (ONNX, loaded by `@huggingface/transformers`, which you install). It works where `redact` does, in a thread of its own.", { example: "ner: { model: ./models/ner }" }),
  incomplete: doc(z._default(z.enum(ACTIONS), "block"), "What happens to a call, or to a result, of which not everything was looked at: too large, too deep, too many values, unreadable.", { example: "incomplete: block", merge: "stricter", order: ["off", "flag", "block"] }),
  unscannable: doc(z._default(z.enum(ACTIONS), "flag"), "The same for what nobody can look into: bytes that are no text, streams, functions.", { example: "unscannable: block", merge: "stricter", order: ["off", "flag", "block"] }),
});

export const content: z.ZodMiniType<Content> = z.strictObject({
  rules: doc(z._default(z.record(name, z.enum(ACTIONS)), {}), "Content rule, or a pattern of them, and what to do; without an entry each does what its level says. `content.too_complex`, a block: a text that cannot be looked at to its end (longer than 1,048,576 characters, nested deeper than is followed, or costing more steps than its length allows).", { example: "rules: { \"shell.*\": block, sql.comment: flag }" }),
  tool: everyTool(),
});

export const secrets: z.ZodMiniType<Secrets> = z.strictObject({
  in: directions(),
  action: doc(z._default(z.enum(ACTIONS), "block"), "What happens to a call that carries a secret.", { example: "action: block", merge: "stricter", order: ["off", "flag", "block"] }),
  tool: everyTool(),
});

export const network: z.ZodMiniType<Network> = z.strictObject({
  allow: doc(z.optional(domains), "The only hosts a call may name or reach. `example.com` is only itself, `*.example.com` every name below it, `.example.com` both; elsewhere `*` stands for any characters and `?` for one. Addresses in the same way: `192.0.2.1`, `192.0.2.*`. No scheme, port, path or CIDR.", { example: "allow: [api.example.com, \"*.example.org\"]", merge: "narrow", covers: coversDomain }),
  deny: doc(z._default(domains, []), "Hosts that no call may name or reach, allowed or not. Patterns as in `allow`.", { example: "deny: [\"*.evil.example\"]", merge: "union" }),
  private: doc(z._default(z.enum(["allow", "deny"]), "deny"), "What is not on the public internet, allowed or not: this machine (Unix sockets too), private, link-local and reserved addresses, cloud metadata, internal names (`db`, `*.internal`), names that resolve to what they contain (`10.0.0.1.nip.io`). `allow` opens all of it, the metadata too: deny that.", { example: "private: deny", merge: "stricter", order: ["allow", "deny"], firm: true }),
  schemes: doc(z._default(listOf(name), ["http", "https"]), "The only schemes of URLs, and of HTTP requests.", { example: "schemes: [https]", merge: "narrow", firm: true }),
});

export const files: z.ZodMiniType<Files> = z.strictObject({
  roots: doc(z.optional(listOf(text(1_024))), "The only folders that paths may lead into.", { example: "roots: [/srv/data]", merge: "narrow" }),
  read: doc(z.optional(patterns), "The only paths that may be read.", { example: "read: [\"/srv/data/*\"]", merge: "narrow" }),
  write: doc(z.optional(patterns), "The only paths that may be written.", { example: "write: [\"/srv/data/out/*\"]", merge: "narrow" }),
  deny: doc(z._default(patterns, []), "Paths that no call may name.", { example: "deny: [\"*/.ssh/*\", \"*/.env\"]", merge: "union" }),
});

