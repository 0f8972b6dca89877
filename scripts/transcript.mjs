// Commands that are really run, in a temporary folder, and what came of them as Markdown.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./toolchain.mjs";

const COLUMNS = 80;
/** How far the rest of a folded line is moved in. */
const INDENT = "    ";
/** Milliseconds within which a command ends and an awaited line comes. */
const PATIENCE = 20_000;
/** Milliseconds between two looks at what a running process has said. */
const LOOK = 20;
/** What differs from run to run → what stands in its place. */
const VARYING = [
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "<time>"], [/\b\d+(\.\d+)? ms\b/g, "<n> ms"], [/\b[0-9a-f]{32}\b/g, "<log>"], [/^( {2}head +)\S{44}$/gm, "$1<leaf hash>"], [/^( {2}key +)[0-9a-f]{8}\+\S{44,48}$/gm, "$1<key>"],
  [/\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b/g, "<digest>"],
];
/** Said where re2 has no binary for this Node, and of no matter here. */
const UNSAID = /^spangate: re2 cannot be loaded .*\n/gm;

export class Transcript {
  #folder = realpathSync(mkdtempSync(join(tmpdir(), "spangate-transcript-")));
  #environment;

  /**
   * @param example folder that is copied to where the commands run
   * @param packages what is installed there
   */
  constructor(example, packages) {
    const bin = join(this.#folder, "bin");
    cpSync(join(root, example), this.folder, { recursive: true, filter: (source) => !/node_modules|\.spangate/.test(source.slice(root.length)) });
    for (const name of packages) this.#link(join(root, "node_modules", name), join(this.folder, "node_modules", name));
    this.#link(join(root, "dist/cli.js"), join(bin, "spangate"));
    this.#link(process.execPath, join(bin, "node"));
    const own = Object.entries(process.env).filter(([name]) => !/^(SPANGATE_|OTEL_|NODE_|FORCE_COLOR$)/.test(name));
    this.#environment = { ...Object.fromEntries(own), PATH: `${bin}${delimiter}${process.env.PATH}` };
  }

  get folder() {
    return join(this.#folder, "app");
  }

  /** Runs command lines of the shell, one after the other, each of which must end with 0, or as said: `[line, code]`. */
  run(...commands) {
    return fence("console", commands.map((command) => this.#run(...[command].flat())).join("\n\n"));
  }

  #run(command, code = 0) {
    const { status, stdout, error } = spawnSync("sh", ["-c", `exec 2>&1; ${command}`], { cwd: this.folder, env: this.#environment, encoding: "utf8", timeout: PATIENCE });
    if (error || status !== code) throw new Error(`${command} ended with ${status}, and not ${code}\n${stdout}`, { cause: error });
    return `$ ${command}\n${this.#readable(stdout)}`.trimEnd();
  }

  /** A file as it stands there. */
  file(name) {
    return fence("yaml", readFileSync(join(this.folder, name), "utf8"));
  }

  /** Writes a file with some lines of it changed, each of them there once, and shows these. */
  edit(name, to, ...changes) {
    let text = readFileSync(join(this.folder, name), "utf8");
    for (const [before, after] of changes) {
      if (text.split(before).length !== 2) throw new Error(`${name} does not have this once: ${before}`);
      text = text.replace(before, () => after);
    }
    writeFileSync(join(this.folder, to), text);
    return fence("diff", changes.map(([before, after]) => difference(before, after)).join("\n"));
  }

  /** Starts a command that goes on; its process id is in the environment of later commands, under this name. */
  start(command, variable) {
    const child = spawn("sh", ["-c", `exec 2>&1; ${command.replace(/\bnode\b/, "exec node")}`], { cwd: this.folder, env: this.#environment, stdio: ["pipe", "pipe", "ignore"] });
    this.#environment[variable] = String(child.pid);
    return new Running(child, command, (text) => this.#readable(text));
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #readable(output) {
    let text = output.replace(UNSAID, "");
    for (const path of [this.#folder, root]) if (text.includes(path)) throw new Error(`a command says where it ran:\n${text}`);
    for (const [pattern, word] of VARYING) text = text.replace(pattern, word);
    return text.split("\n").map(fold).join("\n");
  }

  #link(target, path) {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  }
}

/** A process that goes on while other commands run. */
class Running {
  #child;
  #command;
  #readable;
  #output = "";
  #shown = 0;
  #ended;

  constructor(child, command, readable) {
    this.#child = child;
    this.#command = command;
    this.#readable = readable;
    // That it is gone is told by whoever waits for its answer.
    child.stdin.on("error", () => {});
    child.stdout.setEncoding("utf8").on("data", (part) => (this.#output += part));
    this.#ended = new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  }

  /** Writes lines to its standard input. */
  feed(lines) {
    this.#child.stdin.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** Waits until what it has said since the last {@link shown} has this in it. */
  async says(awaited) {
    for (const until = performance.now() + PATIENCE; !this.#output.includes(awaited, this.#shown) || !this.#output.endsWith("\n"); await sleep(LOOK)) {
      if (performance.now() > until || this.#child.exitCode !== null) throw new Error(`it did not say ${awaited}, but:\n${this.#output.slice(this.#shown)}`);
    }
  }

  /** What it has said since the last time; the first time below its command line. */
  shown() {
    const [from, text] = [this.#shown, this.#readable(this.#output.slice(this.#shown))];
    this.#shown = this.#output.length;
    return fence("console", from === 0 ? `$ ${this.#command}\n${text}` : text);
  }

  async end() {
    this.#child.stdin.end();
    const code = await this.#ended;
    if (code !== 0) throw new Error(`it ended with ${code}:\n${this.#output}`);
  }

  kill() {
    this.#child.kill("SIGKILL");
  }
}

function fence(language, text) {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** Folded at a space, since a page has no terminal that folds. */
function fold(line) {
  if (line.length <= COLUMNS) return line;
  const at = line.lastIndexOf(" ", COLUMNS);
  return at <= INDENT.length ? line : `${line.slice(0, at)}\n${fold(`${INDENT}${line.slice(at + 1)}`)}`;
}

/** Lines that are taken out and put in, without those that both begin or end with. */
function difference(before, after) {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  let [head, tail] = [0, 0];
  while (head < Math.min(old.length, fresh.length) && old[head] === fresh[head]) head++;
  while (tail < Math.min(old.length, fresh.length) - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail++;
  const mark = (sign, lines) => lines.map((line) => `${sign}${line}`);
  return [...mark(" ", old.slice(0, head)), ...mark("-", old.slice(head, old.length - tail)), ...mark("+", fresh.slice(head, fresh.length - tail)), ...mark(" ", old.slice(old.length - tail))].join("\n");
}
