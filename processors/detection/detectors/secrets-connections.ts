import type { Detector } from "../detector.ts";
import { isPlaceholder } from "../secrets/placeholder.ts";

const DATABASES = "postgres|postgresql|mysql|mysql2|mariadb|mongodb|redis|rediss|valkey|amqp|amqps|mssql|sqlserver|oracle|clickhouse|cockroachdb|couchbase|couchdb|neo4j|bolt|nats|kafka|influxdb|elasticsearch|snowflake|firebird|db2|vertica|trino|cassandra";
const SERVERS = "https?|ftps?|sftp|ssh|smtps?|submission|imaps?|pop3s?|ldaps?|wss?|mqtts?|rtsp|socks5h?|svn|git|git\\+https?|git\\+ssh|nexus|proxy";
/** A driver, as SQLAlchemy and MongoDB name it: `postgresql+psycopg2`, `mongodb+srv`. */
const DRIVER = "(?:\\+[a-z0-9]+)?";
/** What may stand before the colon: a user, or nothing as Redis has it. */
const USER = "[^\\s:@/\"'<>`]{0,100}";
/** Passwords are escaped in theory; people write `/`, `#` and `?` in them all the same. */
const PASSWORD = "([^\\s@\"'<>`]{1,200})";
const HOST = "@[\\w.\\[-]";

/** Passwords in the addresses of servers and in connection strings. */
export const SECRETS_CONNECTIONS: readonly Detector[] = [
  {
    id: "database_url",
    category: "secret",
    triggers: [`(?i)(?:${DATABASES})${DRIVER}://`],
    pattern: `(?i)\\b(?:${DATABASES})${DRIVER}://${USER}:${PASSWORD}${HOST}`,
    group: 1,
    validate: isPassword,
    score: 0.95,
    matches: [
      "postgres://app:s3cr3t@db.internal:5432/app", "mongodb+srv://admin:Tr0ub4dor&3@cluster0.abcde.mongodb.net/test?retryWrites=true", "redis://:p4ssw0rd@127.0.0.1:6379/0",
      "amqps://guest:gu3st@rabbit/vhost", "postgresql+psycopg2://u:p%40ss@localhost/db", "jdbc:mysql://root:hunter2@localhost/db",
    ],
    misses: ["postgres://localhost:5432/app", "postgres://user:password@localhost/app", "redis://cache:6379/0?owner=ann@example.org", "mysql://root:${MYSQL_PASSWORD}@db/app", "postgres://app:<password>@db/app"],
  },
  {
    id: "jdbc_password",
    category: "secret",
    triggers: ["(?i)jdbc:"],
    pattern: String.raw`(?i)\bjdbc:[^\s"'<>]{1,300}?[?;&](?:password|pwd)=([^\s"'<>;&]{1,100})`,
    group: 1,
    validate: isPassword,
    score: 0.95,
    matches: ["jdbc:sqlserver://db:1433;databaseName=app;user=sa;password=Str0ng!Pass;encrypt=true", "jdbc:postgresql://db/app?user=a&password=s3cr3t"],
    misses: ["jdbc:postgresql://db/app", "jdbc:postgresql://db/app?password=${DB_PASSWORD}"],
  },
  {
    id: "jdbc_oracle_password",
    category: "secret",
    triggers: ["(?i)jdbc:oracle:"],
    pattern: String.raw`(?i)\bjdbc:oracle:[a-z]{2,6}:[^\s/@"']{1,60}/([^\s@"']{1,100})@`,
    group: 1,
    validate: isPassword,
    score: 0.95,
    matches: ["jdbc:oracle:thin:scott/t1ger99@//db:1521/orcl"],
    misses: ["jdbc:oracle:thin:@//db:1521/orcl", "jdbc:oracle:thin:user/password@db"],
  },
  {
    // ADO.NET, ODBC and libpq write settings side by side; the password is one among them.
    id: "connection_string_password",
    category: "secret",
    triggers: ["(?i)(?:password|pwd) ?="],
    pattern: String.raw`(?i)(?:^|[;\s"'])(?:password|pwd) ?= ?([^\s;"'<>&]{1,128})`,
    group: 1,
    // In source code such names are arguments: `host=host, password=parts["password"]`.
    validate: (value, { before, after }) => isPassword(value) && !/[()[\]{},]/.test(value) && hasServer(`${before}${after}`),
    score: 0.9,
    matches: ["Server=tcp:a.database.windows.net,1433;User ID=app;Password=S3cret!;Encrypt=True;", "Driver={ODBC Driver 18};Pwd=s3cr3t;Server=db;Uid=sa;", "host=db user=app password=s3cr3t dbname=app"],
    misses: ["Server=db;User ID=app;Password={your_password};", "password=s3cr3t", "Server=db;Integrated Security=True;", "connect(host=host, user=user, password=password, dbname=name)"],
  },
  {
    id: "url_password",
    category: "secret",
    triggers: [`(?i)(?:${SERVERS})://[^\\s/@]*@`],
    pattern: `(?i)\\b(?:${SERVERS})://${USER}:([^\\s@/"'<>\`]{1,200})${HOST}`,
    group: 1,
    validate: isPassword,
    score: 0.85,
    matches: ["https://ann:s3cr3t@example.org/", "git clone https://oauth2:glpat0123abc@gitlab.example.org/a/b.git", "ftp://u:p4ss@ftp.example.org"],
    misses: ["https://example.org:8080/@user", "https://user:password@example.org", "https://example.org/a:b@c", "ssh://git@example.org:22/repo"],
  },
];

/** What stands after the colon is a password, not a port with a path behind it, and not the word for one. */
function isPassword(value: string): boolean {
  return !/^\d{1,5}(?:[/?#]|$)/.test(value) && !isPlaceholder(value);
}

function hasServer(text: string): boolean {
  return /\b(?:server|data source|host|hostname|addr|address|network address|driver|dsn|database|initial catalog|dbname)\s?=/i.test(text)
    && /\b(?:user id|user|uid|username|database|initial catalog|dbname)\s?=/i.test(text);
}
