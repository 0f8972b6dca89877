require("@modelcontextprotocol/sdk/client/index.js");
