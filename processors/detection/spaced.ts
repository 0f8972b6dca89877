import { MappedText, type Mapped } from "./mapped.ts";

/** Fewest letters that stand one by one. */
const LEAST = 6;
/** So many spaces stand for one between words. */
const WIDEST = 4;
/** Between other signs than spaces two characters may stand together, when all in all there are no more than this for each sign. */
const LONGEST_GROUP = 2;
const MOST_PER_GROUP = 1.5;

/** Letters that stand one by one without what is between them: spaces, `g h p _ 1`, of which wider gaps become one, or a sign, `g*h*p*_*1`. */
export function closeUp(text: string, from: number, to: number): readonly Mapped[] {
  return [...withoutSpaces(text, from, to), ...withoutSigns(text, from, to)];
}

function withoutSpaces(text: string, from: number, to: number): readonly Mapped[] {
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

/** Not where most of it is digits: numbers of a list are no number. */
function withoutSigns(text: string, from: number, to: number): readonly Mapped[] {
  const pieces: Mapped[] = [];
  for (let at = from + 1; at < to; at++) {
    const sign = text.charCodeAt(at);
    if (!isSign(sign) || (text.charCodeAt(at + 2) !== sign && text.charCodeAt(at + 3) !== sign)) continue;
    const start = groupBefore(text, at, from);
    if (start === at) continue;
    const out = new MappedText(LEAST * 4);
    let [groups, letters, end] = [0, 0, start];
    for (let next = start; next < to;) {
      let stop = next;
      while (stop < to && stop - next <= LONGEST_GROUP && text.charCodeAt(stop) > 0x20 && text.charCodeAt(stop) !== sign) stop++;
      // A space is one of the characters where signs stand on both sides.
      if (stop === next && text.charCodeAt(stop) === 0x20 && text.charCodeAt(stop + 1) === sign) stop++;
      if (stop === next || stop - next > LONGEST_GROUP) break;
      for (let index = next; index < stop; index++) {
        out.push(text.charCodeAt(index), index);
        letters += Number(isLetter(text.charCodeAt(index)));
      }
      groups++;
      end = stop;
      if (stop >= to || text.charCodeAt(stop) !== sign) break;
      next = stop + 1;
    }
    if (groups >= LEAST && 2 * letters >= groups && out.length <= MOST_PER_GROUP * groups) pieces.push(out.finish(end));
    at = Math.max(at, end - 1);
  }
  return pieces;
}

/** Where the one or two letters or digits begin that stand before a sign; the sign's own place where there are others. */
function groupBefore(text: string, at: number, from: number): number {
  let start = at;
  while (start > from && at - start <= LONGEST_GROUP && isAlphanumeric(text.charCodeAt(start - 1))) start--;
  return at - start <= LONGEST_GROUP ? start : at;
}

function alone(text: string, at: number, from: number, to: number): boolean {
  return text.charCodeAt(at) > 0x20 && (at === from || text.charCodeAt(at - 1) <= 0x20) && (at + 1 === to || text.charCodeAt(at + 1) <= 0x20);
}

function isSign(code: number): boolean {
  return code > 0x20 && code < 0x7f && !isAlphanumeric(code);
}

function isLetter(code: number): boolean {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

function isAlphanumeric(code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x39);
}
