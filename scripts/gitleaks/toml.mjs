// Reads the part of TOML that gitleaks.toml is written in: tables, arrays of tables, strings, numbers, arrays.

/** @returns {Record<string, any>} @throws on everything outside that part */
export function parseToml(text) {
  const root = {};
  let table = root;
  let at = 0;
  const fail = (what) => { throw new SyntaxError(`line ${text.slice(0, at).split("\n").length}: ${what}`); };
  const skip = (pattern) => { at += pattern.exec(text.slice(at))[0].length; };
  const space = /^(?:\s|#[^\n]*)*/;

  for (skip(space); at < text.length; skip(space)) {
    const header = /^\[(\[)?([\w.]+)\]?\][ \t]*/.exec(text.slice(at));
    if (header) {
      at += header[0].length;
      table = open(root, header[2].split("."), header[1] !== undefined);
      continue;
    }
    const key = /^([\w-]+)[ \t]*=[ \t]*/.exec(text.slice(at)) ?? fail("expected a key or a table");
    at += key[0].length;
    table[key[1]] = value();
  }
  return root;

  function value() {
    if (text[at] === "[") return array();
    if (text.startsWith("'''", at)) return string("'''", (raw) => raw);
    if (text[at] === "'") return string("'", (raw) => raw);
    // The escapes in use are those that JSON has as well.
    if (text[at] === '"' && !text.startsWith('"""', at)) return string('"', (raw) => JSON.parse(`"${raw}"`));
    const bare = /^(?:true|false|-?\d+(?:\.\d+)?)/.exec(text.slice(at)) ?? fail("expected a value");
    at += bare[0].length;
    return JSON.parse(bare[0]);
  }

  function string(quote, decode) {
    const from = at + quote.length;
    let end = text.indexOf(quote, from);
    if (quote === '"') while (text[end - 1] === "\\") end = text.indexOf(quote, end + 1);
    if (end < 0) fail("a string does not end");
    at = end + quote.length;
    return decode(text.slice(from, end));
  }

  function array() {
    const items = [];
    at++;
    for (skip(space); text[at] !== "]"; skip(space)) {
      items.push(value());
      skip(space);
      if (text[at] === ",") at++;
      else if (text[at] !== "]") fail("expected , or ]");
    }
    at++;
    return items;
  }
}

/** The table of a header; `[[a.b]]` adds one to the list `b` of the newest `a`. */
function open(root, path, listed) {
  let table = root;
  for (const [index, name] of path.entries()) {
    const last = index === path.length - 1;
    if (last && listed) (table[name] ??= []).push({});
    else table[name] ??= {};
    table = Array.isArray(table[name]) ? table[name].at(-1) : table[name];
  }
  return table;
}
