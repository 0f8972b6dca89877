import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseExposition } from "../../cli/top/exposition.ts";
import { replace } from "../../cli/write.ts";
import { cosigner } from "../../exporters/audit/tree/cosignature.ts";
import { formatVerifierKey, generateKey } from "../../exporters/audit/tree/key.ts";
import { formatSignature } from "../../exporters/audit/tree/note.ts";
import { decision, openLog } from "../support/records.ts";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";
import { auditWith, spangate } from "./cli.ts";

const made = (): string => auditWith({ tool: "a" }, { tool: "b" }, { tool: "c" });
const logsOf = (directory: string): string[] => readdirSync(directory).filter((name) => /^[0-9a-f]{32}$/.test(name)).map((name) => join(directory, name));
const firstLog = (directory: string): string => logsOf(directory)[0] as string;
const segmentOf = (directory: string): string => join(firstLog(directory), "00000001-0.log");
const alter = (directory: string): void => writeFileSync(segmentOf(directory), readFileSync(segmentOf(directory), "latin1").replace('"tool":"b"', '"tool":"x"'), "latin1");
/** More records in the only log, by the next process. */
function goOn(directory: string): void {
  const log = openLog(directory);
  log.append("decision", decision("more"));
  log.close();
}

interface Metrics {
  readonly outcome: string;
  readonly records: Readonly<Record<string, number>>;
  readonly time: number;
  readonly path: string;
}
function metrics(file: string): Metrics {
  const samples = parseExposition(readFileSync(file, "utf8"));
  const of = (name: string) => samples.filter((sample) => sample.name === `spangate_verify_${name}`);
  const set = of("result").filter(({ value }) => value === 1);
  assert.deepEqual([of("result").length, set.length, of("records").length], [4, 1, 5]);
  return {
    outcome: set[0]?.labels["spangate_verify_outcome"] as string, path: set[0]?.labels["spangate_verify_path"] as string,
    records: Object.fromEntries(of("records").map(({ labels, value }) => [labels["spangate_verify_state"], value])), time: of("time_seconds")[0]?.value as number,
  };
}

/** Verifies for the collector: the exit code, and what the collector reads. */
function verified(...args: string[]): [number | null, string] {
  const file = join(temporaryFolder(), "spangate.prom");
  const { code, stderr } = spangate(["verify", ...args, "--textfile", file]);
  assert.ok(existsSync(file), stderr);
  return [code, metrics(file).outcome];
}

