const NAMED: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", e: "\x1b", E: "\x1b", f: "\f", v: "\v" };

/** The content of `$'...'`, and what `printf` and `echo -e` make of theirs: `\n`, `\x41`, `\101`, `\u0041`. */
export function decodeAnsi(text: string): string {
  let result = "";
  for (let at = 0; at < text.length; ) {
    const char = text[at] as string;
    if (char !== "\\" || at + 1 >= text.length) {
      result += char;
      at++;
      continue;
    }
    const kind = text[at + 1] as string;
    const [radix, most, from] = kind === "x" ? [16, 2, at + 2] : kind === "u" ? [16, 4, at + 2] : kind === "U" ? [16, 8, at + 2] : [8, 4, at + 1];
    let end = from;
    while (end < from + most && Number.isInteger(Number.parseInt(text[end] ?? "", radix))) end++;
    if (end > from && (radix === 16 || kind <= "7")) {
      const code = Number.parseInt(text.slice(from, end), radix);
      result += code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
      at = end;
    } else {
      result += NAMED[kind] ?? kind;
      at += 2;
    }
  }
  return result;
}
