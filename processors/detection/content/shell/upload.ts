import { sensitivityOf } from "../path/sensitive.ts";
import { quote, type Report } from "../report.ts";
import type { ShellCommand } from "./command.ts";
import type { ShellWord } from "./token.ts";

/** Options that send a body, a form field or a file, of curl, wget, httpie and PowerShell; compared in lower case where they are long. */
const SENDING: ReadonlyMap<string, "body" | "form" | "file"> = new Map([
  ["-d", "body"], ["--data", "body"], ["--data-binary", "body"], ["--data-urlencode", "body"], ["--data-ascii", "body"], ["--json", "body"],
  ["-F", "form"], ["--form", "form"], ["-T", "file"], ["--upload-file", "file"], ["--post-file", "file"], ["--body-file", "file"], ["-infile", "file"],
]);
/** Programs whose arguments are the files that they send. */
const COPIERS: ReadonlySet<string> = new Set(["scp", "rsync", "sftp", "rclone"]);

interface Sent {
  /** The file whose content goes out, if it is one. */
  readonly file: string | undefined;
  readonly word: ShellWord;
}

/** What a command that sends something sends by its arguments. */
export function judgeUpload(command: ShellCommand, report: Report): void {
  const tell = (rule: string, detail: string): void => report.add(rule, command.start, command.end, detail);
  for (const { file, word } of sentBy(command)) {
    const is = file === undefined ? undefined : sensitivityOf(file);
    if (is === "secret" || is === "settings") tell("shell.exfiltration", `sends ${quote(file as string)}`);
    else if ((file !== undefined && file !== "-") || word.scripts.length > 0) tell("shell.upload", `sends ${quote(word.raw)}`);
  }
}

function sentBy({ name, args }: ShellCommand): readonly Sent[] {
  if (COPIERS.has(name)) return args.filter(({ text }) => !text.startsWith("-") && !/^[\w.@-]{1,128}:/.test(text)).map((word) => ({ file: word.text, word }));
  return args.flatMap((option, index) => {
    const [key, inline] = splitOption(option.text);
    const kind = SENDING.get(key);
    const word = inline === undefined ? args[index + 1] : option;
    return kind && word ? [{ file: fileIn(kind, key, inline ?? word.text), word }] : [];
  });
}

/** `@file` in a body, `name=@file` in a form, and everything where a file is asked for. */
function fileIn(kind: "body" | "form" | "file", key: string, value: string): string | undefined {
  if (kind === "file") return value;
  if (kind === "form") {
    const mark = value.search(/=[@<]/);
    return mark < 0 ? undefined : value.slice(mark + 2);
  }
  const mark = value.indexOf("@");
  return mark === 0 || (mark > 0 && key === "--data-urlencode") ? value.slice(mark + 1) : undefined;
}

/** `--data=x`, `-dx` and `-d x` alike. */
function splitOption(text: string): readonly [key: string, value: string | undefined] {
  if (text.startsWith("--")) {
    const equals = text.indexOf("=");
    return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
  }
  if (/^-[dFT]./.test(text)) return [text.slice(0, 2), text.slice(2)];
  return text.length > 2 ? [text.toLowerCase(), undefined] : [text, undefined];
}
