import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readPipelines } from "../../../../processors/detection/content/shell/command.ts";
import { lexShell } from "../../../../processors/detection/content/shell/lexer.ts";
import type { ShellScript } from "../../../../processors/detection/content/shell/token.ts";

/** Words as their text, operators in angle brackets, redirections with their target; scripts inside a word behind it. */
function outline({ tokens }: ShellScript): string {
  return tokens.map((token) => {
    if (token.kind === "operator") return `<${token.text.replace("\n", "nl")}>`;
    if (token.kind === "redirect") return `[${token.text}${token.target ? ` ${token.target.text}` : ""}${token.body === undefined ? "" : ` =${JSON.stringify(token.body)}`}]`;
    return token.text + token.scripts.map((script) => `{${outline(script)}}`).join("");
  }).join(" ");
}

const TOKENS: readonly (readonly [text: string, outline: string])[] = [
  ["ls -la src", "ls -la src"],
  ["a;b&c&&d|e||f|&g", "a <;> b <&> c <&&> d <|> e <||> f <|&> g"],
  ["a\nb # comment\nc", "a <nl> b <nl> c"],
  ["echo 'a b' \"c d\" e\\ f", "echo a b c d e f"],
  ["c\"a\"t /e't'c/passwd", "cat /etc/passwd"],
  ["r\\m -rf /", "rm -rf /"],
  ["echo \"a\\\"b\\$c\\d\"", "echo a\"b$c\\d"],
  ["$'\\x63\\x61\\164' $'\\u0041\\n'", "cat A\n"],
  ["cat${IFS}/etc/passwd", "cat /etc/passwd"],
  ["$IFS$9cat$IFS/etc/passwd", " cat /etc/passwd"],
  ["x=$IFS", "x=$IFS"],
  ["c$@at f$*oo", "cat foo"],
  ["cat $HOME/.ssh ${HOME}/x $PWD ${A:-b}", "cat ~/.ssh ~/x $PWD ${A:-b}"],
  ["echo $(id) x`whoami`y", "echo {id} xy{whoami}"],
  ["echo \"a $(b \"c $(d)\") e\"", "echo a  e{b c {d}}"],
  ["echo $((1 + (2)))", "echo 0"],
  ["echo ${a:-$(id)}", "echo ${a:-$(id)}{id}"],
  ["bash <(curl x) >(tee y)", "bash {curl x} {tee y}"],
  ["a > b 2>&1 >>c <d &>e <<<f", "a [> b] [>& 1] [>> c] [< d] [&> e] [<<< f]"],
  ["cat <<EOF | sh\nrm x\nEOF\nls", "cat [<< EOF =\"rm x\\n\"] <|> sh <nl> ls"],
  ["cat <<-'E'\n\tx\n\tE\nls", "cat [<<- E =\"\\tx\\n\"] <nl> ls"],
  ["(a; b) && { c; }", "<(> a <;> b <)> <&&> { c <;> }"],
  [":(){ :|:& };:", ": <(> <)> { : <|> : <&> } <;> :"],
  ["a\\\nb c \\\n d", "ab c d"],
  ["echo 'open", "echo open"],
  ["echo $(open", "echo {open}"],
  ["echo $ 5$", "echo $ 5$"],
  ["a#b", "a#b"],
];

describe("a shell text falls into the tokens that bash sees", () => {
  for (const [text, expected] of TOKENS) test(JSON.stringify(text), () => assert.equal(outline(lexShell(text)), expected));
});

test("words and operators are where they say they are", () => {
  const text = "ec'h'o \"a b\"; $(id)>f";
  const places = lexShell(text).tokens.map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(places, ["ec'h'o", "\"a b\"", ";", "$(id)", ">f"]);
});

describe("what runs is found behind wrappers, assignments, braces and globs", () => {
  const commands: readonly (readonly [text: string, names: string, hidden: boolean])[] = [
    ["sudo -u root env A=1 nohup rm -rf x", "rm", false], ["timeout -k 5 10s cat x", "cat", false], ["xargs -I {} -n 1 dig {}", "dig", false],
    ["A=1 B=2 node app.js", "node", false], ["/usr/bin/Cat x", "cat", false], ["C:\\Windows\\cmd.exe /c dir", "cmd", false], ["if true; then id; fi", "true id ", false],
    ["{cat,/etc/passwd}", "cat", true], ["/b?n/c[a-b]t x", "cat", true], ["r''m x", "rm", true], ["w'h'oami", "whoami", true], ["\\rm x", "rm", false],
    ["cp a.{js,ts} out", "cp", false], ["\"my tool\" x", "my tool", false], ["fo''o x", "foo", false], ["env", "env", false], ["a | b || c", "a b c", false],
  ];
  for (const [text, names, hidden] of commands) {
    test(text, () => {
      const all = readPipelines(lexShell(text)).flat();
      assert.equal(all.map(({ name }) => name).join(" "), names);
      assert.equal(all.some((command) => command.hidden), hidden);
    });
  }
});

test("substitutions nested deeper than anybody writes are refused, not followed", () => {
  assert.doesNotThrow(() => lexShell("$(".repeat(16)));
  assert.throws(() => lexShell("$(".repeat(17)), { name: "Error", message: "shell" });
});
