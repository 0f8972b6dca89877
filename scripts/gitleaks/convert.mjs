// From a rule of gitleaks to the record that the product loads: what to look for, where, and what not to believe.
import { requiredLiterals } from "./literals.mjs";
import { parsePattern } from "./pattern.mjs";

/** Rules of which a detector of our own finds the same values and more, so that one value is one finding. */
export const REPLACED = {
  "aws-access-token": "aws_access_key",
  "curl-auth-header": ["authorization_header", "basic_auth", "bearer_token"],
  "github-app-token": "github_token",
  "github-fine-grained-pat": "github_token",
  "github-oauth": "github_token",
  "github-pat": "github_token",
  "github-refresh-token": "github_token",
  "hashicorp-tf-password": "password_assignment",
  "jwt": "jwt",
  "kubernetes-secret-yaml": ["kubernetes_secret", "kubernetes_secret_data_first"],
  "private-key": "private_key",
  "slack-app-token": "slack_token",
  "slack-bot-token": "slack_token",
  "slack-config-access-token": "slack_token",
  "slack-config-refresh-token": "slack_token",
  "slack-legacy-bot-token": "slack_token",
  "slack-legacy-token": "slack_token",
  "slack-legacy-workspace-token": "slack_token",
  "slack-user-token": "slack_token",
};

/** Where the literals of a pattern are too short, too many or too common to look for. */
const TRIGGERS = {
  "1password-secret-key": ["A3-[A-Z0-9]"],
  "airtable-personnal-access-token": ["pat[a-zA-Z0-9]{14}\\."],
  "dropbox-long-lived-api-token": ["(?i)dropbox"],
  "facebook-access-token": ["(?i)facebook"],
  "generic-api-key": ["(?i)token", "(?i)secret", "(?i)passw", "(?i)cred", "(?i)auth", "(?i)access", "(?i)key", "[Aa]pi", "API"],
  "harness-api-key": ["[ps]at\\.[a-zA-Z0-9_-]{8}"],
  "huggingface-access-token": ["hf_[a-zA-Z]"],
  "jwt-base64": ["ZXlK"],
  "linkedin-client-id": ["(?i)linked[_-]?in"],
  "linkedin-client-secret": ["(?i)linked[_-]?in"],
  "nuget-config-password": ["(?i)<add key="],
  "octopus-deploy-api-key": ["API-[A-Z0-9]{6}"],
  "sendgrid-api-token": ["SG\\.[a-zA-Z0-9=_-]"],
  "sidekiq-sensitive-url": ["(?i)contribsys"],
  "slack-webhook-url": ["hooks\\.slack\\.com/"],
  "snyk-api-token": ["(?i)snyk"],
  "sourcegraph-access-token": ["(?i)sgp_", "(?i)sourcegraph"],
  "twilio-api-key": ["SK[0-9a-fA-F]{8}"],
  "vault-service-token": ["hvs\\.", "\\bs\\.[a-zA-Z0-9]{8}"],
  "azure-ad-client-secret": ["\\dQ~[a-zA-Z0-9_~.-]"],
};

/** Rules whose groups only structure the pattern: all of the match is the secret. */
const WHOLE = new Set(["jwt-base64", "microsoft-teams-webhook"]);
/** Shortest literal that is looked for by itself. */
const SHORTEST_TRIGGER = 4;

