import { plainName, type ShellCommand } from "./command.ts";
import type { ShellWord } from "./token.ts";
import { INTERPRETERS, SHELLS } from "./programs.ts";

/** Text inside a command that runs in turn. */
interface InnerCode {
  readonly language: "shell" | "code";
  readonly text: string;
  readonly word: ShellWord;
}

const RUNS_SHELL = /^(?:su|sg|runuser)$/;
/** `-c`, `-lc`, `/c`, `/k`, `-Command`. */
const COMMAND_OPTION = /^(?:-[a-z]{0,4}c|\/[ck]|-command)$/i;

/** Scripts that a command takes as arguments or input: `sh -c`, `eval`, `python -c`, `ssh host command`, `su -c`, here-documents. */
export function innerCode(command: ShellCommand): readonly InnerCode[] {
  const { name, args } = command;
  const found: InnerCode[] = [];
  const add = (language: InnerCode["language"], word: ShellWord | undefined, text: string = word?.text ?? ""): void => {
    if (word && text !== "") found.push({ language, text, word });
  };
  if (isEncoded(command)) add("shell", args.at(-1), Buffer.from(args.at(-1)?.text ?? "", "base64").toString("utf16le"));
  const from = args.findIndex(({ text }) => COMMAND_OPTION.test(text)) + 1;
  if (isWindowsShell(name)) {
    // Their arguments are one text, whose backslashes are no escapes.
    if (from > 0) add("shell", args[from], args.slice(from).map(({ raw, quoted, text }) => (quoted ? text : raw)).join(" "));
  } else if ((SHELLS.has(name) || RUNS_SHELL.test(name)) && from > 0) add("shell", args[from]);
  if (name === "eval" || name === "source" || name === ".") add("shell", args[0], args.map(({ text }) => text).join(" "));
  if (name === "ssh" || name === "watch" || name === "entr") add("shell", args.findLast(({ text }) => /[\s;|&]/.test(text)));
  if (name === "trap") add("shell", args[0]);
  const options = INTERPRETERS.get(plainName(name));
  if (options) args.forEach((word, index) => (options.includes(args[index - 1]?.text ?? "") ? add("code", word) : undefined));
  for (const { text, target, body } of command.redirects) {
    if (SHELLS.has(name) && text === "<<<") add("shell", target);
    if (body !== undefined && (SHELLS.has(name) || options)) add(options ? "code" : "shell", target, body);
  }
  return found;
}

/** `powershell -EncodedCommand`, in any of the forms that PowerShell completes. */
export function isEncoded({ name, args }: ShellCommand): boolean {
  return (name === "powershell" || name === "pwsh") && args.some(({ text }) => /^[-/]e(?:c|n[a-z]{0,15})?$/i.test(text));
}

function isWindowsShell(name: string): boolean {
  return name === "cmd" || name === "powershell" || name === "pwsh";
}

