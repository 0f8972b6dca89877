import { quote, type Report } from "../report.ts";

/** Internal entities from which a document can be blown up (CWE-776). */
const BOMB = 8;

/** Document types that bring entities from elsewhere (CWE-611), blow up (CWE-776), or pull in other files. */
export function inspectXml(text: string, report: Report): void {
  report.spend(text.length >> 4);
  let entities = 0;
  for (let at = text.indexOf("<!"); at >= 0; at = text.indexOf("<!", at + 2)) {
    report.spend(4);
    const head = text.slice(at, at + 512);
    const entity = /^<!ENTITY\s{1,8}(?:%\s{0,8})?[\w.:-]{1,64}\s{1,8}(SYSTEM|PUBLIC)?/i.exec(head);
    if (entity?.[1]) report.add("xml.entity", at, at + head.split(">", 1)[0]!.length, `an entity from elsewhere: ${quote(head)}`);
    else if (entity && ++entities === BOMB) report.add("xml.entity_bomb", at, at + entity[0].length, "many entities that may contain each other");
    else if (/^<!DOCTYPE\s{1,8}[\w.:-]{1,64}\s{1,8}SYSTEM\s/i.test(head)) report.add("xml.doctype", at, at + 64, quote(head));
  }
  const include = /<xi:include\b[^>]{0,256}\bhref\s{0,4}=|xmlns:xi\s{0,4}=|<\?xml-stylesheet[^>]{0,256}href\s{0,4}=|<xsl:(?:include|import)\b|xalan:\/\/|<msxsl:script\b/i.exec(text);
  if (include) report.add("xml.include", include.index, include.index + include[0].length, quote(include[0]));
}