/** The head of the rules that go by a name: any word before the name, which costs much and says nothing. */
const HEAD = /^\(\?i\)\[\\w\.-\]\{0,50\}\?|^\[\\w\.-\]\{0,50\}\?\(\?i:\[\\w\.-\]\{0,50\}\?/;
const HEADS = { "(?i)[\\w.-]{0,50}?": "(?i)", "[\\w.-]{0,50}?(?i:[\\w.-]{0,50}?": "(?i:" };
/** What stands between such a name and its value. */
const NAME_TO_VALUE = "(?:=|>|:{1,3}=|\\|\\||:|=>|\\?=|,)";
/** What must follow a secret in a source file. */
const END = "(?:[\\x60'\"\\s;]|\\\\[nr]|$)";
/** The same in what tools are given: prose, URLs, markup and JSON too. */
const OPEN_END = "(?:[\\x60'\"\\s;,)\\]}<>&|]|\\\\[nr]|[.!?](?:\\s|$)|$)";
/** How single rules write the end. */
const OTHER_ENDS = { "azure-ad-client-secret": "(?:$|[\\\\'\"\\x60\\s<),])", "curl-auth-user": "(?:\\s|\\z)", "sidekiq-sensitive-url": "(?:[\\/|\\#|\\?|:]|$)" };

/** How sure a match is. By its own form; by the name before it; by a name that may mean anything. */
const SCORE = { form: 0.9, name: 0.7, generic: 0.5 };

/** @returns records without examples; none for what has no pattern (a rule for file names) or is replaced */
export function convert(rule) {
  if (rule.regex === undefined || rule.id in REPLACED) return [];
  const generic = rule.id === "generic-api-key";
  const source = rule.regex.replace(HEAD, (head) => HEADS[head]).replaceAll(OTHER_ENDS[rule.id] ?? END, rule.id in OTHER_ENDS ? `(?:${OPEN_END}|[\\\\/#?:])` : OPEN_END);
  const branches = branchesOf(rule, source);
  return branches.map((branch, index) => ({
    id: rule.id.replaceAll("-", "_") + (index > 0 ? `_${index + 1}` : ""),
    rule: rule.id,
    triggers: TRIGGERS[rule.id] ?? triggersOf(rule, branch),
    ...captured(rule, branch),
    ...(rule.entropy !== undefined && { entropy: rule.entropy }),
    ...allowLists(rule),
    score: generic ? SCORE.generic : branch.includes(NAME_TO_VALUE) ? SCORE.name : SCORE.form,
  }));
}

/** A rule that is two rules (`this(secret)|that(secret)`) becomes two: a detector has one group. */
function branchesOf(rule, source) {
  const { node } = parsePattern(source);
  if (node.kind !== "any" || WHOLE.has(rule.id) || rule.secretGroup) return [source];
  const parts = source.split("|\\b");
  const flags = /^\(\?i\)/.exec(source)?.[0] ?? "";
  if (parts.length !== node.nodes.length) throw new Error(`${rule.id}: cannot be split at its alternatives`);
  return parts.map((part, index) => (index === 0 ? part : `${flags}\\b${part}`));
}

/** The pattern with only the group that holds the secret left capturing. */
function captured(rule, source) {
  const { groups } = parsePattern(source);
  const outer = groups.filter((group) => !groups.some((other) => other !== group && other.from < group.from && other.to > group.to));
  const wanted = WHOLE.has(rule.id) ? undefined : rule.secretGroup ? groups[rule.secretGroup - 1] : outer[0];
  if (!WHOLE.has(rule.id) && !rule.secretGroup && outer.length > 1) throw new Error(`${rule.id}: which of its groups holds the secret?`);
  let pattern = source;
  for (const group of groups.toReversed()) {
    const opening = group === wanted ? "(" : "(?:";
    pattern = pattern.slice(0, group.from) + opening + pattern.slice(group.from + group.opening.length);
  }
  return { pattern, ...(wanted && { group: 1 }) };
}

function triggersOf(rule, source) {
  const literals = requiredLiterals(parsePattern(source).node);
  if (!literals) throw new Error(`${rule.id}: no literal to look for`);
  const texts = literals.fold ? literals.texts.map((text) => text.toLowerCase()) : literals.texts;
  const needed = [...new Set(texts)].filter((text) => !texts.some((other) => other !== text && text.includes(other)));
  const short = needed.find((text) => text.length < SHORTEST_TRIGGER);
  if (short !== undefined) throw new Error(`${rule.id}: ${JSON.stringify(short)} is too short to look for`);
  return needed.map((text) => (literals.fold ? "(?i)" : "") + text.replace(/[.+*?()|[\]{}^$\\]/g, "\\$&"));
}

/** Paths and commits are nothing that a tool call has. A list that asks for a path as well never applies. */
export function allowLists(rule) {
  const lists = (rule.allowlists ?? []).filter((list) => !(list.condition === "AND" && (list.paths || list.commits)) && (list.regexes || list.stopwords));
  return lists.length === 0 ? {} : {
    allow: lists.map(({ regexTarget = "secret", condition = "OR", regexes, stopwords }) => ({
      in: regexTarget,
      ...(condition === "AND" && { all: true }),
      ...(regexes && { patterns: regexes }),
      ...(stopwords && { words: stopwords.map((word) => word.toLowerCase()) }),
    })),
  };
}