describe("verify --textfile", () => {
  test("tells of a log that is proven, when, and how many records it has, beside its normal output", () => {
    const [directory, file, before] = [made(), join(temporaryFolder(), "spangate.prom"), Date.now() / 1_000];
    const { code, stdout } = spangate(["verify", directory, "--textfile", file]);
    assert.equal(code, 0);
    assert.match(stdout, /^PROVEN: 5 of 5 records/m);
    const { time, ...told } = metrics(file);
    assert.deepEqual(told, { outcome: "proven", path: directory, records: { proven: 5, unproven: 0, altered: 0, missing: 0, pruned: 0 } });
    assert.ok(time >= before && time <= Date.now() / 1_000);
  });
  test("tells of a log that was tampered with", () => {
    const directory = made();
    alter(directory);
    assert.deepEqual(verified(directory), [1, "tampered"]);
  });
  test("tells of one that is incomplete", () => {
    const directory = made();
    const lines = readFileSync(segmentOf(directory), "latin1").split("\n");
    writeFileSync(segmentOf(directory), `${lines.slice(0, lines.findLastIndex((line) => line.startsWith("#"))).join("\n")}\n`, "latin1");
    rmSync(join(firstLog(directory), "head.json"));
    assert.deepEqual(verified(directory), [3, "incomplete"]);
    assert.deepEqual(verified(directory, "--grace", "1h"), [0, "proven"]);
    assert.equal(spangate(["verify", directory, "--grace", "soon"]).code, 2);
  });
  test("tells of one that is unverifiable", () => {
    const { x } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }) as { x: string };
    assert.deepEqual(verified(made(), "--key", Buffer.from(x, "base64url").toString("base64")), [4, "unverifiable"]);
  });
  test("takes several paths for one, with a space between, and the worst of them counts", () => {
    const [whole, other, file] = [made(), made(), join(temporaryFolder(), "spangate.prom")];
    alter(other);
    assert.equal(spangate(["verify", whole, other, "--textfile", file]).code, 1);
    const { path, outcome, records } = metrics(file);
    assert.deepEqual([path, outcome, records["proven"]! + records["altered"]!], [`${whole} ${other}`, "tampered", 10]);
  });
  test("leaves the file as it is, and says so, where nothing could be verified: its time stands still", () => {
    const [directory, file] = [made(), join(temporaryFolder(), "spangate.prom")];
    spangate(["verify", directory, "--textfile", file]);
    const before = readFileSync(file, "utf8");
    const empty = temporaryFolder();
    for (const args of [[join(empty, "nothing")], [empty], [directory, "--key", join(empty, "no-key")], [directory, "--state", join(empty, "no-folder", "heads")]]) {
      const { code, stderr } = spangate(["verify", ...args, "--textfile", file]);
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr, /^spangate: .*\.prom is left as it is$/m);
      assert.equal(readFileSync(file, "utf8"), before);
    }
  });
  test("takes only a name that the collector reads, in a folder that is there", () => {
    const folder = temporaryFolder();
    for (const file of [join(folder, "spangate.txt"), join(folder, "none/spangate.prom")]) assert.equal(spangate(["verify", made(), "--textfile", file]).code, 2);
    assert.deepEqual(readdirSync(folder), []);
  });
  test("exits with 2 where the file cannot be written, and with 1 where there was a tampering", () => {
    const [directory, folder] = [made(), temporaryFolder()];
    mkdirSync(join(folder, "spangate.prom"));
    const { code, stdout, stderr } = spangate(["verify", directory, "--textfile", join(folder, "spangate.prom")]);
    assert.deepEqual([code, readdirSync(folder)], [2, ["spangate.prom"]]);
    assert.match(stdout, /^PROVEN/m);
    assert.match(stderr, /^spangate: cannot write .*spangate\.prom: /m);
    alter(directory);
    assert.equal(spangate(["verify", directory, "--textfile", join(folder, "spangate.prom")]).code, 1);
  });
});

describe("a file that is replaced as a whole", () => {
  test("is another file each time, of the mode that it should have, with nothing beside it", () => {
    const folder = temporaryFolder();
    const file = join(folder, "a.prom");
    const old = process.umask(0o077);
    try {
      replace(file, "one\n", 0o644);
      const { ino, mode } = statSync(file);
      // Held by a link, so that its number is not given out again.
      cpSync(file, join(folder, "held"));
      replace(file, "two\n", 0o644);
      assert.deepEqual([mode & 0o777, statSync(file).mode & 0o777, readFileSync(file, "utf8")], [0o644, 0o644, "two\n"]);
      assert.notEqual(statSync(file).ino, ino);
      assert.deepEqual(readdirSync(folder).sort(), ["a.prom", "held"]);
    } finally {
      process.umask(old);
    }
  });
  test("does not write through what was put in the place of its temporary file", () => {
    const folder = temporaryFolder();
    const [file, other] = [join(folder, "a.prom"), join(folder, "other")];
    writeFileSync(other, "untouched");
    symlinkSync(other, `${file}.${process.pid}.new`);
    replace(file, "one\n", 0o644);
    assert.deepEqual([readFileSync(other, "utf8"), readFileSync(file, "utf8"), lstatSync(file).isSymbolicLink()], ["untouched", "one\n", false]);
  });
  test("is never seen in part, while two processes replace it all the time", async () => {
    const file = join(temporaryFolder(), "a.prom");
    const text = (letter: string): string => `${letter.repeat(200_000)}\n`;
    const script = `const { replace } = await import(${JSON.stringify(join(ROOT, "cli/write.ts"))}); const [file, letter] = process.argv.slice(1); for (let time = 0; time < 60; time++) replace(file, letter.repeat(200_000) + "\\n", 0o644);`;
    replace(file, text("a"), 0o644);
    const codes: (number | null)[] = [];
    for (const letter of ["b", "c"]) spawn(process.execPath, ["--input-type=module", "-e", script, file, letter], { stdio: ["ignore", "ignore", "inherit"], env: bareEnvironment() }).on("close", (code) => codes.push(code));
    while (codes.length < 2) {
      const read = readFileSync(file, "utf8");
      assert.ok(["a", "b", "c"].some((letter) => read === text(letter)), `${read.length} characters`);
      await new Promise(setImmediate);
    }
    assert.deepEqual(codes, [0, 0]);
  });
});

