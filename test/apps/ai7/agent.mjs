import { generateText } from "ai";
import agent from "./agent.cjs";

// ESM and CommonJS share one copy of an ESM-only package; importing it first makes this an ESM load.
void generateText;
console.log(JSON.stringify(await agent()));
