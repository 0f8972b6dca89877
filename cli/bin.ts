/** Entry of `dist/cli.js`. @module */
import { main } from "./main.ts";

// Who pipes into `head` has read enough; that is no failure of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (problem: NodeJS.ErrnoException) => {
    if (problem.code !== "EPIPE") throw problem;
    process.exit();
  });
}

await main(process.argv.slice(2));
