import { ERRORS } from "../errors.ts";

/** docs/errors.md: every code with its message and remedy. */
export function errorsPage() {
  const entries = Object.entries(ERRORS).map(([code, [message, remedy]]) => `## ${code}\n\n\`${message}\`\n\n${remedy}\n`);
  return `# Errors\n\nGenerated from \`errors.ts\`. Every error is one line on standard error: \`spangate: <code>: <what happened>. <what to do>\`;\nin code it is a \`SpangateError\` with \`code\` and \`remedy\`.\n\n${entries.join("\n")}`;
}
