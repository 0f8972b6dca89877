import type { Detector } from "../detector.ts";
import { ENDED, ASSIGNED } from "../secrets/assignment.ts";
import { entropy } from "../secrets/entropy.ts";
import { isPlaceholder } from "../secrets/placeholder.ts";

/** Bits per character of a token that is not a filled-in mask (gitleaks). */
const UNMASKED = 3;
const isUnmasked = (value: string): boolean => entropy(value) > UNMASKED;

/** Words and numbers joined, each by itself: a name of something. */
const isName = (value: string): boolean => value.split(/[-_]/).every((part) => /^(?:[a-z]{0,16}|v?\d{1,8})$/.test(part));

/** For examples: text that looks drawn at random, of a wanted length. */
const letters = (length: number): string => "q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jf".repeat(8).slice(0, length);
const hex = (length: number): string => "3f1c9a7e5b2d8046c7e1f09a5d3b8e64".repeat(4).slice(0, length);

/** A detector for tokens that their issuer marks: all that is needed is how they begin and what follows. */
function marked(id: string, trigger: string, rest: string, example: string): Detector {
  return {
    id, category: "secret", triggers: [trigger], pattern: String.raw`\b${trigger}${rest}`, validate: isUnmasked, score: 0.9,
    matches: [example, `key: ${example}, and more`], misses: [example.slice(0, 12), `x${example}`, example.replace(/[A-Za-z0-9]{16,}/g, (run) => "x".repeat(run.length))],
  };
}

