import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { folderWith, spangate } from "./cli.ts";

const POLICY = "spangate: 1\nname: p\n";
const CALL = '{"tool":"x"}';

/** Every command that reads or writes what it is told to, told of what is not there. */
const MISSING: readonly (readonly string[])[] = [
  ["lint", "none.yaml"], ["lint", "--fix", "none.yaml"], ["test", "none.yaml"], ["info", "none.yaml"],
  ["explain", "none.yaml", "--call", CALL], ["explain", "p.yaml", "--call", "@none.json"], ["explain", "p.yaml", "--record", "1"], ["explain", "p.yaml", "--record", "1", "--audit", "none"],
  ["dry-run", "p.yaml", "--calls", "none"], ["diff", "p.yaml", "none.yaml", "--calls", "calls.jsonl"], ["suggest", "none"], ["suggest", "calls.jsonl", "-o", "none/p.yaml"],
  ["init", "none/p.yaml"], ["policy", "import", "none.yaml"], ["inspect"], ["inspect", "none"], ["verify", "none"], ["packs", "show", "none"], ["packs", "manifest", "none"],
];

describe("a file or folder that is not there is one line, and no stack trace", () => {
  const folder = folderWith({ "p.yaml": POLICY, "calls.jsonl": CALL });
  for (const args of MISSING) {
    test(args.join(" "), () => {
      const { code, stdout, stderr } = spangate(args, folder);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^spangate: SG_\w+: [^\n]*(?:none|\.spangate\/audit)[^\n]*\n$/);
    });
  }
});
