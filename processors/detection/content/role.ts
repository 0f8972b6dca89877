import type { Role } from "./finding.ts";
import { words } from "./words.ts";

/** Names of arguments that say by themselves what they are for; without separators, in lower case. */
const KEYS: readonly (readonly [role: Role, names: ReadonlySet<string>])[] = [
  ["shell", words("command cmd commands commandline shell shellcommand bash bashcommand terminal cmdline exec")],
  ["sql", words("sql sqlquery sqlstatement sqltext querysql rawsql")],
  ["path", words(`
    path file filename filepath filepaths paths files dir directory folder cwd workdir workingdirectory targetfile sourcefile outputpath
    inputpath outputfile inputfile destinationpath sourcepath absolutepath relativepath rootdir
  `)],
  ["url", words(`
    url uri urls href endpoint webhook webhookurl callbackurl baseurl host hostname imageurl fileurl pageurl redirecturl siteurl feedurl link
  `)],
  ["code", words(`
    code sourcecode python javascript typescript snippet program pythoncode jscode codesnippet newstr oldstr patch diff codeedit filecontent
    filetext
  `)],
];
const ROLE_OF_KEY: ReadonlyMap<string, Role> = new Map(KEYS.flatMap(([role, names]) => [...names].map((name) => [name, role] as const)));

/** Names that need the tool's name to be understood: `query` of a search is a value, `query` of a database is SQL. */
const WITH_TOOL: readonly (readonly [keys: ReadonlySet<string>, tool: RegExp, role: Role])[] = [
  [words("query statement q text"), /sql|database|(?:^|_)db(?:_|$)|postgres|mysql|sqlite|bigquery|snowflake|duckdb|clickhouse|redshift/, "sql"],
  [words("script input args arguments line text"), /shell|bash|terminal|(?:^|_)(?:cmd|sh|zsh|powershell)(?:_|$)|run_command|execute_command/, "shell"],
  [words("script input expression source"), /python|javascript|node_?js|(?:^|_)code(?:_|$)|interpreter|repl|notebook|jupyter/, "code"],
  [
    words("content contents text body data newtext"),
    /(?:write|edit|create|append|update|save|patch|replace)_?(?:the_)?(?:text_)?file|str_replace|file_?(?:write|edit|create)|apply_patch|notebook/, "code",
  ],
  [
    words("source destination src dest dst from to target name location root uri"),
    /file|folder|directory|(?:^|_)dir(?:_|$)|(?:^|_)(?:copy|move|rename|upload|download)(?:_|$)/, "path",
  ],
  [words("address site website page target link domain source"), /fetch|http|browse|crawl|scrape|navigate|request|webhook|download/, "url"],
];
/** Characters of a name that are looked at. */
const LONGEST_KEY = 64;
const LONGEST_TOOL = 256;

/** What an argument is meant to be, by its name and that of its tool; `value` where nothing says. */
export function roleOf(key: string, tool: string): Role {
  const name = key.slice(0, LONGEST_KEY).replaceAll(/[^A-Za-z0-9]/g, "").toLowerCase();
  const known = ROLE_OF_KEY.get(name);
  if (known) return known;
  // "runCommand" and "run-command" are "run_command".
  const about = tool.slice(0, LONGEST_TOOL).replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().replaceAll(/[^a-z0-9]/g, "_");
  return WITH_TOOL.find(([keys, pattern]) => keys.has(name) && pattern.test(about))?.[2] ?? "value";
}