/** Tokens of services. */
export const SECRETS_TOKENS: readonly Detector[] = [
  {
    // Personal, OAuth, user-to-server, server-to-server, refresh; fine-grained personal.
    id: "github_token",
    category: "secret",
    triggers: ["gh[pousr]_[A-Za-z0-9]", "github_pat_"],
    pattern: "gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,}",
    validate: (value) => entropy(value) > UNMASKED,
    score: 0.95,
    matches: [`ghp_${letters(36)}`, `https://x-access-token:ghs_${letters(36)}@github.com`, `github_pat_${letters(22)}_${letters(59)}`],
    misses: ["ghp_short", `ghp_${"x".repeat(36)}`],
  },
  {
    // The forms that gitleaks has a rule each for: apps, configuration, bots, users, workspaces.
    id: "slack_token",
    category: "secret",
    triggers: ["(?i)xapp-", "(?i)xox[a-z][.-]"],
    pattern: [
      String.raw`(?i:xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+)`,
      "(?i:xoxe.xox[bp]-\\d-[A-Z0-9]{163,166})",
      "(?i:xoxe-\\d-[A-Z0-9]{146})",
      "xoxb-[0-9]{10,13}-[0-9]{10,13}[a-zA-Z0-9-]*",
      "xoxb-[0-9]{8,14}-[a-zA-Z0-9]{12,26}",
      "xox[pe](?:-[0-9]{10,13}){3}-[a-zA-Z0-9-]{28,34}",
      String.raw`xox[os]-\d+-\d+-\d+-[a-fA-F\d]+`,
      String.raw`xox[ar]-(?:\d-)?[0-9a-zA-Z]{8,48}(?:-[0-9a-zA-Z]+)*`,
    ].join("|"),
    validate: (value) => entropy(value) > 2,
    score: 0.95,
    matches: ["xoxb-123456789012-abcdefABCDEF", "xoxp-1234567890-1234567890-1234567890-4ddbc191d40ee098cbaae6f3523ada2d"],
    misses: ["xoxb-", "foxb-1234567890123", "xoxb-xxxxxxxxx-xxxxxxxxxx-xxxxxxxxxxxx", "xoxb-xoxb-my-bot-token", "2018-250-xoxo-indieweb-1.jpg"],
  },
  {
    id: "api_key",
    category: "secret",
    triggers: ["[spr]k[-_](?:live|test|proj|prod|ant|or|svcacct|admin)[-_]", "sk-[A-Za-z0-9]{8}", "[spr]k_[A-Za-z0-9]{8}"],
    pattern: String.raw`\b[spr]k[-_](?:live|test|proj|prod|ant|or|svcacct|admin)?[-_]?[A-Za-z0-9_-]{20,}`,
    validate: (value) => /\d/.test(value) && /[A-Za-z]{2}/.test(value.slice(3)) && isUnmasked(value) && !isName(value),
    score: 0.8,
    matches: ["sk-proj-abcDEF123ghiJKL456mnoPQR", `sk_live_${letters(24)}`],
    misses: ["sk-learn-is-a-python-library-name", "sk_test_utils_v2_final_20240131", "risk-assessment-document-2024", `sk-${"x".repeat(20)}1ab`],
  },
  {
    id: "discord_webhook",
    category: "secret",
    triggers: [String.raw`discord(?:app)?\.com/api/webhooks/`],
    pattern: String.raw`https://(?:[a-z]{2,10}\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{17,20}/[A-Za-z0-9_-]{60,72}`,
    score: 0.95,
    matches: [`https://discord.com/api/webhooks/123456789012345678/${letters(68)}`],
    misses: ["https://discord.com/api/webhooks/123456789012345678/", "https://discord.com/developers/docs/resources/webhook"],
  },
  {
    id: "telegram_bot_token",
    category: "secret",
    triggers: [":AA[A-Za-z0-9_-]"],
    pattern: String.raw`(?:^|[^0-9A-Za-z]|bot)(\d{8,10}:AA[A-Za-z0-9_-]{33})(?:[^A-Za-z0-9_-]|$)`,
    group: 1,
    validate: isUnmasked,
    score: 0.9,
    matches: [`https://api.telegram.org/bot12345678:AA${letters(33)}/getMe`, `12345678:AA${letters(33)}`],
    misses: ["12345678:AAshort", "00:1A:AA:BB:CC:DD"],
  },
  {
    id: "twilio_auth_token",
    category: "secret",
    triggers: ["AC[0-9a-f]{8}", "(?i)twilio"],
    // The account's id beside its token, or the token by name.
    pattern: String.raw`(?:\bAC[0-9a-f]{32}[^0-9a-f](?:[^0-9a-f\n]{0,20}|.{0,40}(?i:token).{0,8})|(?i:twilio[\w-]{0,12}token)${ASSIGNED})([0-9a-f]{32})${ENDED}`,
    group: 1,
    validate: isUnmasked,
    score: 0.9,
    matches: [`curl -u AC${hex(32)}:${hex(32)} x`, `TWILIO_AUTH_TOKEN=${hex(32)}`],
    misses: [`AC${hex(32)}`, "TWILIO_AUTH_TOKEN=changeme"],
  },
  {
    id: "automation_webhook",
    category: "secret",
    triggers: [String.raw`hooks\.zapier\.com/`, String.raw`maker\.ifttt\.com/`, String.raw`hook\.[a-z0-9]+\.make\.com/`],
    pattern: String.raw`https://(?:hooks\.zapier\.com/hooks/catch/\d+/[a-z0-9]{6,}|maker\.ifttt\.com/trigger/[\w-]+/with/key/[\w-]{20,}|hook\.[a-z0-9]+\.make\.com/[a-z0-9]{20,})`,
    score: 0.9,
    matches: ["https://hooks.zapier.com/hooks/catch/1234567/abc123def/"],
    misses: ["https://zapier.com/apps", "https://hooks.zapier.com/hooks/catch/"],
  },
  {
    id: "cloudinary_url",
    category: "secret",
    triggers: ["cloudinary://"],
    pattern: String.raw`cloudinary://\d{6,20}:([A-Za-z0-9_-]{20,})@`,
    group: 1,
    validate: (value) => !isPlaceholder(value),
    score: 0.95,
    matches: [`CLOUDINARY_URL=cloudinary://123456789012345:${letters(27)}@demo`],
    misses: ["cloudinary://my_key:my_secret@my_cloud_name"],
  },
  marked("stripe_webhook_secret", "whsec_", "[A-Za-z0-9+/]{32,64}={0,2}", `whsec_${letters(32)}`),
  marked("groq_api_key", "gsk_", "[A-Za-z0-9]{40,64}", `gsk_${letters(52)}`),
  marked("xai_api_key", "xai-", "[A-Za-z0-9]{70,90}", `xai-${letters(80)}`),
  marked("replicate_api_token", "r8_", "[A-Za-z0-9]{37}", `r8_${letters(37)}`),
  marked("langsmith_api_key", "lsv2_", "(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", `lsv2_pt_${hex(32)}_${hex(10)}`),
  marked("pinecone_api_key", "pcsk_", "[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,80}", `pcsk_${letters(6)}_${letters(62)}`),
  marked("nvidia_api_key", "nvapi-", "[A-Za-z0-9_-]{60,70}", `nvapi-${letters(64)}`),
  marked("tavily_api_key", "tvly-", "(?:dev-|prod-)?[A-Za-z0-9]{32,40}", `tvly-${letters(32)}`),
  marked("docker_access_token", "dckr_", "(?:pat|oat)_[A-Za-z0-9_-]{27,40}", `dckr_pat_${letters(27)}`),
  marked("figma_access_token", "fig[dou]_", "[A-Za-z0-9_-]{40,60}", `figd_${letters(43)}`),
  marked("supabase_access_token", "sb[ps]_", "[0-9a-f]{40}", `sbp_${hex(40)}`),
  marked("tailscale_key", "tskey-", "[a-z]{3,10}-[A-Za-z0-9]{9,}-[A-Za-z0-9]{16,}", `tskey-auth-${letters(12)}-${letters(32)}`),
  marked("paypal_braintree_token", "access_token\\$", "(?:production|sandbox)\\$[0-9a-z]{16}\\$[0-9a-f]{32}", `access_token$production$${hex(16)}$${hex(32)}`),
];
