import { ai } from "./ai.ts";
import type { Framework } from "./framework.ts";
import { langchain } from "./langchain.ts";
import { mcp } from "./mcp.ts";

/** A new framework is one file beside this one and one line here. */
export const FRAMEWORKS: readonly Framework[] = [ai, mcp, langchain];
