import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readCondition } from "../../../../processors/detection/content/sql/expression.ts";
import { lexSql } from "../../../../processors/detection/content/sql/lexer.ts";

const outline = (text: string): string => lexSql(text).map(({ kind, text: content, open }) => (kind === content ? kind : `${kind}:${content}${open ? "…" : ""}`)).join(" ");

const TOKENS: readonly (readonly [text: string, outline: string])[] = [
  ["SELECT a.b, 1 FROM t", "word:select word:a . word:b , number:1 word:from word:t"],
  ["'it''s' \"x\\\"y\" 'open", "string:it's string:x\"y string:open…"],
  ["`a` [b c] x[1]", "name:a name:b c word:x name:1"],
  ["N'x' E'y' X'ff' nx", "string:x string:y string:ff word:nx"],
  ["$$a 'b'$$ $t$c$t$ $1 $x", "string:a 'b' string:c variable:$1 variable:$x"],
  ["@@version @a :b a::text", "variable:@@version variable:@a variable::b word:a operator::: word:text"],
  ["1 1.5 .5 1e5 0xFf 1.e(1)", "number:1 number:1.5 number:.5 number:1e5 number:0xFf number:1.e ( number:1 )"],
  ["a--c\nb #d\n/* e */ f", "word:a comment:--c word:b comment:#d comment:/* e */ word:f"],
  ["/*!50000union*//*!select*/1", "conditional:/*!50000 word:union conditional:/*! word:select number:1"],
  ["a<>b!=c<=>d||e&&f:=g", "word:a operator:<> word:b operator:!= word:c operator:<=> word:d operator:|| word:e operator:&& word:f operator::= word:g"],
  ["1\u2032) and \u20191", "number:1 string:) and  number:1"],
  ["\u00e9t\u00e9 = \u6771", "word:\u00e9t\u00e9 operator:= word:\u6771"],
];

describe("SQL falls into the tokens that a server sees, whatever its dialect", () => {
  for (const [text, expected] of TOKENS) test(JSON.stringify(text), () => assert.equal(outline(text), expected));
});

describe("a condition is read for what it compares, not by a list of known ones", () => {
  const conditions: readonly (readonly [text: string, kind: string])[] = [
    ["1=1", "constant"], ["2>1", "constant"], ["'a'='a'", "constant"], ["((3))=((3", "constant"], ["'x'||'y'='xy'", "constant"], ["5-4=1", "constant"], ["not 1=2", "constant"], ["null is null", "constant"],
    ["true", "lone"], ["1", "lone"], ["a=a", "same"], ["t.a=t.a", "same"], ["a=1", "compared"], ["length(a)>3", "compared"], ["a", "other"], ["sleep(5)", "other"], ["a=", "other"], ["", "other"],
  ];
  for (const [text, kind] of conditions) test(text || "nothing", () => assert.equal(readCondition(lexSql(text), 0).kind, kind));
  test("a query inside, and a string that stays open", () => {
    assert.equal(readCondition(lexSql("1=(select count(*) from t)"), 0).subquery, true);
    assert.equal(readCondition(lexSql("'a'='a"), 0).dangling, true);
  });
});
