/** Texts of which one stands in everything that a trigger matches. */
export interface Cores {
  /** In lower case. */
  readonly texts: readonly string[];
  /** The trigger is nothing but these texts, in this case: then there is nothing more to look at. */
  readonly exact: readonly string[] | undefined;
  /** The trigger is nothing but these texts, in any case. */
  readonly whole: boolean;
}

/** Most texts that one trigger may stand for. */
const MOST_TEXTS = 300;
/** Most characters of a class that is taken apart. */
const MOST_CHARACTERS = 300;
/** Most repetitions that are written out, and most that may or may not stand there. */
const MOST_REPEATS = 8;
const MOST_OPTIONS = 3;
/** Shortest text that is looked for, in bytes, unless a trigger is a single sign and nothing else. */
const SHORTEST = 2;

/** Text of this length stands so seldom by chance that more of the pattern would only be more to look for. */
const SELDOM = 6;

/** What stands everywhere. */
const NOTHING = /^[\d\s]*$/;

/** One step of a pattern. */
interface Step {
  /** What may stand there; undefined where that cannot be written out. */
  readonly texts: readonly string[] | undefined;
  /** The texts are only the beginnings of what may stand there. */
  readonly open?: boolean;
  /** Of which one stands somewhere in it. */
  readonly parts?: readonly string[];
}

const UNKNOWN: Step = { texts: undefined };

/** @throws TypeError for a trigger without text of its own: it would have to be looked for everywhere */
export function coresOf(trigger: string): Cores {
  const reader = new Reader(trigger);
  const branches = reader.branches();
  if (!reader.done) throw new TypeError(`trigger ${trigger} cannot be read behind ${reader.at} characters`);
  const chosen = branches.map((steps) => best(steps));
  const texts = new Set<string>();
  for (const core of chosen) {
    const sign = branches.length === 1 && branches[0]?.length === 1 && core?.whole === true;
    if (!core || core.some((text) => Buffer.byteLength(text) < (sign ? 1 : SHORTEST) || NOTHING.test(text))) throw new TypeError(`trigger ${trigger} has no text of its own`);
    for (const text of core) {
      texts.add(text.toLowerCase());
      if (/[^\0-\x7f]/.test(text)) texts.add(lowerAscii(text.toUpperCase())).add(lowerAscii(title(text)));
    }
  }
  // What has another one in it is found with that one.
  if (branches.length > 1) for (const text of texts) for (const other of texts) if (other !== text && text.includes(other)) texts.delete(text);
  if (texts.size > 3 * MOST_TEXTS) throw new TypeError(`trigger ${trigger} stands for more than ${MOST_TEXTS} texts`);
  const whole = !reader.bounded && chosen.every((core) => core?.whole);
  const cased = reader.cased && !reader.folded;
  return { texts: [...texts], exact: whole && cased && branches.length === 1 ? [...(chosen[0] as readonly string[])] : undefined, whole: whole && !reader.cased };
}

type Core = readonly string[] & { readonly whole: boolean };

/** How many texts, how many of them when upper and lower case are one, and how long the shortest is. */
interface Measure {
  readonly count: number;
  readonly lower: number;
  readonly least: number;
}

/** The neighbouring steps whose shortest text is longest, up to a length that is seldom by itself; of those, with fewest texts. */
function best(steps: readonly Step[]): Core | undefined {
  let chosen: { readonly measure: Measure; readonly texts: () => readonly string[]; readonly whole: boolean } | undefined;
  // Only of what is chosen the texts are written out: there are hundreds in most of what is looked at on the way.
  const consider = (measure: Measure, whole: boolean, texts: () => readonly string[]): void => {
    if (!chosen || better(measure, chosen.measure)) chosen = { measure, texts, whole };
  };
  for (let first = 0; first < steps.length; first++) {
    const { parts } = steps[first] as Step;
    if (parts) consider(measured(parts), false, () => parts);
    let measure: Measure = { count: 1, lower: 1, least: 0 };
    for (let last = first; last < steps.length; last++) {
      const { texts, open } = steps[last] as Step;
      const next = texts && measured(texts);
      if (!next || tooMany(measure, next)) break;
      measure = { count: measure.count * next.count, lower: measure.lower * next.lower, least: measure.least + next.least };
      consider(measure, first === 0 && last === steps.length - 1 && !open, () => steps.slice(first, last + 1).reduce<readonly string[]>((all, step) => joined(all, step.texts as readonly string[]), [""]));
      // Behind it stands something that cannot be written out.
      if (open) break;
    }
  }
  return chosen && Object.assign([...chosen.texts()], { whole: chosen.whole });
}

const measures = new WeakMap<readonly string[], Measure>();

function measured(texts: readonly string[]): Measure {
  let measure = measures.get(texts);
  if (!measure) measures.set(texts, (measure = { count: texts.length, lower: texts.length === 1 ? 1 : new Set(texts.map(lowerAscii)).size, least: shortest(texts) }));
  return measure;
}

