"use strict";
const { InMemoryTaskMessageQueue, InMemoryTaskStore } = require("@modelcontextprotocol/sdk/experimental/tasks");
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");
const { InMemoryTransport } = require("@modelcontextprotocol/sdk/inMemory.js");
const { Server } = require("@modelcontextprotocol/sdk/server/index.js");
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const { StdioServerTransport } = require("@modelcontextprotocol/sdk/server/stdio.js");
const types = require("@modelcontextprotocol/sdk/types.js");
const z = require("zod");

exports.sdk = {
  version: 1, z, types, Client, Server, McpServer, StdioClientTransport, StdioServerTransport, InMemoryTransport, InMemoryTaskStore, InMemoryTaskMessageQueue,
};