describe("verify --state", () => {
  const fresh = (): { directory: string; state: string; run: (...more: string[]) => [number | null, string] } => {
    const [directory, state] = [made(), join(temporaryFolder(), "heads")];
    return { directory, state, run: (...more) => verified(directory, "--state", state, ...more) };
  };

  test("says at the first run that nothing is known yet, and keeps what it proved, for its owner only", () => {
    const { directory, state, run } = fresh();
    assert.match(spangate(["verify", directory, "--state", state]).stderr, /is not there yet: what was cut off or deleted before this run is not known/);
    assert.equal(statSync(state).mode & 0o777, 0o600);
    assert.deepEqual(run(), [0, "proven"]);
    assert.equal(spangate(["verify", directory, "--state", state]).stderr, "");
  });
  test("goes on with a log that grows", () => {
    const { directory, state, run } = fresh();
    run();
    const before = readFileSync(state, "utf8");
    goOn(directory);
    assert.deepEqual(run(), [0, "proven"]);
    assert.notEqual(readFileSync(state, "utf8"), before);
  });
  test("notices a log that was cut back to an older checkpoint, at every run until it is there again", () => {
    const { directory, state, run } = fresh();
    const older = temporaryFolder();
    cpSync(directory, older, { recursive: true });
    goOn(directory);
    run();
    const known = readFileSync(state, "utf8");
    const newer = temporaryFolder();
    cpSync(firstLog(directory), newer, { recursive: true });
    rmSync(firstLog(directory), { recursive: true });
    cpSync(firstLog(older), firstLog(older).replace(older, directory), { recursive: true });
    assert.equal(spangate(["verify", directory]).code, 0, "the files alone do not show it");
    for (let time = 0; time < 2; time++) assert.deepEqual(run(), [1, "tampered"]);
    assert.equal(readFileSync(state, "utf8"), known);
    cpSync(newer, firstLog(directory), { recursive: true });
    assert.deepEqual(run(), [0, "proven"]);
  });
  test("notices a log that was made anew as a whole, under its old name", () => {
    const { directory, run } = fresh();
    run();
    const file = firstLog(directory);
    const [name, origin] = [file.slice(-32), readFileSync(join(file, "origin"), "utf8")];
    const other = made();
    rmSync(file, { recursive: true });
    cpSync(firstLog(other), join(directory, name), { recursive: true });
    writeFileSync(join(directory, name, "origin"), origin);
    assert.deepEqual(run("--no-values"), [1, "tampered"]);
  });
  test("misses a log that was deleted whole, the last one too, at every run; the others go on", () => {
    const { directory, state, run } = fresh();
    const held = openLog(directory);
    const second = openLog(directory);
    for (const log of [held, second]) log.close();
    assert.equal(logsOf(directory).length, 2);
    run();
    const known = readFileSync(state, "utf8");
    rmSync(second.folder, { recursive: true });
    for (let time = 0; time < 2; time++) assert.deepEqual(run(), [1, "tampered"]);
    const { stdout } = spangate(["verify", directory, "--state", state]);
    assert.match(stdout, new RegExp(`^log ${second.id}$[^]*the log is not there; it was known to have \\d+ records`, "m"));
    const note = (of: string): string => known.slice(known.indexOf(`\n\n`)).split(/(?<=\n)(?=spangate\.test)/).find((one) => one.includes(of)) as string;
    assert.ok(readFileSync(state, "utf8").includes(note(second.id)));
    goOn(directory);
    assert.deepEqual(run(), [1, "tampered"]);
    assert.ok(!readFileSync(state, "utf8").includes(note(held.id)), "the head of the other log is the newer one");
    rmSync(held.folder, { recursive: true });
    assert.deepEqual(run(), [1, "tampered"]);
    // Somebody decides that it may be gone.
    writeFileSync(state, known.slice(0, known.indexOf("\n\n") + 2));
    assert.equal(spangate(["verify", directory, "--state", state]).code, 2, "there is no log");
  });
  test("does not forget a log while a key is given that did not sign it", () => {
    const { state, run } = fresh();
    run();
    const known = readFileSync(state, "utf8");
    const { x } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }) as { x: string };
    assert.deepEqual(run("--key", Buffer.from(x, "base64url").toString("base64")), [4, "unverifiable"]);
    assert.equal(readFileSync(state, "utf8"), known);
  });
  test("needs no cosignatures of witnesses: those are asked of the log", () => {
    const { directory, state, run } = fresh();
    run();
    const note = readFileSync(state, "utf8").split("\n\n").slice(1).join("\n\n");
    const key = generateKey("ed25519-cosignature");
    const signer = cosigner("w.test/a", "ed25519-cosignature", key);
    mkdirSync(join(firstLog(directory), "cosigned"));
    writeFileSync(join(firstLog(directory), "cosigned/a"), note + formatSignature({ name: signer.name, id: signer.id, bytes: signer.sign(note.slice(0, note.indexOf("\n\n") + 1)) }));
    const witness = formatVerifierKey({ name: signer.name, type: "ed25519-cosignature", key });
    assert.deepEqual(run("--witness-key", witness), [0, "proven"]);
    assert.deepEqual(verified(directory, "--known-head", state, "--witness-key", witness), [4, "unverifiable"]);
  });
  test("is what --known-head takes as well", () => {
    const { directory, state, run } = fresh();
    run();
    assert.deepEqual(spangate(["verify", directory, "--known-head", state, "--json"]).json<{ logs: { states: string[] }[] }>().logs[0]?.states, ["consistent-with-heads"]);
  });
  test("verifies nothing with a file that is damaged, of something else, or of other paths: the time stands still", () => {
    const { directory, state, run } = fresh();
    run();
    const known = readFileSync(state, "utf8");
    const [file, other] = [join(temporaryFolder(), "spangate.prom"), made()];
    const refused = (...paths: string[]): void => {
      const { code, stderr } = spangate(["verify", ...paths, "--state", state, "--textfile", file]);
      assert.deepEqual([code, existsSync(file)], [2, false], stderr);
      assert.match(stderr, /^spangate: SG_AUDIT_TRUST: /m);
    };
    refused(other);
    refused(directory, other);
    for (const text of ["", known.slice(0, -5), known.slice(0, 30), known.replace(/\n\d+\n/, "\n9x\n"), `${known}\n`, '{"origin":"a"}']) {
      writeFileSync(state, text);
      refused(directory);
    }
  });
  test("is not for exports, which are themselves what was kept elsewhere", () => {
    const { directory, state } = fresh();
    assert.equal(spangate(["verify", segmentOf(directory), "--state", state]).code, 2);
    assert.equal(existsSync(state), false);
  });
  test("leaves the textfile as it is where the heads cannot be kept, but tells of a tampering", () => {
    // So long a name can be read, but the temporary file beside it cannot be made.
    const [directory, folder] = [made(), temporaryFolder()];
    const [state, file] = [join(folder, "h".repeat(250)), join(folder, "spangate.prom")];
    const { code, stderr } = spangate(["verify", directory, "--state", state, "--textfile", file]);
    assert.deepEqual([code, readdirSync(folder)], [2, []]);
    assert.match(stderr, /^spangate: cannot write .*\nspangate: .*\.prom is left as it is$/m);
    alter(directory);
    assert.equal(spangate(["verify", directory, "--state", state, "--textfile", file]).code, 1);
    assert.equal(metrics(file).outcome, "tampered");
  });
});

