import type { Detector, MatchContext } from "../detector.ts";
import { isPlaceholder } from "../secrets/placeholder.ts";

/** A line that does not end the document: not `---`. */
const LINE = String.raw`(?:(?:[^\n-]|-[^\n-])[^\n]*|-?)\n`;
const KIND = String.raw`kind:[ \t]*["']?secret["']?[ \t\r]*`;
const DATA = String.raw`[ \t]*(?:data|stringData):[ \t\r]*\n`;
/** The lines below: deeper than their name, which stands at the margin or close to it. */
const ENTRIES = String.raw`((?:[ \t]+[^\n]*(?:\n|$))+)`;

/** One entry, or one line of a block entry, that is base64 of more than a few letters (gitleaks). */
const ENCODED = /^[ \t]*(?:[\w.-]+:[ \t]*)?["']?[A-Za-z0-9+/]{10,}={0,2}["']?[ \t\r]*$/;

/**
 * Manifests of Kubernetes secrets. The value is all that stands under `data`, since all of it is secret. Two
 * detectors, since YAML has no order and a pattern has.
 */
export const SECRETS_KUBERNETES: readonly Detector[] = [
  {
    id: "kubernetes_secret",
    category: "secret",
    triggers: ["(?i)kind:[ \\t]*[\"']?secret"],
    pattern: `(?i)\\b${KIND}\\n(?:${LINE}){0,30}?${DATA}${ENTRIES}`,
    group: 1,
    validate: hasData,
    score: 0.9,
    matches: ["kind: Secret\nmetadata:\n  name: db\ndata:\n  password: UyFCXCpkJHpEc2I9\n", "kind: Secret\nstringData:\n  password: s3cr3t"],
    misses: [
      "kind: ConfigMap\ndata:\n  password: UyFCXCpkJHpEc2I9\n", "kind: Secret\ndata:\n  password: {{ .Values.Password }}\n",
      "kind: Secret\n---\nkind: ConfigMap\ndata:\n  key: UyFCXCpkJHpEc2I9\n", "kind: SecretStore\ndata:\n  key: UyFCXCpkJHpEc2I9\n",
    ],
  },
  {
    id: "kubernetes_secret_data_first",
    category: "secret",
    triggers: ["(?i)kind:[ \\t]*[\"']?secret"],
    pattern: `(?i)(?:^|\\n)${DATA}${ENTRIES}(?:${LINE}){0,30}?[ \\t]*${KIND}(?:\\n|$)`,
    group: 1,
    validate: hasData,
    score: 0.9,
    matches: ["apiVersion: v1\ndata:\n  password: UyFCXCpkJHpEc2I9\nkind: Secret\n"],
    misses: ["data:\n  password: UyFCXCpkJHpEc2I9\n---\nkind: Secret\n", "data:\n  extra: YmFyCg==\nkind: secret\n"],
  },
];

function hasData(value: string, { before }: MatchContext): boolean {
  const lines = value.split("\n");
  if (!/stringdata:\s*$/i.test(before)) return lines.some((line) => ENCODED.test(line));
  return lines.some((line) => {
    const entry = line.slice(line.indexOf(":") + 1).trim();
    return entry !== "" && !entry.startsWith("#") && !isPlaceholder(entry.replaceAll(/["']/g, ""));
  });
}
