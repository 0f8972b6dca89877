"use strict";
const { Client, InMemoryTransport } = require("@modelcontextprotocol/client");
const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");
const { McpServer, Server } = require("@modelcontextprotocol/server");
const { StdioServerTransport } = require("@modelcontextprotocol/server/stdio");
const z = require("zod");

exports.sdk = { version: 2, z, Client, Server, McpServer, StdioClientTransport, StdioServerTransport, InMemoryTransport };
