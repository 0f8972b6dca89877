import { words } from "../words.ts";

/** Words with which a statement begins. */
export const STATEMENTS: ReadonlySet<string> = words(`
  select insert update delete merge replace with values table explain describe desc show use create alter drop truncate grant revoke begin
  start commit rollback savepoint set declare exec execute call copy load attach detach pragma vacuum analyze lock unlock shutdown kill
  waitfor if do handler rename comment bulk backup restore reset listen notify dbcc end go print refresh reindex optimize
`);
/** Statements that only read. */
export const READS: ReadonlySet<string> = new Set(["select", "with", "values", "table", "explain", "describe", "desc", "show"]);
/** Statements that belong around others. */
export const FRAME: ReadonlySet<string> = words(`
  begin start commit rollback savepoint set use end go declare print reset
`);
/** Statements that SQL Server takes right behind a value, without a semicolon. */
export const FOLLOWING: ReadonlySet<string> = words(`
  exec execute insert update delete drop create alter grant truncate waitfor shutdown declare select
`);
/** Words that go on with an expression or a statement where a value has ended. */
export const CONNECTORS: ReadonlySet<string> = words(`
  or and xor where having not when like rlike regexp in between div mod is if then else
`);
/** Connectors with a condition behind them. */
export const LOGICAL: ReadonlySet<string> = words("or and xor where having when not rlike");
/** Clauses that follow a finished expression. */
export const CLAUSES: ReadonlySet<string> = words(`
  order group limit offset procedure into union intersect except minus as for waitfor fetch returning
`);
export const COMPARISONS: ReadonlySet<string> = words(`
  = == <> != < > <= >= <=> like ilike rlike regexp is in between sounds glob similar
`);
/** Functions that make a server wait, whose running time tells an attacker a bit at a time (CWE-89, time based). */
export const DELAYS: ReadonlySet<string> = words(`
  sleep pg_sleep pg_sleep_for pg_sleep_until benchmark randomblob zeroblob dbms_lock.sleep dbms_session.sleep dbms_pipe.receive_message
  utl_inaddr.get_host_address
`);
/** Functions and procedures that run commands or load code. */
export const COMMANDS: ReadonlySet<string> = words(`
  xp_cmdshell xp_dirtree xp_fileexist xp_regwrite xp_regread xp_subdirs sp_oacreate sp_oamethod sp_configure sp_execute_external_script
  load_extension sys_exec sys_eval dbms_scheduler.create_job dbms_java.runjava utl_http.request httpuritype sp_addsrvrolemember
  sp_makewebtask fts3_tokenizer dblink_connect dblink
`);
/** Functions that read or write files of the server. */
export const FILES: ReadonlySet<string> = words(`
  load_file pg_read_file pg_read_binary_file pg_ls_dir lo_import lo_export utl_file.fopen openrowset opendatasource bfilename
`);
/** Functions that put a query's result into an error message (CWE-209). */
export const ERRORS: ReadonlySet<string> = words(`
  extractvalue updatexml exp geometrycollection polygon multipoint procedure ctxsys.drithsx.sn xmltype name_const gtid_subset
  st_latfromgeohash
`);
/** Functions that stand where an injected expression begins, and seldom in a program's own text. */
export const SQL_FUNCTIONS: ReadonlySet<string> = words(`
  elt char chr ascii substring substr hex unhex bin ord version database current_user session_user cast utl_http utl_inaddr dbms_pipe
  dbms_lock dbms_xmlgen extractvalue updatexml load_file sleep benchmark pg_sleep randomblob concat_ws group_concat to_char
  bitstring_to_binary
`);
/** Variables of servers that tell about them. */
export const SERVER_VARIABLES: ReadonlySet<string> = words(`
  @@version @@hostname @@datadir @@basedir @@servername @@global @@language @@secure_file_priv @@version_comment @@version_compile_os @@port
  @@tmpdir
`);
/** Tables that describe the database itself. */
export const SCHEMAS: ReadonlySet<string> = words(`
  information_schema sqlite_master sqlite_schema pg_catalog pg_shadow pg_user pg_tables sysobjects syscolumns sysdatabases all_tables
  all_tab_columns user_tables dba_users v$version msysobjects
`);

/** A word of the grammar, as far as fragments use it. */
export function isKeyword(word: string): boolean {
  return STATEMENTS.has(word) || CONNECTORS.has(word) || CLAUSES.has(word) || word === "from" || word === "all";
}
