import { decodePercent, foldTwins } from "./decode.ts";

/** A path taken apart as the most lenient file system would. */
export interface CanonicalPath {
  /** Slashes only, without `.` and `..`; `C:/x` keeps its drive in lower case, `~` stays a first segment. */
  readonly path: string;
  readonly absolute: boolean;
  /** Levels by which it climbs above where it starts; above the root for an absolute path. */
  readonly climbs: number;
  /** Climbs after it has gone down, or from an absolute start: nobody writes that by hand. */
  readonly detour: boolean;
  /** Dots, slashes or other characters had to be decoded or folded before the path showed. */
  readonly disguised: boolean;
  /** Both kinds of slashes in a path without a drive. */
  readonly mixed: boolean;
  /** Segments of three or more dots, which become `..` on old systems or once a filter has cut a piece out. */
  readonly dotRuns: boolean;
  readonly nul: boolean;
  /** `php`, `file`, ...: what stands before the first colon, where that is a scheme. */
  readonly scheme: string;
  /** `\\host\share`, or `//host/share`. */
  readonly share: "backslash" | "slash" | undefined;
  /** `\\?\` or `\\.\`. */
  readonly device: boolean;
}

const SCHEME = /^([a-z][a-z0-9+.-]{1,20}):/i;
/** Traversal whose percent signs a filter has taken away: `..2fetc2fpasswd`. */
const STRIPPED = /\.\.(?:2f|5c)/i;

export function canonicalPath(text: string): CanonicalPath {
  if (isPlainName(text)) return { path: text, absolute: false, climbs: 0, detour: false, disguised: false, mixed: false, dotRuns: false, nul: false, scheme: "", share: undefined, device: false };
  const decoded = decodePercent(text);
  let clear = foldTwins(decoded.text) ?? decoded.text;
  const stripped = STRIPPED.test(clear);
  if (stripped) clear = clear.replaceAll(/2f|5c/gi, "/");
  const nul = clear.includes("\0");
  if (nul) clear = clear.replaceAll("\0", "");
  let scheme = SCHEME.exec(clear)?.[1]?.toLowerCase() ?? "";
  if (scheme !== "") clear = clear.slice(scheme.length + 1);
  if (scheme === "file") clear = clear.replace(/^[/\\]{2}(?=[/\\])|^[/\\]{2}localhost(?=[/\\])/i, "");
  const slashed = clear.trim().replaceAll("\\", "/");
  const device = /^\/\/[?.]\//.test(slashed);
  const share = scheme === "" && !device && /^\/\/[^/]/.test(slashed) ? (clear.trimStart().startsWith("\\\\") ? "backslash" : "slash") : undefined;
  const drive = /^\/{0,2}(?:[?.]\/)?([a-z]):/i.exec(slashed);
  const rest = drive ? slashed.slice(drive[0].length) : slashed;
  const absolute = rest.startsWith("/");
  const walk = resolve(rest.split("/"), absolute);
  const prefix = drive ? `${(drive[1] as string).toLowerCase()}:${absolute ? "/" : ""}` : absolute ? "/" : "";
  const changed = foldTwins(text) !== undefined || decoded.unusual || stripped || decoded.rounds > 1 || (decoded.rounds > 0 && hidesPath(text));
  return { ...walk, path: prefix + walk.path, absolute, disguised: changed, mixed: !drive && clear.includes("/") && clear.includes("\\"), nul, scheme, share, device };
}

/** Letters, digits, dashes and underscores of ASCII: one segment, written as it is. */
function isPlainName(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 45 || code === 95)) return false;
  }
  return text !== "";
}

/** Whether percent signs stand for dots, slashes, backslashes or NUL: honest encoders leave the first alone. */
function hidesPath(text: string): boolean {
  return /%(?:2e|2f|5c|00)/i.test(text);
}

interface Walk {
  readonly path: string;
  readonly climbs: number;
  readonly detour: boolean;
  readonly dotRuns: boolean;
}

function resolve(segments: readonly string[], absolute: boolean): Walk {
  const stack: string[] = [];
  let climbs = 0;
  let detour = false;
  let dotRuns = false;
  let seen = false;
  for (let index = 0; index < segments.length; index++) {
    const segment = plain(segments[index] as string);
    if (segment === "" || segment === ".") continue;
    if (segment === "..") {
      // Popping the first folder of an absolute path is leaving it as well.
      const kept = stack.length > (absolute ? 1 : 0);
      if (stack.length > 0) stack.pop();
      if (!kept) {
        climbs++;
        detour ||= seen || absolute;
      }
    } else {
      // "./..." of Go ends with its dots; a traversal goes on.
      dotRuns ||= /^\.{3,}$/.test(segment) && index < segments.length - 1;
      seen = true;
      stack.push(segment);
    }
  }
  return { path: stack.join("/"), climbs, detour, dotRuns };
}

/** A segment as Windows and some servers read it: `.. `, `..;x` (path parameters) and `..%` are `..`. */
function plain(segment: string): string {
  return /^\.\.[ %]*(?:;.*)?$/s.test(segment) ? ".." : segment;
}

/** The part of a root's or a path's comparison that does not depend on how it is written. */
export interface Roots {
  readonly roots: readonly string[];
  /** Where relative paths start. Default: the first root. */
  readonly base?: string;
  /** Follows symbolic links: the real path, or undefined where nothing is there. May throw. */
  readonly realpath?: (path: string) => string | undefined;
}

/** Where a path leads once it is put on its base: the full path, and whether that is below one of the roots. */
export function placeUnder(path: CanonicalPath, { roots, base = roots[0] ?? "/" }: Roots): { readonly full: string; readonly inside: boolean } {
  const own = /^[a-z]:/.test(path.path) || path.absolute;
  const start = canonicalPath(base);
  const full = own ? path.path : joined(start.path, path);
  const inside = !path.path.startsWith("~") && roots.some((root) => isBelow(full, canonicalPath(root).path));
  return { full, inside };
}

function joined(base: string, { path, climbs }: CanonicalPath): string {
  const segments = base.split("/");
  const kept = segments.slice(0, Math.max(1, segments.length - climbs));
  return [...kept, path].join("/").replace(/^\/\/+/, "/");
}

/** Drives are compared without regard to case, as Windows does. */
export function isBelow(path: string, root: string): boolean {
  const [one, other] = /^[a-z]:/.test(root) ? [path.toLowerCase(), root.toLowerCase()] : [path, root];
  return one === other || one.startsWith(other.endsWith("/") ? other : `${other}/`);
}