/** Whether they would be too many together; upper and lower case of ASCII are one. */
function tooMany(texts: Measure, ends: Measure): boolean {
  return texts.count * ends.count > MOST_TEXTS && texts.lower * ends.lower > MOST_TEXTS;
}

/** Every text with every end. */
function joined(texts: readonly string[], ends: readonly string[]): readonly string[] {
  return texts.flatMap((start) => ends.map((end) => start + end));
}

function better(texts: Measure, than: Measure): boolean {
  const [seldom, alsoSeldom] = [Math.min(texts.least, SELDOM), Math.min(than.least, SELDOM)];
  return seldom > alsoSeldom || (seldom === alsoSeldom && (texts.count < than.count || (texts.count === than.count && texts.least > than.least)));
}

function shortest(texts: readonly string[]): number {
  return texts.reduce((least, { length }) => Math.min(least, length), Infinity);
}

/** With what the steps may begin, as far as that can be written out. */
function beginning(steps: readonly Step[]): { readonly texts: readonly string[]; readonly open: boolean } {
  let texts: readonly string[] = [""];
  for (const step of steps) {
    if (!step.texts || tooMany(measured(texts), measured(step.texts))) return { texts, open: true };
    texts = joined(texts, step.texts);
    if (step.open) return { texts, open: true };
  }
  return { texts, open: false };
}

/** Characters that stand for themselves are one step. */
function append(steps: Step[], step: Step): void {
  const before = steps.at(-1);
  if (before?.texts?.length === 1 && step.texts?.length === 1 && !before.open && !step.open) steps[steps.length - 1] = { texts: [`${before.texts[0]}${step.texts[0]}`] };
  else steps.push(step);
}

