import { shutdown } from "./sdk.mjs";
import * as api from "@opentelemetry/api";
import { run } from "./run.cjs";

await run(api);
await shutdown();
