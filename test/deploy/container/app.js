// An agent with a tool that it may use and one that it may not, and some curiosity about where it is. It goes on until it is told to end:
// by a handler of its own, without which nothing but SIGKILL ends a process 1.
import { readFileSync, writeFileSync } from "node:fs";
import { guardTool } from "spangate";

const read = guardTool("read", () => "text");
const wipe = guardTool("wipe", () => "wiped");
const attempt = (file) => {
  try {
    writeFileSync(file, "x");
    return "written";
  } catch ({ code }) {
    return code;
  }
};
const capabilities = Object.fromEntries(Array.from(readFileSync("/proc/self/status", "utf8").matchAll(/^(Cap\w+|NoNewPrivs):\s*(\w+)$/gm), ([, name, value]) => [name, value]));

// Before anybody hears that it is up: a signal that comes earlier is lost to a process 1.
process.on("SIGTERM", () => process.exit(0));
console.log(JSON.stringify({
  read: await read({}),
  wipe: await wipe({}).catch(({ code }) => code),
  user: [process.getuid(), process.getgid(), process.pid],
  files: Object.fromEntries(["/opt/agent/app.js", "/opt/agent/policy.yaml", "/opt/agent/new", "/opt/agent/node_modules/spangate/new", "/usr/new", "/new", "/tmp/new", "/var/lib/agent/new"].map((file) => [file, attempt(file)])),
  capabilities,
}));
setInterval(() => {}, 1_000);
