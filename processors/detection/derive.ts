import { putAdded } from "./added.ts";
import { readAnnounced } from "./announced.ts";
import { putTogether } from "./broken.ts";
import { fold } from "./fold.ts";
import type { Derived, Layer } from "./layer.ts";
import { closeUp } from "./spaced.ts";
import { decodeToken, decodeWord, isPacked, unpackToken } from "./tokens.ts";
import type { Mapped } from "./mapped.ts";
import type { Signals } from "./signs.ts";
import { unescape } from "./unescape.ts";
import { BYTE, CHARACTER, LOOK, UNPACK, type Work } from "./work.ts";

/** What is encoded more often is not looked into; that it is so encoded is said. */
const MOST_DECODED = 3;
/** Padding of base64 is part of a token, though nothing of it is decoded. */
const PADDING = 0x3d;

export interface Derivation {
  readonly lines: readonly Derived[];
  /** A line with something that is encoded too often, or unpacks to too much; -1 when there is none. */
  readonly tooEncoded: number;
  /** False when the work ran out. */
  readonly complete: boolean;
}

const NOTHING: Derivation = { lines: [], tooEncoded: -1, complete: true };

/**
 * What the lines of a layer say when they are folded, unescaped and decoded; each only where that changes something.
 *
 * @param encoded pairs of bytes: tokens that seem to be encoded text
 */
export function derive(layer: Layer, signs: Signals, encoded: readonly number[], work: Work): Derivation {
  const perLine = signs.lines || !layer.ascii;
  if (!perLine && encoded.length === 0) return NOTHING;
  const lines: Derived[] = [];
  let tooEncoded = -1;
  const add = (line: number, text: string, source: Derived["source"], decodes: boolean): void => {
    const decoded = (layer.derivation(line)?.decoded ?? 0) + (decodes ? 1 : 0);
    if (decoded > MOST_DECODED) tooEncoded = line;
    else if (text !== "") lines.push({ text, source, entry: layer.entryOf(line), decoded });
  };
  const addMapped = (line: number, mapped: Mapped, decodes: boolean): void => add(line, mapped.text, { kind: "mapped", line, mapped }, decodes);
  const folded = new Set<number>();

  if (perLine) {
    for (let line = 0; line < layer.count; line++) {
      const [start, end] = [layer.start[line] as number, layer.end[line] as number];
      if (start === end) continue;
      if (!work.spend(CHARACTER * (end - start))) return { lines, tooEncoded, complete: false };
      const mapped = signs.hidden || !layer.ascii ? fold(layer.text, start, end) : undefined;
      if (mapped) {
        // Everything else is done with the folded line, on the layer above.
        folded.add(line);
        addMapped(line, mapped, false);
        continue;
      }
      if (signs.escaped) for (const piece of unescape(layer.text, start, end)) addMapped(line, piece, true);
      if (signs.spaced) for (const piece of closeUp(layer.text, start, end)) addMapped(line, piece, false);
      if (signs.broken) for (const piece of putTogether(layer.text, start, end)) addMapped(line, piece, false);
      if (signs.added) for (const piece of putAdded(layer.text, start, end)) addMapped(line, piece, false);
      if (signs.announced) {
        for (const piece of readAnnounced(layer.text, start, end)) {
          if ("from" in piece) addMapped(line, piece, true);
          else add(line, piece.text, { kind: "token", piece: { line, start: piece.start, end: piece.end } }, true);
        }
      }
      if (signs.word) {
        for (let at = layer.text.indexOf("=?", start); at >= 0 && at < end; at = layer.text.indexOf("=?", at + 2)) {
          const word = decodeWord(layer.text, at, end);
          if (word) add(line, word.text, { kind: "token", piece: { line, start: at, end: word.end } }, true);
        }
      }
    }
  }
  for (let index = 0; index < encoded.length; index += 2) {
    const [startByte, endByte] = [encoded[index] as number, encoded[index + 1] as number];
    if (!work.spend(LOOK + BYTE * (endByte - startByte))) return { lines, tooEncoded, complete: false };
    const start = layer.unit(startByte);
    const line = layer.lineAt(start);
    if (line < 0 || folded.has(line)) continue;
    let end = start + endByte - startByte;
    const token = layer.text.slice(start, end);
    if (isPacked(token) && !work.spend(UNPACK)) return { lines, tooEncoded, complete: false };
    const text = isPacked(token) ? unpackToken(token) : decodeToken(token);
    if (text === null) tooEncoded = line;
    else if (isPacked(token) && text !== undefined) work.spend(BYTE * text.length);
    while (end < (layer.end[line] as number) && layer.text.charCodeAt(end) === PADDING) end++;
    if (typeof text === "string") add(line, text, { kind: "token", piece: { line, start, end } }, true);
  }
  return { lines, tooEncoded, complete: true };
}
