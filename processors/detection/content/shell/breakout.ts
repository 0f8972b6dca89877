import { quote, type Report } from "../report.ts";
import { readPipelines, type ShellPipeline } from "./command.ts";
import { lexShell } from "./lexer.ts";
import type { ShellScript } from "./token.ts";

/** Characters from whose tokens one sees where a command comes from. */
const HEAD = 1024;
/** Files that hold data: as the first word of a command they are a value that somebody put a command behind. */
const DATA_FILE = /^\w[\w./-]{0,128}\.(?:pdf|png|jpe?g|gif|svg|txt|csv|tsv|docx?|xlsx?|pptx?|json|xml|html?|zip|gz|log|md|mp[34]|wav|ya?ml)$/i;
/** Options that run a program, as the whole of what should have been a host, a file or a branch (CWE-88). */
const DANGEROUS_OPTION = /^(?:-o(?:Proxy|Local|Permit|Known)|-e(?:sh|bash)\b|--(?:upload-pack|receive-pack|exec|checkpoint|to-command|config|rsh)[=:])/;

/** Signs that a command was meant to be one argument of another: it begins or ends with a separator, or starts with a file of data. */
export function judgeBreakout(text: string, report: Report): void {
  const trimmed = text.trim();
  const offset = text.indexOf(trimmed);
  const tell = (detail: string): void => report.add("shell.breakout", offset, offset + trimmed.length, detail);
  if (trimmed.length > 1 && (/^(?:;|\|\|?|&&?)(?![&|;])/.test(trimmed) || /(?:\||&&)$/.test(trimmed))) tell("begins or ends with a separator");
  if (/^%0[ad]|%0[ad]$/i.test(trimmed)) tell("begins or ends with an encoded line break");
  const script = lexShell(text.slice(0, HEAD));
  report.spend(Math.min(text.length, HEAD));
  if (closesNothing(script)) tell("closes a parenthesis that it has not opened");
  judgeFirst(readPipelines(script), report, tell);
}

function judgeFirst([first, ...others]: readonly ShellPipeline[], report: Report, tell: (detail: string) => void): void {
  const command = first?.[0];
  const word = command?.word;
  if (!command || !word) return;
  const alone = first.length === 1 && others.length === 0 && command.args.length === 0;
  if (alone && word.text === "" && word.scripts.length > 0) tell("nothing but a substitution");
  if (DATA_FILE.test(word.text) && command.after !== "") tell(`a file of data in front of a separator: ${quote(word.text)}`);
  else if (word.quoted && /[;|&\n]/.test(word.text)) tell("separators in the name of a command");
  else if (DANGEROUS_OPTION.test(word.text)) report.add("shell.option_injection", word.start, word.end, "an option in place of a command");
}

/** `a);id`; the patterns of `case` close without opening as well. */
function closesNothing({ tokens }: ShellScript): boolean {
  if (tokens.some((token) => token.kind === "word" && token.text === "case")) return false;
  let depth = 0;
  return tokens.some((token) => token.kind === "operator" && (token.text === "(" ? ++depth : token.text === ")" ? --depth : depth) < 0);
}
