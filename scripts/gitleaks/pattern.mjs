// Reads the regular expressions of Go's `regexp` that the rules are written in.
//
// A node is one of
//   { kind: "char", code, fold }          one character; `fold`: in either case
//   { kind: "class", codes: Set }         one of several, as far as ASCII goes
//   { kind: "edge" }                      takes no character: ^ $ \b \B \z
//   { kind: "all", nodes } { kind: "any", nodes }
//   { kind: "repeat", node, least, most, lazy }
//   { kind: "group", node, from, to, number }   `from`/`to`: where its parentheses start and end in the source

const ASCII = Array.from({ length: 128 }, (_, code) => code);
const only = (pattern) => new Set(ASCII.filter((code) => pattern.test(String.fromCharCode(code))));
const not = (codes) => new Set(ASCII.filter((code) => !codes.has(code)));
const SHORTHAND = { d: only(/\d/), w: only(/\w/), s: only(/[\t\n\f\r ]/) };
for (const name of "dws") SHORTHAND[name.toUpperCase()] = not(SHORTHAND[name]);
const POSIX = { alnum: only(/[a-z\d]/i), alpha: only(/[a-z]/i), digit: SHORTHAND.d, lower: only(/[a-z]/), upper: only(/[A-Z]/) };
const CONTROL = { n: 10, r: 13, t: 9, f: 12, v: 11 };

/** @returns {{ node: object, groups: object[] }} @throws SyntaxError on what is not known here */
export function parsePattern(source) {
  let at = 0;
  const groups = [];
  const fail = (what) => { throw new SyntaxError(`${what} at ${at} of ${source}`); };
  const node = alternatives({ i: false, s: false });
  if (at < source.length) fail("unbalanced )");
  return { node, groups };

  function alternatives(flags) {
    const nodes = [sequence(flags)];
    while (source[at] === "|") {
      at++;
      nodes.push(sequence(flags));
    }
    return nodes.length === 1 ? nodes[0] : { kind: "any", nodes };
  }

  // Flags that are set in the middle hold to the end of the enclosing group, further alternatives included.
  function sequence(flags) {
    const nodes = [];
    while (at < source.length && source[at] !== "|" && source[at] !== ")") {
      const set = /^\(\?([is]*)(?:-([is]+))?\)/.exec(source.slice(at));
      if (set) {
        at += set[0].length;
        change(flags, set);
      } else nodes.push(quantified(atom(flags)));
    }
    return nodes.length === 1 ? nodes[0] : { kind: "all", nodes };
  }

  function quantified(node) {
    const count = /^(?:([*+?])|\{(\d+)(,(\d*))?\})(\?)?/.exec(source.slice(at));
    if (!count) return node;
    at += count[0].length;
    const [, mark, low, range, high, lazy] = count;
    const least = mark ? Number(mark === "+") : Number(low);
    const most = mark ? (mark === "?" ? 1 : Infinity) : range ? (high ? Number(high) : Infinity) : least;
    return { kind: "repeat", node, least, most, lazy: lazy !== undefined };
  }

  function atom(flags) {
    if (source[at] === "(") return group(flags);
    if (source[at] === "[") return bracket(flags);
    const char = source[at++];
    if (char === "^" || char === "$") return { kind: "edge" };
    if (char === ".") return { kind: "class", codes: flags.s ? new Set(ASCII) : not(new Set([10])) };
    if (char !== "\\") return { kind: "char", code: char.codePointAt(0), fold: flags.i };
    if (/[bBzA]/.test(source[at])) return at++, { kind: "edge" };
    const codes = escape();
    return typeof codes === "number" ? { kind: "char", code: codes, fold: flags.i } : { kind: "class", codes };
  }

  function group(outer) {
    const from = at;
    const flags = { ...outer };
    const [opening, scoped] = /^\((?:\?(?:P?<\w+>|(?=[is-]*:)([is-]*):))?/.exec(source.slice(at));
    at += opening.length;
    const captures = scoped === undefined;
    if (captures && source[at] === "?") fail("unknown group");
    if (!captures) change(flags, /^([is]*)(?:-([is]+))?/.exec(scoped));
    const own = captures ? { kind: "group", from, opening, number: groups.length + 1 } : undefined;
    if (own) groups.push(own);
    const node = alternatives(flags);
    if (source[at++] !== ")") fail("unbalanced (");
    return own ? Object.assign(own, { node, to: at }) : node;
  }

  function bracket(flags) {
    at++;
    const negated = source[at] === "^";
    if (negated) at++;
    const codes = new Set();
    for (let first = true; first || source[at] !== "]"; first = false) {
      if (at >= source.length) fail("unbalanced [");
      const named = /^\[:(\w+):\]/.exec(source.slice(at));
      if (named) {
        at += named[0].length;
        POSIX[named[1]].forEach((code) => codes.add(code));
        continue;
      }
      const from = member();
      if (typeof from !== "number") from.forEach((code) => codes.add(code));
      else if (source[at] === "-" && source[at + 1] !== "]") {
        at++;
        const to = member();
        for (let code = from; code <= to; code++) codes.add(code);
      } else codes.add(from);
    }
    at++;
    const all = flags.i ? new Set(ASCII.filter((code) => codes.has(code) || (/[a-z]/i.test(String.fromCharCode(code)) && codes.has(code ^ 32)))) : codes;
    return { kind: "class", codes: negated ? not(all) : all };
  }

  function member() {
    if (source[at] !== "\\") return source.codePointAt(at++);
    at++;
    return escape();
  }

  /** After the backslash: the code of a character, or a set of codes. */
  function escape() {
    const char = source[at++];
    if (char === "x") return at += 2, Number.parseInt(source.slice(at - 2, at), 16);
    if (SHORTHAND[char]) return SHORTHAND[char];
    if (CONTROL[char]) return CONTROL[char];
    if (/[a-z\d]/i.test(char)) fail("unknown escape");
    return char.codePointAt(0);
  }
}

function change(flags, [, on, off]) {
  for (const flag of on ?? "") flags[flag] = true;
  for (const flag of off ?? "") flags[flag] = false;
}
