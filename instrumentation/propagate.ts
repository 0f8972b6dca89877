import { fileURLToPath } from "node:url";

/**
 * Carries the preload into the Node processes and threads that this one starts: `--require` on a command
 * line reaches forks only, `NODE_OPTIONS` also spawned children and workers with arguments of their own.
 */
export function propagate(register: string, env: NodeJS.ProcessEnv = process.env): void {
  const file = fileURLToPath(register);
  const options = env["NODE_OPTIONS"] ?? "";
  if (/\bspangate\/register\b/.test(options) || options.includes(file)) return;
  // Node splits this variable at blanks outside double quotes; backslashes escape inside them.
  const quoted = /[\s"\\]/.test(file) ? `"${file.replace(/["\\]/g, "\\$&")}"` : file;
  env["NODE_OPTIONS"] = `${options} --require=${quoted}`.trim();
}
