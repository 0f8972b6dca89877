import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { roleOf } from "../../../../processors/detection/content/role.ts";

describe("an argument is for what its name, and that of its tool, say", () => {
  const cases: readonly (readonly [key: string, tool: string, role: string])[] = [
    ["command", "anything", "shell"], ["CMD", "x", "shell"], ["shell_command", "x", "shell"], ["script", "run_bash", "shell"], ["script", "runBash", "shell"], ["input", "terminal", "shell"],
    ["sql", "x", "sql"], ["query", "query_database", "sql"], ["query", "postgres.query", "sql"], ["query", "web_search", "value"], ["query", "search-db", "sql"],
    ["path", "x", "path"], ["file_path", "x", "path"], ["filePath", "x", "path"], ["source", "move_file", "path"], ["source", "quote", "value"], ["destination", "copyFile", "path"], ["destination", "book_flight", "value"],
    ["url", "x", "url"], ["imageUrl", "x", "url"], ["page", "fetch", "url"], ["page", "list_orders", "value"],
    ["code", "x", "code"], ["content", "write_file", "code"], ["content", "send_email", "value"], ["new_str", "str_replace_editor", "code"], ["expression", "calculate", "value"], ["expression", "python_repl", "code"],
    ["body", "send_email", "value"], ["name", "x", "value"], ["", "", "value"], ["constructor", "x", "value"], ["__proto__", "x", "value"],
  ];
  for (const [key, tool, role] of cases) test(`${key} of ${tool}`, () => assert.equal(roleOf(key, tool), role));
});
