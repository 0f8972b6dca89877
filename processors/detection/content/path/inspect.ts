import { quote, type Report } from "../report.ts";
import { canonicalPath, isBelow, placeUnder, type CanonicalPath, type Roots } from "./canonical.ts";
import { sensitivityOf, type Sensitivity } from "./sensitive.ts";
import { words } from "../words.ts";

/** Linux refuses longer paths (PATH_MAX); encoded ones are a few times as long. */
const LONGEST_PATH = 16_384;
/** Climbing that far without a root to stay below is an attack; less is how people name a neighbouring folder. */
const STEEP = 3;
/** In an argument of unknown meaning: imports climb far. */
const VERY_STEEP = 6;

/** Schemes of PHP and Java file functions that run or rewrite what they open (CWE-98). */
const WRAPPERS: ReadonlySet<string> = words(`
  php phar zip expect glob compress.zlib compress.bzip2 ogg rar ssh2 data netdoc jar zlib
`);
/** Folders of the operating system that no project has under the same name, by their first segments: `dev` and `run` are left out, and what is found there has more than one segment. */
const UNMISTAKABLE = /^\/{1,2}(?:etc|proc|windows|winnt|var\/(?:log|run|spool|mail|adm)|usr\/local\/(?:etc|apache2?))\/./i;
const WEB: ReadonlySet<string> = new Set(["http", "https", "ws", "wss"]);
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)(?:\.|:|$)/i;
const STREAM = /:(?:\$data|\$i30|\$index_allocation|\$bitmap)|::\$/i;

/** Looks at a text that is, or may be, one path. */
export function inspectPath(text: string, report: Report, bounds?: Roots): void {
  const sure = report.role === "path";
  report.spend(text.length >> 2);
  if (text.length > LONGEST_PATH) {
    if (sure) report.add("path.too_long", 0, text.length, `${text.length} characters`);
    return;
  }
  const path = canonicalPath(text);
  if (WEB.has(path.scheme) || (!sure && !path.nul && !looksLikePath(text, path))) return;
  const find = (rule: string, detail: string): void => report.add(rule, 0, text.length, detail);
  if (path.nul) find("path.null_byte", "a NUL ends the name for the file system, not for the check");
  if (WRAPPERS.has(path.scheme) && /^[^:]+:(?:\/\/|[a-z/+-]*[;,]|https?:|file:)/i.test(text.trim())) find("path.wrapper", `stream wrapper ${path.scheme}`);
  if (path.device) find("path.device", "Windows device path");
  if (path.share) find(path.share === "backslash" ? "path.share" : "path.share_slashes", `network share of ${quote(path.path.split("/")[0] as string)}`);
  inspectName(text, path, find);
  if (bounds && bounds.roots.length > 0 && sure) inspectBounds(path, bounds, find);
  else inspectClimb(path, sure, find);
  inspectAim(path, sure, find);
}

type Find = (rule: string, detail: string) => void;

function inspectName(text: string, path: CanonicalPath, find: Find): void {
  const name = path.path.slice(path.path.lastIndexOf("/") + 1);
  if (STREAM.test(text)) find("path.stream", "NTFS stream");
  if (DEVICE_NAME.test(name)) find("path.device_name", `device name ${quote(name)}`);
}

function inspectClimb(path: CanonicalPath, sure: boolean, find: Find): void {
  if (path.dotRuns) find("path.traversal", "runs of dots that become .. once cleaned");
  if (path.climbs === 0) {
    if (path.disguised && path.path.includes("/")) find("path.encoding", `written in disguise: ${quote(path.path)}`);
    return;
  }
  const detail = `climbs ${path.climbs} level${path.climbs > 1 ? "s" : ""} to ${quote(path.path)}`;
  if (path.disguised) find("path.encoded_traversal", detail);
  else if (path.climbs >= (sure ? STEEP : VERY_STEEP) || path.detour) find("path.traversal", detail);
  else find("path.parent", detail);
}

function inspectBounds(path: CanonicalPath, bounds: Roots, find: Find): void {
  const { full, inside } = placeUnder(path, bounds);
  if (!inside || path.dotRuns || path.share || path.device) return find("path.outside_root", `leads to ${quote(full)}`);
  const real = bounds.realpath?.(full);
  if (real === undefined) return;
  const { path: target } = canonicalPath(real);
  if (!bounds.roots.some((root) => isBelow(target, canonicalPath(root).path))) find("path.symlink", `a link to ${quote(target)}`);
}

function inspectAim(path: CanonicalPath, sure: boolean, find: Find): void {
  // What climbs out or hides behind a NUL ends up below the root.
  const mixed = path.path.includes("/") && path.mixed;
  const hidden = path.climbs > 0 || path.nul || path.scheme !== "" || path.disguised || mixed;
  const below = path.path.replace(/^[a-z]:/, "");
  const is = sensitivityOf(below) ?? (below.startsWith("/") ? undefined : secretBelowRoot(below, hidden));
  if (is === "system" && path.climbs >= STEEP && UNMISTAKABLE.test(`/${below}`)) find("path.system_traversal", `climbs ${path.climbs} levels to ${quote(below)}`);
  if (is === "settings" && path.climbs > 0) find("path.traversal", `climbs to ${quote(below)}`);
  if (is === "secret") find(sure || hidden || path.absolute || below.startsWith("~") ? "path.secret_file" : "path.settings_file", quote(below));
  else if (is) find(is === "system" ? "path.system_file" : "path.settings_file", quote(below));
}

/** `etc/passwd`: sure once something is hidden, worth a look else. */
function secretBelowRoot(below: string, hidden: boolean): Sensitivity | undefined {
  const is = sensitivityOf(`/${below}`);
  return hidden ? is : is === "secret" ? "settings" : undefined;
}

/** In an argument of unknown meaning: one word with a separator in it, or a name that only files have. */
function looksLikePath(text: string, path: CanonicalPath): boolean {
  if (/[\s"'`<>|*?(){}[\],]/.test(text.trim())) return false;
  if (path.climbs > 0 && path.disguised) return true;
  return /[/\\]|%(?:25){0,4}(?:2f|5c|2e)/i.test(text) || path.path.startsWith(".") || path.scheme !== "" || sensitivityOf(path.path) === "secret";
}
