import { main } from "../mcp-scenario.cjs";
import { sdk } from "./sdk.mjs";

await main(sdk, process.argv.slice(2));
