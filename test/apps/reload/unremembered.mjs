// Makes what its policy was signed as impossible to remember: at the first call, and at a reload.
import { copyFileSync, mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { guardTool } from "spangate";

const [next] = process.argv.slice(2);
const file = process.env.SPANGATE_POLICY;
// In the place of the file that is to be renamed.
const obstacle = join(process.env.SPANGATE_AUDIT_DIR, `policy-revision.json.${process.pid}-0.new`);
const tools = Object.fromEntries(["read", "wipe"].map((name) => [name, guardTool(name, () => "allowed")]));
const call = (name) => tools[name]({}).catch(() => "denied");

mkdirSync(obstacle, { recursive: true });
const told = [await call("read")];
rmdirSync(obstacle);
told.push(await call("read"), await call("wipe"));
mkdirSync(obstacle);
copyFileSync(next, file);
copyFileSync(`${next}.sig`, `${file}.sig`);
process.kill(process.pid, "SIGHUP");
while ((await call("wipe")) === "denied") await setTimeout(20);
rmdirSync(obstacle);
console.log(JSON.stringify([...told, "replaced"]));
