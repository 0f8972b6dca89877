/** Least part of the characters of a decoded text that must be printable ASCII. */
const PRINTABLE = 0.8;

/** The text that base64 or base64url stands for; undefined where it decodes to no text. */
export function decodedText(base64: string): string | undefined {
  if (base64.replace(/=+$/, "").length % 4 === 1) return undefined;
  const text = Buffer.from(base64, "base64").toString("latin1");
  let printable = 0;
  for (let at = 0; at < text.length; at++) printable += Number(text[at]! >= " " && text[at]! <= "~");
  return text.length > 0 && printable >= PRINTABLE * text.length ? text : undefined;
}

/** Whether it is `user:password` in base64, as HTTP Basic and Docker's configuration write it (RFC 7617). */
export function isUserAndPassword(base64: string): boolean {
  const text = decodedText(base64);
  return text !== undefined && text.indexOf(":") >= 0 && text.length > text.indexOf(":") + 1;
}