describe("what somebody puts into the audit directory does not hide that a log was changed:", () => {
  const ways: readonly [name: string, put: (directory: string) => void][] = [
    ["an empty file of version 1 beside the logs", (directory) => writeFileSync(join(directory, "records.jsonl"), "")],
    ["an empty file of version 1 in the log", (directory) => writeFileSync(join(firstLog(directory), "records.jsonl"), "")],
    ["a segment beside the logs", (directory) => writeFileSync(join(directory, "00000001-0.log"), "")],
    ["a log in the log", (directory) => cpSync(firstLog(made()), join(firstLog(directory), "a"), { recursive: true })],
    ["a link that leads to itself", (directory) => symlinkSync("loop", join(directory, "loop"))],
    ["a folder of links without end", (directory) => symlinkSync(".", join(directory, "here"))],
    ["a pipe that nobody writes to, as a log's head and as a segment", (directory) => {
      rmSync(join(firstLog(directory), "head.json"));
      for (const name of ["head.json", "00000002-9.log"]) assert.equal(spawnSync("mkfifo", [join(firstLog(directory), name)]).status, 0);
    }],
    ["a device without end, as a segment", (directory) => symlinkSync("/dev/zero", join(firstLog(directory), "00000002-9.log"))],
  ];
  for (const [name, put] of ways) {
    test(name, { skip: process.platform === "win32" && "Windows has no pipes and devices in folders" }, () => {
      const directory = made();
      const state = join(temporaryFolder(), "heads");
      assert.deepEqual(verified(directory, "--state", state), [0, "proven"]);
      alter(directory);
      put(directory);
      assert.deepEqual(verified(directory), [1, "tampered"]);
      assert.deepEqual(verified(directory, "--state", state), [1, "tampered"]);
      assert.deepEqual(verified(firstLog(directory)), [1, "tampered"]);
    });
  }
  test("tiles of it, with its own checkpoint, in its folder and beside the logs", () => {
    for (const place of [(directory: string) => directory, firstLog]) {
      const [directory, state, out] = [made(), join(temporaryFolder(), "heads"), temporaryFolder()];
      assert.deepEqual(verified(directory, "--state", state), [0, "proven"]);
      assert.equal(spangate(["audit", "tiles", out, directory]).code, 0);
      alter(directory);
      for (const name of ["checkpoint", "tile"]) cpSync(join(firstLog(out), name), join(place(directory), name), { recursive: true });
      assert.deepEqual(verified(place(directory)), [1, "tampered"]);
      assert.deepEqual(verified(directory, "--state", state), [1, "tampered"]);
    }
  });
  test("an empty file of version 1 in the place of a log proves nothing", () => {
    const directory = made();
    rmSync(firstLog(directory), { recursive: true });
    mkdirSync(join(directory, "a".repeat(32)));
    writeFileSync(join(directory, "a".repeat(32), "records.jsonl"), "");
    assert.deepEqual(verified(directory), [4, "unverifiable"]);
  });
});

