import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readEnvironment } from "../../instrumentation/environment.ts";
import { ROOT } from "../support/run.ts";
import { imageSettings, instructions, saidOf, stages } from "./image.ts";

// The image itself cannot be built in these tests, which have no base image: read-only.test.ts starts what it would start.
const last = stages.at(-1) ?? [];

describe("the Dockerfile", () => {
  test("has only instructions that there are", () => {
    for (const { word } of instructions) assert.ok(["ARG", "FROM", "RUN", "WORKDIR", "COPY", "ENV", "USER", "VOLUME", "ENTRYPOINT", "CMD"].includes(word), word);
  });
  test("builds in one stage and runs in another, from an image of a named version", () => {
    assert.equal(stages.length, 2);
    assert.match(instructions[0]?.rest ?? "", /^NODE_IMAGE=node:\d+-[a-z-]+$/);
    for (const [from] of stages) assert.match(from?.rest ?? "", /^\$\{NODE_IMAGE\} AS \w+$/);
    assert.deepEqual(saidOf("COPY"), ["--from=build --chown=0:0 /opt/agent /opt/agent"]);
  });
  test("runs as nobody in particular, from files that it cannot change", () => {
    assert.deepEqual(saidOf("USER"), ["10001:10001"]);
    assert.ok(last.findIndex(({ word }) => word === "USER") > last.findLastIndex(({ word }) => word === "RUN"), "nothing is run as that user while building");
    assert.deepEqual(saidOf("VOLUME"), ['["/var/lib/agent"]']);
    assert.match(saidOf("RUN").join(), /node_modules\/npm/);
  });
  test("starts Node itself, so that signals reach it", () => assert.deepEqual([...saidOf("ENTRYPOINT"), ...saidOf("CMD")].map((json) => JSON.parse(json) as string[]), [["node"], ["app.js"]]));
  test("has settings that the gate takes, and no secret", () => {
    const { env } = imageSettings();
    assert.equal(env["NODE_OPTIONS"], "--require=spangate/register");
    assert.equal(readEnvironment(env).auditDirectory, "/var/lib/agent/audit");
    assert.doesNotMatch(JSON.stringify(instructions.filter(({ word }) => ["ENV", "ARG"].includes(word))), /KEY(?!_FILE)|TOKEN|SECRET|PASSWORD/);
  });
  test("copies no keys and no audit log into the image", () => {
    const ignored = readFileSync(join(ROOT, "deploy/docker/.dockerignore"), "utf8").split("\n");
    for (const name of ["node_modules", ".spangate", "*.pem", "*.key", ".env*", ".git"]) assert.ok(ignored.includes(name), name);
  });
});
