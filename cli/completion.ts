import { Argument, type Command } from "commander";
import { action, type AddCommand, EXIT } from "./command.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

export const completion: AddCommand = (program) => {
  program.command("completion").addArgument(new Argument("<shell>", "your shell").choices(SHELLS))
    .summary("completion for bash, zsh or fish")
    .description("Prints a script to be loaded by the shell:\n  bash  source <(spangate completion bash)\n  zsh   source <(spangate completion zsh)\n  fish  spangate completion fish | source")
    .action(action((shell: Shell) => {
      process.stdout.write({ bash, zsh, fish }[shell](commandsOf(program)));
      return EXIT.ok;
    }));
};

interface Entry {
  /** Words that lead to it: `policy import`. */
  readonly name: string;
  readonly summary: string;
  readonly subcommands: readonly string[];
  readonly options: readonly { readonly flags: readonly string[]; readonly text: string; readonly takes: boolean; readonly choices: readonly string[] }[];
  readonly choices: readonly string[];
}

/** Every command and what may follow it. */
function commandsOf(command: Command, before = ""): Entry[] {
  return command.commands.flatMap((child) => {
    const name = `${before}${child.name()}`;
    const entry: Entry = {
      name, summary: child.summary() || child.description(), subcommands: child.commands.map((inner) => inner.name()),
      options: child.options.map((option) => ({ flags: [option.short, option.long].filter((flag) => flag !== undefined), text: option.description, takes: option.required || option.optional, choices: option.argChoices ?? [] })),
      choices: child.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    };
    return [entry, ...commandsOf(child, `${name} `)];
  });
}

function bash(entries: readonly Entry[]): string {
  const cases = entries.map(({ name, options, subcommands, choices }) =>
    `    "${name}") words="${[...subcommands, ...choices, ...options.flatMap(({ flags }) => flags), "--help"].join(" ")}" ;;`);
  return `# spangate completion for bash
_spangate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) case " ${entries.map(({ name }) => name.replace(" ", "_")).join(" ")} " in *" \${path:+\${path// /_}_}$word "*) path="\${path:+$path }$word" ;; esac ;; esac
  done
  case "$path" in
    "") words="${entries.filter(({ name }) => !name.includes(" ")).map(({ name }) => name).join(" ")} --help --version" ;;
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ $current == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _spangate spangate
`;
}

function zsh(entries: readonly Entry[]): string {
  const quote = (text: string): string => text.replace(/'/g, "'\\''").replace(/[[\]:]/g, "\\$&");
  const top = entries.filter(({ name }) => !name.includes(" "));
  const options = ({ options: all }: Entry): string => all.flatMap(({ flags, text, takes, choices }) => flags.map((flag) => `'${flag}[${quote(text)}]${takes ? `:value:${choices.length ? `(${choices.join(" ")})` : "_files"}` : ""}'`)).join(" ");
  const body = (entry: Entry, depth: number): string => {
    const inner = entries.filter(({ name }) => name.startsWith(`${entry.name} `));
    if (inner.length === 0) return `_arguments ${options(entry)} '*:file:${entry.choices.length ? `(${entry.choices.join(" ")})` : "_files"}'`;
    return `if (( CURRENT == ${depth} )); then _values 'command' ${inner.map(({ name, summary }) => `'${name.split(" ").at(-1)}[${quote(summary)}]'`).join(" ")}; else _arguments ${inner.map(options).join(" ")} '*:file:_files'; fi`;
  };
  return `#compdef spangate
_spangate() {
  if (( CURRENT == 2 )); then
    _values 'command' ${top.map(({ name, summary }) => `'${name}[${quote(summary)}]'`).join(" ")}
    return
  fi
  case "$words[2]" in
${top.map((entry) => `    ${entry.name}) ${body(entry, 3)} ;;`).join("\n")}
  esac
}
compdef _spangate spangate
`;
}

function fish(entries: readonly Entry[]): string {
  const quote = (text: string): string => text.replace(/\\/g, "\\\\").replace(/'/g, "\\'");
  const lines = entries.flatMap(({ name, summary, options }) => {
    const words = name.split(" ");
    const self = words.at(-1) as string;
    const at = words.length === 1 ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${words[0]}`;
    const under = words.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    return [
      `complete -c spangate -n '${at}' -a '${self}' -d '${quote(summary)}'`,
      ...options.map(({ flags, text, takes, choices }) => `complete -c spangate -n '${under}' ${flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(" ")}${takes ? " -r" : ""}${choices.length ? ` -a '${choices.join(" ")}'` : ""} -d '${quote(text)}'`),
    ];
  });
  return `# spangate completion for fish\n${lines.join("\n")}\n`;
}
