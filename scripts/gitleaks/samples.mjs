// Texts that a pattern matches, drawn at random from its tree: the examples of a rule.

/** Most rounds more than the least that an open or wide repetition is given. */
const EXTRA = 12;
/** A class of more characters is `.` */
const MANY = 100;

/** Numbers from 0 to 1, the same for the same seed (mulberry32 by Tommy Ettinger, public domain). */
export function randomOf(seed) {
  let state = [...seed].reduce((hash, char) => Math.imul(hash ^ char.codePointAt(0), 16777619), 2166136261);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** @returns {{ text: string, at: [number, number] }} a match, and where in it the group stands (0: all of it) */
export function sample(tree, group, random) {
  let text = "";
  let at;
  /** Around the value the plainest text will do: `adobe=…` to the end, nothing that may be left out. */
  let around = group > 0;
  let repeating = false;
  write(tree);
  return { text, at: at ?? [0, text.length] };

  function write(node) {
    const below = (count) => Math.floor(random() * count);
    switch (node.kind) {
      case "char": text += node.fold ? String.fromCodePoint(node.code).toLowerCase() : String.fromCodePoint(node.code); break;
      // A dot that nobody escaped means a dot.
      case "class": text += node.codes.size > MANY && !repeating ? "." : oneOf(node.codes); break;
      case "edge": break;
      case "any": write(around ? node.nodes.find(({ kind }) => kind === "edge") ?? node.nodes[0] : node.nodes[below(node.nodes.length)]); break;
      case "repeat": {
        const rounds = around ? node.least : node.least + below(Math.min(node.most - node.least, EXTRA) + 1);
        const outer = repeating;
        repeating = true;
        for (let round = 0; round < rounds; round++) write(node.node);
        repeating = outer;
        break;
      }
      case "group": {
        const own = node.number === group;
        const from = text.length;
        if (own) around = false;
        write(node.node);
        if (own) [at, around] = [[from, text.length], true];
        break;
      }
      default: node.nodes.forEach(write);
    }
  }

  /** A letter or digit where there is one, so that the text looks like what people write. */
  function oneOf(codes) {
    const chars = [...codes].map((code) => String.fromCodePoint(code)).filter((char) => /[ -~]/.test(char));
    const plain = chars.filter((char) => /[a-z\d]/i.test(char));
    const from = plain.length > 0 ? plain : chars;
    return from[Math.floor(random() * from.length)];
  }
}
