import type { Role } from "./finding.ts";

/** Names of arguments that say by themselves what they are for. */
const KEYS: ReadonlyMap<string, Role> = new Map(([
  ["shell", "command cmd commands commandline shell shellcommand bash bashcommand terminal cmdline exec"],
  ["sql", "sql sqlquery sqlstatement sqltext querysql rawsql"],
  ["path", "path file filename filepath filepaths paths files dir directory folder cwd workdir workingdirectory targetfile sourcefile outputpath inputpath outputfile inputfile destinationpath sourcepath absolutepath relativepath rootdir"],
  ["url", "url uri urls href endpoint webhook webhookurl callbackurl baseurl host hostname imageurl fileurl pageurl redirecturl siteurl feedurl link"],
  ["code", "code sourcecode python javascript typescript snippet program pythoncode jscode codesnippet newstr oldstr patch diff codeedit filecontent filetext"],
] as const).flatMap(([role, names]) => names.split(" ").map((name) => [name, role] as const)));

/** Names that need the tool's name to be understood: `query` of a search is a value, `query` of a database is SQL. */
const WITH_TOOL: readonly (readonly [keys: ReadonlySet<string>, tool: RegExp, role: Role])[] = [
  [new Set(["query", "statement", "q", "text"]), /sql|database|(?:^|_)db(?:_|$)|postgres|mysql|sqlite|bigquery|snowflake|duckdb|clickhouse|redshift/, "sql"],
  [new Set(["script", "input", "args", "arguments", "line", "text"]), /shell|bash|terminal|(?:^|_)(?:cmd|sh|zsh|powershell)(?:_|$)|run_command|execute_command/, "shell"],
  [new Set(["script", "input", "expression", "source"]), /python|javascript|node_?js|(?:^|_)code(?:_|$)|interpreter|repl|notebook|jupyter/, "code"],
  [new Set(["content", "contents", "text", "body", "data", "newtext"]), /(?:write|edit|create|append|update|save|patch|replace)_?(?:the_)?(?:text_)?file|str_replace|file_?(?:write|edit|create)|apply_patch|notebook/, "code"],
  [new Set(["source", "destination", "src", "dest", "dst", "from", "to", "target", "name", "location", "root", "uri"]), /file|folder|directory|(?:^|_)dir(?:_|$)|(?:^|_)(?:copy|move|rename|upload|download)(?:_|$)/, "path"],
  [new Set(["address", "site", "website", "page", "target", "link", "domain", "source"]), /fetch|http|browse|crawl|scrape|navigate|request|webhook|download/, "url"],
];

/** What an argument is meant to be, by its name and that of its tool; `value` where nothing says. */
export function roleOf(key: string, tool: string): Role {
  const name = key.replaceAll(/[^A-Za-z0-9]/g, "").toLowerCase().slice(0, 64);
  const known = KEYS.get(name);
  if (known) return known;
  // "runCommand" and "run-command" are "run_command".
  const about = tool.slice(0, 256).replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().replaceAll(/[^a-z0-9]/g, "_");
  return WITH_TOOL.find(([keys, pattern]) => keys.has(name) && pattern.test(about))?.[2] ?? "value";
}
