import { MappedText, type Mapped } from "./mapped.ts";

/** Fewest letters that stand one by one. */
const LEAST = 6;
/** So many spaces stand for one between words. */
const WIDEST = 4;

/** Letters that stand one by one, `g h p _ 1`, without the spaces between them; wider gaps become one space. */
export function closeUp(text: string, from: number, to: number): readonly Mapped[] {
  const pieces: Mapped[] = [];
  for (let at = from; at < to; at++) {
    if (!alone(text, at, from, to)) continue;
    const out = new MappedText(LEAST * 4);
    let letters = 0;
    let end = at;
    for (let next = at; next < to && alone(text, next, from, to); letters++) {
      out.push(text.charCodeAt(next), next);
      end = next + 1;
      let gap = end;
      while (gap < to && text.charCodeAt(gap) === 0x20) gap++;
      if (gap === end || gap - end > WIDEST) break;
      if (gap - end > 1) out.push(0x20, end);
      next = gap;
    }
    if (letters >= LEAST) pieces.push(out.finish(end));
    at = end;
  }
  return pieces;
}

function alone(text: string, at: number, from: number, to: number): boolean {
  return text.charCodeAt(at) > 0x20 && (at === from || text.charCodeAt(at - 1) <= 0x20) && (at + 1 === to || text.charCodeAt(at + 1) <= 0x20);
}
