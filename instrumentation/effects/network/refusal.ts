/** What a system call of Node's fails with, as its users know it. */
export interface Refusal extends Error {
  readonly code: "SG_DENIED";
  readonly syscall: string;
  readonly hostname: string;
}

/**
 * A refused connection, as an ordinary error of the API that was asked for it: the application handles it like one
 * that a firewall has refused. Its stack is its message, since ours would name our files.
 *
 * @param syscall what the API calls it: `connect`, `getaddrinfo`, `queryTxt`, `send`
 */
export function refusal(syscall: string, hostname: string, reason: string): Refusal {
  const error = new Error(`${syscall} SG_DENIED: ${reason}`);
  error.stack = `Error: ${error.message}`;
  return Object.assign(error, { code: "SG_DENIED", syscall, hostname } as const);
}
