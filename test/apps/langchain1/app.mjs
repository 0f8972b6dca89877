// node app.mjs <conversation>... : prints what happened as its last line.
import * as chatModels from "@langchain/core/language_models/chat_models";
import * as messages from "@langchain/core/messages";
import * as runnables from "@langchain/core/runnables";
import * as testing from "@langchain/core/testing";
import * as tools from "@langchain/core/tools";
import * as langgraph from "@langchain/langgraph";
import * as prebuilt from "@langchain/langgraph/prebuilt";
import * as langchain from "langchain";
import { z } from "zod";
import { run } from "../langchain-scenario.cjs";

const lib = { chatModels, messages, runnables, testing, tools, langgraph, prebuilt, langchain, z };
console.log(JSON.stringify(await run(lib, process.argv.slice(2))));
