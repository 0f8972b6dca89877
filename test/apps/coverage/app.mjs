import { Client } from "@modelcontextprotocol/sdk/client/index.js";

console.log(JSON.stringify({ loaded: typeof Client }));
