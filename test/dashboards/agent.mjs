// An application under spangate that calls tools until its standard input is closed.
//   node --require spangate/register test/dashboards/agent.mjs [files to load first]
import { pathToFileURL } from "node:url";
import { guardTool } from "spangate";

for (const file of process.argv.slice(2)) await import(pathToFileURL(file));

const tools = {
  search: guardTool("search", ({ query }) => `${query}: write to ada@example.org`),
  wipe: guardTool("wipe", () => "wiped"),
  export: guardTool("export", () => "exported"),
};
const call = (tool, input) => tools[tool](input).catch((error) => {
  if (error.code !== "SG_DENIED") throw error;
});

// The only violation of its rule that there ever is.
await call("export", {});
const timer = setInterval(() => {
  void call("search", { query: "grace@example.org" });
  void call("wipe", { all: true });
}, 50);
process.stdin.on("end", () => clearInterval(timer)).resume();
