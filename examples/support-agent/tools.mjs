// What the agent can do. Each tool really does it: SQL, files, HTTP, a shell.
import { exec } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { tool } from "ai";
import * as z from "zod";
import { step } from "./instrumentation.mjs";
import { journal } from "./journal.mjs";

const shell = promisify(exec);

export function createTools({ folder, mailUrl }) {
  const database = new DatabaseSync(join(folder, "customers.db"));
  const note = (name) => join(folder, "notes", `${basename(name)}.txt`);
  const sql = (name, run) => step(name, { "db.system.name": "sqlite" }, run);

  return {
    read_note: define("read_note", "Reads a note or a ticket.", { name: z.string() }, ({ name }) =>
      step(`read ${basename(note(name))}`, {}, () => readFile(note(name), "utf8"))),

    write_note: define("write_note", "Writes a note.", { name: z.string(), text: z.string() }, ({ name, text }) =>
      step(`write ${basename(note(name))}`, {}, async () => {
        await writeFile(note(name), text);
        return "written";
      })),

    lookup_customer: define("lookup_customer", "Finds a customer by id.", { id: z.string() }, ({ id }) =>
      sql("SELECT customers", () => ({ ...database.prepare("SELECT name, email, card FROM customers WHERE id = ?").get(id) }))),

    refund: define("refund", "Pays money back, in EUR.", { customer: z.string(), amount: z.number() }, ({ customer, amount }) =>
      sql("INSERT refunds", () => ({ refund: Number(database.prepare("INSERT INTO refunds (customer, amount) VALUES (?, ?)").run(customer, amount).lastInsertRowid) }))),

    // Takes the customer's id, not an address: so the model never has to know one.
    send_email: define("send_email", "Sends an e-mail to a customer.", { customer: z.string(), body: z.string() }, async ({ customer, body }) => {
      const { email } = await sql("SELECT customers", () => database.prepare("SELECT email FROM customers WHERE id = ?").get(customer));
      const { status } = await step("POST /send", { "http.request.method": "POST" }, () =>
        fetch(`${mailUrl}/send`, { method: "POST", body: JSON.stringify({ to: email, body }) }));
      return { status };
    }),

    run_shell: define("run_shell", "Runs a shell command.", { command: z.string() }, ({ command }) =>
      step("shell", {}, async () => {
        await shell(command, { cwd: folder });
        return { exit: 0 };
      })),

    export_customers: define("export_customers", "Writes all customers to a CSV file.", { file: z.string() }, async ({ file }) => {
      const rows = await sql("SELECT customers", () => database.prepare("SELECT name, email, card FROM customers").all());
      await writeFile(join(folder, basename(file)), rows.map((row) => Object.values(row).join(",")).join("\n"));
      return { customers: rows.length };
    }),
  };
}

/** An ordinary tool of `ai` that also keeps the demo's journal. */
function define(name, description, shape, run) {
  return tool({
    description, inputSchema: z.object(shape),
    execute: async (args, { toolCallId }) => {
      journal("ran", toolCallId, name, args);
      const result = await run(args);
      journal("returned", toolCallId, name, result);
      return result;
    },
  });
}