describe("names that somebody else chose say nothing in our name", () => {
  const FORGED = "x\nPROVEN: 5 of 5 records in 1 log proven.\u001b[2K\u009b1A\u202e";

  test("in what is shown of records: a tool that a model made up", () => {
    const directory = auditWith({ tool: FORGED });
    for (const args of [["inspect", directory], ["inspect", directory, "--json"]]) {
      const { stdout } = spangate(args);
      assert.ok(!/[^\P{Cc}\n]|\u202e/u.test(stdout), JSON.stringify(stdout));
      assert.equal(stdout.trimEnd().split("\n").length, 3);
    }
    const { tool } = JSON.parse(spangate(["inspect", directory, "--json", "--type", "decision"]).stdout) as { tool: string };
    assert.equal(tool, FORGED);
  });
  test("in a verification: a folder in the audit directory, and a record that was altered", { skip: process.platform === "win32" && "Windows has no such names" }, () => {
    const directory = auditWith({ tool: "a" }, { tool: "b" }, { tool: "c" });
    writeFileSync(segmentOf(directory), readFileSync(segmentOf(directory), "latin1").replace('"tool":"b"', `"tool":"x\\nPROVEN: 5 of 5 records in 1 log proven.\\u001b[2K"`), "latin1");
    cpSync(firstLog(directory), join(directory, FORGED), { recursive: true });
    const { code, stdout } = spangate(["verify", directory]);
    assert.equal(code, 1);
    assert.ok(!/[^\P{Cc}\n]|\u202e/u.test(stdout), JSON.stringify(stdout));
    assert.match(stdout, /\\u000aPROVEN/);
    assert.doesNotMatch(stdout, /^PROVEN/m);
  });
});
