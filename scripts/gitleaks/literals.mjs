// What a pattern cannot do without: the literals of which one stands in every match.

/** Most alternatives that one literal may have. */
const MOST = 40;
/** A literal of this length is rare enough; a longer one is taken only when it has no more alternatives. */
const ENOUGH = 5;

/** @returns {{ texts: string[], fold: boolean } | undefined} the rarest set, and whether case matters not */
export function requiredLiterals(node) {
  const { exact, best } = look(node);
  return better(best, usable(exact));
}

/** `exact`: all texts that the node can match, while they are few. `best`: the rarest set that it cannot do without. */
function look(node) {
  switch (node.kind) {
    case "char": return { exact: { texts: [String.fromCodePoint(node.code)], fold: node.fold && /[a-z]/i.test(String.fromCodePoint(node.code)) } };
    case "class": return node.codes.size > 4 ? {} : { exact: { texts: [...node.codes].map((code) => String.fromCodePoint(code)), fold: false } };
    case "edge": return { exact: { texts: [""], fold: false } };
    case "group": return look(node.node);
    case "repeat": return repeated(node);
    case "any": return alternative(node.nodes.map(look));
    default: return inTurn(node.nodes.map(look));
  }
}

function repeated({ node, least, most }) {
  const inner = look(node);
  if (least === 1 && most === 1) return inner;
  if (least === 0) return most === 1 && inner.exact ? { exact: union([inner.exact, { texts: [""], fold: false }]) } : {};
  const best = better(inner.best, usable(inner.exact));
  return best ? { best } : {};
}

function alternative(parts) {
  const exact = parts.every((part) => part.exact) ? union(parts.map((part) => part.exact)) : undefined;
  const needed = parts.map((part) => better(part.best, usable(part.exact)));
  const best = needed.every(Boolean) ? union(needed) : undefined;
  return { ...(exact && { exact }), ...(best && { best }) };
}

function inTurn(parts) {
  let best;
  let run = { texts: [""], fold: false };
  let whole = true;
  for (const part of parts) {
    const next = part.exact && product(run, part.exact);
    if (next) {
      run = next;
      continue;
    }
    whole = false;
    best = better(better(best, usable(run)), part.best);
    run = part.exact ?? { texts: [""], fold: false };
  }
  best = better(best, usable(run));
  return { ...(whole && { exact: run }), ...(best && { best }) };
}

function union(sets) {
  const texts = [...new Set(sets.flatMap((set) => set.texts))];
  return texts.length > MOST ? undefined : { texts, fold: sets.some((set) => set.fold) };
}

function product(one, other) {
  const texts = one.texts.flatMap((head) => other.texts.map((tail) => head + tail));
  return texts.length > MOST ? undefined : { texts, fold: one.fold || other.fold };
}

function usable(set) {
  return set && set.texts.every((text) => text.trim().length > 0) ? set : undefined;
}

const shortest = ({ texts }) => Math.min(...texts.map((text) => text.length));

function better(one, other) {
  if (!one || !other) return one ?? other;
  const [a, b] = [Math.min(shortest(one), ENOUGH), Math.min(shortest(other), ENOUGH)];
  if (a !== b) return a > b ? one : other;
  if (one.texts.length !== other.texts.length) return one.texts.length < other.texts.length ? one : other;
  return shortest(other) > shortest(one) ? other : one;
}
