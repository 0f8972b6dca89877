/** Entry of `dist/cli.js`. @module */
import { main } from "./main.ts";

await main(process.argv.slice(2));
