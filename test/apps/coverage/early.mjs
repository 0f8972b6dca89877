// A preload of somebody else's that brings the framework in.
import "@modelcontextprotocol/sdk/client/index.js";
