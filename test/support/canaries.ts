import { createRequire } from "node:module";

export interface Canary {
  readonly kind: string;
  readonly place: string;
  readonly written: string;
  /** What stands before the value, and stays. */
  readonly left: string;
  readonly core: string;
  readonly hidden?: string;
}

const { PLACES, planted } = createRequire(import.meta.url)("../apps/telemetry-canaries/canaries.cjs") as {
  readonly PLACES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly planted: (place: string) => readonly Canary[];
};

/** The canaries of one part of telemetry: `traces`, `logs`, `metrics`, `http`, `ai`, `resource`, `baggage`. */
export function canariesOf(...parts: readonly string[]): readonly Canary[] {
  return parts.flatMap((part) => Object.keys(PLACES[part] ?? {}).flatMap(planted));
}

/** `place/kind` of each canary that is in the bytes, in whatever form. */
export function seenIn(bytes: Buffer, canaries: readonly Canary[]): readonly string[] {
  const text = forms(bytes);
  return canaries.filter(({ core, hidden }) => [core, ...(hidden ? [hidden] : [])].some((part) => encodings(part).some((form) => text.includes(form)))).map(nameOf);
}

/** The same of each that was exported with a placeholder in its place. */
export function replacedIn(bytes: Buffer, canaries: readonly Canary[]): readonly string[] {
  const text = forms(bytes);
  return canaries.filter(({ left }) => text.includes(`${left}[REDACTED:`)).map(nameOf);
}

export function nameOf({ place, kind }: Canary): string {
  return `${place}/${kind}`;
}

/** The bytes as they are, and with percent-encoding taken off, twice: what is encoded itself may stand in a URL. */
function forms(bytes: Buffer): string {
  const once = percentDecoded(bytes);
  return [bytes, once, percentDecoded(once)].map((form) => form.toString("utf8")).join("\n");
}

function percentDecoded(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))).replaceAll("+", " "), "latin1");
}

/** A text, its bytes in hexadecimal, and what base64 makes of it at each of the three places where it may begin. */
function encodings(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((shift) => {
    const padded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64").replace(/=+$/, "");
    // The characters at both ends depend on what stands beside the text.
    return padded.slice(shift === 0 ? 0 : shift + 1, -1);
  });
  return [text, bytes.toString("hex"), bytes.toString("hex").toUpperCase(), ...base64, ...base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}
