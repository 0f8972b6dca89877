import { compilePatterns } from "../patterns.ts";
import { quote, type Report } from "../report.ts";

/** Internal entities from which a document can be blown up (CWE-776). */
const BOMB = 8;
/** Characters in which a declaration shows what it is. */
const HEAD = 512;
const ENTITY = /^<!ENTITY\s{1,8}(?:%\s{0,8})?[\w.:-]{1,64}\s{1,8}(SYSTEM|PUBLIC)?/i;
const DOCTYPE = /^<!DOCTYPE\s{1,8}[\w.:-]{1,64}\s{1,8}SYSTEM\s/i;
const searchIncludes = compilePatterns(["(?i)<xi:include\\b[^>]*\\bhref\\s*=|xmlns:xi\\s*=|<\\?xml-stylesheet[^>]*href\\s*=|<xsl:(?:include|import)\\b|xalan://|<msxsl:script\\b"]);

/** Document types that bring entities from elsewhere (CWE-611), blow up (CWE-776), or pull in other files. */
export function inspectXml(text: string, report: Report): void {
  report.spend(text.length >> 4);
  let entities = 0;
  for (let at = text.indexOf("<!"); at >= 0; at = text.indexOf("<!", at + 2)) {
    report.spend(4);
    const head = text.slice(at, at + HEAD);
    const entity = ENTITY.exec(head);
    const end = at + (head.split(">", 1)[0] as string).length;
    if (entity?.[1]) report.add("xml.entity", at, end, `an entity from elsewhere: ${quote(head)}`);
    else if (entity && ++entities === BOMB) report.add("xml.entity_bomb", at, end, "many entities that may contain each other");
    else if (DOCTYPE.test(head)) report.add("xml.doctype", at, end, quote(head));
  }
  if (!/<[?xm]/i.test(text) && !text.includes("xmlns:xi") && !text.includes("xalan:")) return;
  for (const { start, end } of searchIncludes(text)) report.add("xml.include", start, end, quote(text.slice(start, end)));
}
