import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/**
 * Files that were loaded before `register`, as URLs. CommonJS is listed by its cache. ES modules are in no
 * list; V8's debugger names every script it has compiled, and is asked only when somebody was there before us.
 */
export function* loadedBefore(register: string): Generator<string> {
  for (const file of Object.keys(createRequire(register).cache)) yield pathToFileURL(file).href;
  if (!isFirst(register)) yield* compiledScripts();
}

/** Whether `register` is the first thing this process was told to load. */
function isFirst(register: string): boolean {
  const told = `${process.env["NODE_OPTIONS"] ?? ""} ${process.execArgv.join(" ")}`;
  const first = /(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader)[=\s]+"?([^\s"]+)/.exec(told)?.[1];
  return first !== undefined && (/\bspangate\/register\b/.test(first) || register.endsWith(first.replace(/^[./]+/, "/")));
}

function compiledScripts(): string[] {
  const urls: string[] = [];
  const session = new (process.getBuiltinModule("node:inspector").Session)();
  try {
    session.connect();
    session.on("Debugger.scriptParsed", ({ params }) => {
      if (params.url.startsWith("file:")) urls.push(params.url);
    });
    session.post("Debugger.enable");
    session.post("Debugger.disable");
  } catch {
    // The permission model may forbid it; then only CommonJS is known.
  } finally {
    session.disconnect();
  }
  return urls;
}
