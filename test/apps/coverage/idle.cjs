// Loads a framework, says so, and waits to be told to end.
require("@modelcontextprotocol/sdk/client/index.js");
console.log("ready");
setInterval(() => {}, 1_000);
process.on("SIGTERM", () => process.exit(0));
