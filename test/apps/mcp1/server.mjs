import { serve } from "../mcp-scenario.cjs";
import { sdk } from "./sdk.mjs";

await serve(sdk);
