/**
 * Shannon entropy of the characters of a text, in bits per character: 0 for `aaaa`, at most log2 of how many
 * different characters there are.
 */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
