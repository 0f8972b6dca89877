// node app.mjs <conversation>... : prints what happened as its last line.
import * as chatModels from "@langchain/core/language_models/chat_models";
import * as messages from "@langchain/core/messages";
import * as runnables from "@langchain/core/runnables";
import * as tools from "@langchain/core/tools";
import * as langgraph from "@langchain/langgraph";
import * as prebuilt from "@langchain/langgraph/prebuilt";
import { z } from "zod";
import { run } from "../langchain-scenario.cjs";

const lib = { chatModels, messages, runnables, tools, langgraph, prebuilt, z };
console.log(JSON.stringify(await run(lib, process.argv.slice(2))));