/** The character that one element of a class stands for. */
function codeOf(element: string): number {
  const number = /^\\x\{?([0-9A-Fa-f]+)/.exec(element)?.[1];
  return number === undefined ? (element.replace(/^\\/, "").codePointAt(0) as number) : Number.parseInt(number, 16);
}

function title(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();
}

function lowerAscii(text: string): string {
  return /[^\0-\x7f]/.test(text) ? text.replace(/[A-Z]/g, (char) => char.toLowerCase()) : text.toLowerCase();
}

function isLetter(code: number): boolean {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

/** A letter or digit of ASCII, or a space. */
function isWord(code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x39) || code === 0x20;
}

/** `?`, `*`, `+` or `{`. */
function isRepeat(code: number): boolean {
  return code === 0x3f || code === 0x2a || code === 0x2b || code === 0x7b;
}

/** Reads RE2 syntax as far as triggers use it. */
class Reader {
  at = 0;
  /** Letters were read whose case matters; that stand for both cases. */
  cased = false;
  folded = false;
  /** Places were read: the end of a word, of the text. */
  bounded = false;
  readonly #pattern: string;
  #ignoreCase = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  get done(): boolean {
    return this.at === this.#pattern.length;
  }

  branches(): Step[][] {
    let steps: Step[] = [];
    const branches: Step[][] = [steps];
    for (; !this.done && this.#peek() !== ")";) {
      if (this.#take("|")) branches.push((steps = []));
      else {
        const plain = this.#plain();
        if (plain !== "") append(steps, { texts: [plain] });
        else for (const step of this.#repeated(this.#step())) append(steps, step);
      }
    }
    return branches;
  }

  /** Letters and digits that stand for themselves, once each. */
  #plain(): string {
    let text = "";
    for (let code = this.#pattern.charCodeAt(this.at); isWord(code) && !isRepeat(this.#pattern.charCodeAt(this.at + 1)); code = this.#pattern.charCodeAt(this.at)) text += this.#literal(this.#pattern[this.at++] as string);
    return text;
  }

  #step(): Step {
    const char = this.#pattern[this.at++] as string;
    if (char === "^" || char === "$") return this.#edge();
    if (char === ".") return UNKNOWN;
    if (char === "[") return this.#class();
    if (char === "(") return this.#group();
    if (char === "\\") return this.#escape();
    return { texts: [this.#literal(char)] };
  }

  #group(): Step {
    const before = this.#ignoreCase;
    const head = /^\?(?:P?<\w+>|([a-zA-Z-]*):|([a-zA-Z-]+)\))/.exec(this.#pattern.slice(this.at));
    if (head) this.at += head[0].length;
    const flags = head?.[1] ?? head?.[2] ?? "";
    if (flags.includes("i")) this.#ignoreCase = !/-\w*i/.test(flags);
    if (head?.[2] !== undefined) return { texts: [""] };
    const branches = this.branches();
    if (!this.#take(")")) throw new TypeError(`${this.#pattern} has a group without an end`);
    this.#ignoreCase = before;
    const starts = branches.map(beginning);
    const texts = starts.flatMap((start) => start.texts);
    if (!starts.some(({ open }) => open)) return { texts };
    const cores = branches.map((steps) => best(steps));
    const parts = cores.every((core) => core !== undefined && shortest(core) > 0) ? cores.flatMap((core) => [...(core as Core)]) : undefined;
    return { texts: texts.includes("") ? undefined : texts, open: true, ...(parts && { parts }) };
  }

  #escape(): Step {
    const char = this.#pattern[this.at++] as string;
    if (char === "d") return { texts: Array.from("0123456789") };
    if (char === "x") {
      const code = /^\{([0-9A-Fa-f]+)\}|^([0-9A-Fa-f]{2})/.exec(this.#pattern.slice(this.at));
      if (!code) throw new TypeError(`${this.#pattern} has \\x without a number`);
      this.at += code[0].length;
      return { texts: [this.#literal(String.fromCodePoint(Number.parseInt((code[1] ?? code[2]) as string, 16)))] };
    }
    if (char === "p" || char === "P") this.at += /^(?:\{\^?\w+\}|\w)/.exec(this.#pattern.slice(this.at))?.[0].length ?? 0;
    if (/[bBAz]/.test(char)) return this.#edge();
    const simple = { n: "\n", r: "\r", t: "\t" }[char];
    if (simple) return { texts: [simple] };
    // What stands for many characters cannot be written out.
    return /[a-zA-Z0-9]/.test(char) ? UNKNOWN : { texts: [char] };
  }

  /** A place takes no room, but says more than the text beside it. */
  #edge(): Step {
    this.bounded = true;
    return { texts: [""] };
  }

  #class(): Step {
    const content = /^\^?\]?(?:\\[^]|\[:\w+:\]|[^\]\\])*/.exec(this.#pattern.slice(this.at))?.[0] ?? "";
    this.at += content.length + 1;
    if (content.startsWith("^") || content.includes("[:")) return UNKNOWN;
    const characters = new Set<string>();
    const parts = Array.from(content.matchAll(/(\\x\{[0-9A-Fa-f]+\}|\\x[0-9A-Fa-f]{2}|\\?[^])(?:-(\\x\{[0-9A-Fa-f]+\}|\\x[0-9A-Fa-f]{2}|\\?[^]))?/gu), ([, first, last]) => [first as string, last ?? (first as string)] as const);
    for (const [first, last] of parts) {
      if (/^\\[a-wyzA-Z]$/.test(first) && first !== "\\d") return UNKNOWN;
      const [from, to] = first === "\\d" ? [0x30, 0x39] : [codeOf(first), codeOf(last)];
      for (let code = from; code <= to && characters.size <= MOST_CHARACTERS; code++) characters.add(this.#literal(String.fromCodePoint(code)));
    }
    return characters.size <= MOST_CHARACTERS ? { texts: [...characters] } : UNKNOWN;
  }

  #literal(char: string): string {
    if (!isLetter(char.charCodeAt(0)) || char.length > 1) return this.#ignoreCase ? char.toLowerCase() : char;
    if (this.#ignoreCase) this.folded = true;
    else this.cased = true;
    return this.#ignoreCase ? char.toLowerCase() : char;
  }

  /** The step as often as it stands at least, and what cannot be written out behind it where it may stand more often. */
  #repeated(step: Step): readonly Step[] {
    if (!isRepeat(this.#pattern.charCodeAt(this.at))) return [step];
    const match = /^(?:[?*+]|\{(\d+)(,?)(\d*)\})\??/.exec(this.#pattern.slice(this.at));
    if (!match) return [step];
    this.at += match[0].length;
    const least = match[1] === undefined ? (match[0].startsWith("+") ? 1 : 0) : Number(match[1]);
    const most = match[0].startsWith("?") ? 1 : match[1] === undefined || (match[2] === "," && match[3] === "") ? Infinity : Number(match[3] || match[1]);
    const { texts } = step;
    if (step.open || !texts) return least > 0 ? [step, UNKNOWN] : [UNKNOWN];
    const fixed: Step[] = Array.from({ length: Math.min(least, MOST_REPEATS) }, () => step);
    if (most === least && least <= MOST_REPEATS) return fixed;
    if (most - least > MOST_OPTIONS || least > MOST_REPEATS) return [...fixed, UNKNOWN];
    // What may stand several times more, or not at all, is written out as one step.
    const more = [[""]];
    for (let times = least; times < most && more.flat().length * texts.length <= MOST_TEXTS; times++) more.push((more.at(-1) as string[]).flatMap((start) => texts.map((end) => start + end)));
    return more.length === most - least + 1 ? [...fixed, { texts: [...new Set(more.flat())] }] : [...fixed, UNKNOWN];
  }

  #peek(): string | undefined {
    return this.#pattern[this.at];
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.at++;
    return true;
  }
}
